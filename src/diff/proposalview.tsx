/**
 * What a diff cell shows around its editor: state, verdict with its evidence,
 * findings, and the buttons.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useId, useState } from 'react';

import type {
  IEvidence,
  IFinding,
  IRefusal,
  IVerdict
} from '../rewrite/interfaces';
import type { IProblem } from '../rewrite/sessionstate';
import type { Obstacle, Proposal } from './proposal';

/** What the buttons do. */
export interface IProposalActions {
  accept: () => void;
  reject: () => void;
  stop: () => void;
  next: () => void;
  retry: (remark: string) => void;
  verifyEdited: () => void;
  tryFix: (code: string) => void;
  rebase: () => void;
  rewriteOther: (cellId: string) => void;
}

interface IViewProps {
  proposal: Proposal;
  actions: IProposalActions;
  trans: TranslationBundle;
}

/** The line above the editor: what is going on, and the verdict. */
export function ProposalStatus(props: IViewProps): JSX.Element {
  const { proposal, trans } = props;
  const { shown } = proposal;
  return (
    <div className="jp-Palimpsest-status">
      <div role="status" aria-live="polite">
        {proposal.isWorking ? (
          <Working proposal={proposal} trans={trans} />
        ) : shown ? (
          <Badge
            verdict={shown.verdict}
            edited={proposal.edited !== null}
            trans={trans}
          />
        ) : (
          <span className="jp-Palimpsest-badge jp-mod-none">
            {trans.__('No rewrite could be offered')}
          </span>
        )}
      </div>
      {shown && !proposal.isWorking && (
        <span className="jp-Palimpsest-origin">
          {shown.origin === 'rules'
            ? trans.__('by rules')
            : trans.__('by the model')}
          {proposal.candidates.length > 1 &&
            ' · ' +
              trans.__(
                'candidate %1 of %2',
                proposal.index + 1,
                proposal.candidates.length
              )}
        </span>
      )}
    </div>
  );
}

function Working({
  proposal,
  trans
}: Pick<IViewProps, 'proposal' | 'trans'>): JSX.Element {
  const entry = proposal.session.state.candidates.at(-1);
  if (entry?.stage === 'verifying') {
    const { progress } = entry;
    return (
      <label className="jp-Palimpsest-working">
        {progress ? progress.step : trans.__('Verifying…')}
        <progress value={progress?.done} max={progress?.total} />
      </label>
    );
  }
  const model = proposal.session.state.asking?.source === 'model';
  return (
    <label className="jp-Palimpsest-working">
      {model ? trans.__('The model is writing…') : trans.__('Lifting…')}
      <progress />
    </label>
  );
}

function badgeText(
  verdict: IVerdict,
  edited: boolean,
  trans: TranslationBundle
): string {
  if (edited) {
    return trans.__('Changed since it was verified');
  }
  switch (verdict.status) {
    case 'equivalent':
      return trans.__('Equivalent');
    case 'different':
      return trans.__('Different');
    case 'failed':
      return trans.__('Does not run');
    case 'inconclusive':
      return trans.__('Not verified');
  }
}

function Badge(props: {
  verdict: IVerdict;
  edited: boolean;
  trans: TranslationBundle;
}): JSX.Element {
  const { verdict, edited, trans } = props;
  return (
    <>
      <span
        className={`jp-Palimpsest-badge jp-mod-${edited ? 'edited' : verdict.status}`}
        data-status={edited ? 'edited' : verdict.status}
      >
        {badgeText(verdict, edited, trans)}
      </span>{' '}
      {!edited && <span>{verdict.summary}</span>}
    </>
  );
}

/** Everything below the editor. */
export function ProposalDetails(props: IViewProps): JSX.Element {
  const { proposal, actions, trans } = props;
  const { state } = proposal.session;
  const { shown } = proposal;
  return (
    <>
      <Problems problems={state.problems} />
      {!proposal.isWorking && !shown && (
        <Refusals refusals={state.refusals} trans={trans} />
      )}
      <Findings
        findings={state.findings}
        disabled={proposal.isWorking}
        tryFix={actions.tryFix}
        trans={trans}
      />
      {shown && !proposal.isWorking && (
        <EvidenceList verdict={shown.verdict} trans={trans} />
      )}
      <Hindrance {...props} />
      <Buttons {...props} />
    </>
  );
}

function Problems({
  problems
}: {
  problems: readonly IProblem[];
}): JSX.Element | null {
  return problems.length === 0 ? null : (
    <ul role="alert" className="jp-Palimpsest-problems">
      {problems.map((problem, index) => (
        <li key={index}>
          {problem.message} {problem.hint}
        </li>
      ))}
    </ul>
  );
}

function Refusals(props: {
  refusals: readonly IRefusal[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { refusals, trans } = props;
  return refusals.length === 0 ? null : (
    <div className="jp-Palimpsest-refusals">
      {trans.__('The rules cannot lift this cell:')}
      <ul>
        {refusals.map((refusal, index) => (
          <li key={index}>
            {trans.__('line %1: %2', refusal.line, refusal.reason)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Findings(props: {
  findings: readonly IFinding[];
  disabled: boolean;
  tryFix: (code: string) => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { findings, disabled, tryFix, trans } = props;
  return findings.length === 0 ? null : (
    <ul
      className="jp-Palimpsest-findings"
      aria-label={trans.__('Findings about the original')}
    >
      {findings.map((finding, index) => (
        <li
          key={index}
          className={`jp-mod-${finding.severity}`}
          data-kind={finding.kind}
        >
          {trans.__('line %1: %2', finding.line, finding.message)}{' '}
          {finding.fix && (
            <button
              className="jp-Palimpsest-button"
              disabled={disabled}
              onClick={() => finding.fix && tryFix(finding.fix.code)}
            >
              {trans.__('Try: %1', finding.fix.title)}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function EvidenceList(props: {
  verdict: IVerdict;
  trans: TranslationBundle;
}): JSX.Element {
  const { verdict, trans } = props;
  const { difference, error } = verdict;
  return (
    <details
      className="jp-Palimpsest-evidence"
      open={verdict.status !== 'equivalent'}
    >
      <summary>{trans.__('Evidence')}</summary>
      {difference && (
        <dl>
          <dt>{trans.__('Input')}</dt>
          <dd>{difference.input}</dd>
          <dt>{trans.__('Place')}</dt>
          <dd>
            {trans.__(
              'row %1, column %2',
              difference.row ?? '–',
              difference.column ?? '–'
            )}
            {difference.line !== null &&
              ' · ' + trans.__('line %1 of the original', difference.line)}
          </dd>
          <dt>{trans.__('Original')}</dt>
          <dd>
            <code>{difference.original}</code>
          </dd>
          <dt>{trans.__('Rewrite')}</dt>
          <dd>
            <code>{difference.rewritten}</code>
          </dd>
          {Object.entries(difference.sourceRows).map(([source, rows]) => (
            <React.Fragment key={source}>
              <dt>{trans.__('Rows of %1', source)}</dt>
              <dd>{rows.join(', ')}</dd>
            </React.Fragment>
          ))}
        </dl>
      )}
      {error && (
        <p>
          {error.side === 'original'
            ? trans.__('The original: %1', error.message)
            : trans.__('The rewrite: %1', error.message)}
        </p>
      )}
      <ul>
        {verdict.evidence.map((evidence: IEvidence, index: number) => (
          <li key={index}>
            <span
              aria-label={evidence.ok ? trans.__('passed') : trans.__('failed')}
            >
              {evidence.ok ? '✓' : '✗'}
            </span>{' '}
            {evidence.detail}
          </li>
        ))}
      </ul>
    </details>
  );
}

function obstacleText(
  obstacle: Obstacle,
  trans: TranslationBundle
): string | null {
  switch (obstacle.kind) {
    case 'cell-changed':
      return trans.__(
        'The cell has changed since this proposal was made. Nothing was overwritten.'
      );
    case 'cell-gone':
      return trans.__('The cell is no longer in the notebook.');
    case 'relies-on':
      return trans.__(
        'This rewrite builds on the rewrite of an earlier cell. Accept that one first.'
      );
    case 'edited':
      return trans.__(
        'You changed the proposal. Verify your version before you accept it.'
      );
    case 'verdict':
    case 'working':
    case 'nothing':
      return null;
  }
}

/** What stands in the way of accepting, with the way out of it. */
function Hindrance(props: IViewProps): JSX.Element | null {
  const { proposal, actions, trans } = props;
  const { obstacle } = proposal;
  const text = obstacle && obstacleText(obstacle, trans);
  if (!obstacle || text === null) {
    return null;
  }
  return (
    <p className="jp-Palimpsest-obstacle" data-obstacle={obstacle.kind}>
      {text}{' '}
      {obstacle.kind === 'cell-changed' && (
        <button className="jp-Palimpsest-button" onClick={actions.rebase}>
          {trans.__('Rewrite the cell as it is now')}
        </button>
      )}
      {obstacle.kind === 'relies-on' && (
        <button
          className="jp-Palimpsest-button"
          onClick={() => actions.rewriteOther(obstacle.cellId)}
        >
          {trans.__('Rewrite that cell')}
        </button>
      )}
      {obstacle.kind === 'edited' && (
        <button className="jp-Palimpsest-button" onClick={actions.verifyEdited}>
          {trans.__('Verify my version')}
        </button>
      )}
    </p>
  );
}

function Buttons(props: IViewProps): JSX.Element {
  const { proposal, actions, trans } = props;
  const [remark, setRemark] = useState('');
  const remarkId = useId();
  if (proposal.isWorking) {
    return (
      <div className="jp-Palimpsest-actions">
        <button className="jp-Palimpsest-button" onClick={actions.stop}>
          {trans.__('Stop')}
        </button>
      </div>
    );
  }
  return (
    <div className="jp-Palimpsest-actions">
      <button
        className="jp-Palimpsest-button jp-mod-accept"
        disabled={proposal.obstacle !== null}
        onClick={actions.accept}
      >
        {proposal.mode === 'fix'
          ? trans.__('Accept as a fix')
          : trans.__('Accept')}
      </button>
      <button className="jp-Palimpsest-button" onClick={actions.reject}>
        {trans.__('Reject')}
      </button>
      <button
        className="jp-Palimpsest-button"
        disabled={proposal.candidates.length < 2}
        onClick={actions.next}
      >
        {trans.__('Next candidate')}
      </button>
      <form
        onSubmit={event => {
          event.preventDefault();
          actions.retry(remark);
        }}
      >
        <label htmlFor={remarkId}>{trans.__('Remark')}</label>
        <input
          id={remarkId}
          type="text"
          value={remark}
          data-lm-suppress-shortcuts="true"
          placeholder={trans.__('What should be different?')}
          onChange={event => setRemark(event.target.value)}
        />
        <button className="jp-Palimpsest-button" type="submit">
          {trans.__('Ask the model')}
        </button>
      </form>
    </div>
  );
}
