/**
 * What a diff cell shows around its editor: what is going on, the verdict, and the
 * buttons.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { useId, useState } from 'react';

import type { ISpent } from '../rewrite/exchange';
import type { Obstacle, Proposal } from './proposal';
import { current } from '../rewrite/sessionstate';
import type { IRewriteState } from '../rewrite/sessionstate';
import { Findings, Problems, Refusals } from './remarksview';
import { Badge, EvidenceList } from './verdictview';

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
  const entry = current(proposal.session.state);
  if (entry?.stage === 'verifying') {
    const { progress } = entry;
    return (
      <label className="jp-Palimpsest-working">
        {progress ? progress.step : trans.__('Verifying…')}
        <progress value={progress?.done} max={progress?.total} />
      </label>
    );
  }
  return (
    <label className="jp-Palimpsest-working">
      {askingText(proposal.session.state, trans)}
      <progress />
    </label>
  );
}

function askingText(
  { asking, candidates }: IRewriteState,
  trans: TranslationBundle
): string {
  if (asking?.source !== 'model') {
    return trans.__('Lifting…');
  }
  if (asking.critic) {
    return trans.__('The critic is reading what failed…');
  }
  const writing = candidates.filter(
    ({ stage }) => stage === 'streaming'
  ).length;
  return writing === 0
    ? trans.__('Waiting for the model, round %1…', asking.round)
    : trans._n(
        'The model is writing a candidate, round %2…',
        'The model is writing %1 candidates, round %2…',
        writing,
        asking.round
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
      {shown?.candidate.explanation && !proposal.isWorking && (
        <details className="jp-Palimpsest-explanation">
          <summary>{trans.__('What the model says')}</summary>
          <p>{shown.candidate.explanation}</p>
        </details>
      )}
      <Spent state={state} trans={trans} />
      <Hindrance {...props} />
      <Buttons {...props} />
    </>
  );
}

/** What asking the model took so far. */
function Spent(props: {
  state: IRewriteState;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { state, trans } = props;
  const { spent, seconds, candidates } = state;
  if (spent.exchanges === 0) {
    return null;
  }
  const repeats = candidates.filter(({ stage }) => stage === 'repeat').length;
  const parts = [
    trans._n('asked once', 'asked %1 times', spent.exchanges),
    tokensText(spent, trans),
    ...(spent.cost === null ? [] : [costText(spent.cost)]),
    ...(repeats === 0
      ? []
      : [trans._n('one repeat refused', '%1 repeats refused', repeats)]),
    ...(seconds === null ? [] : [trans.__('%1 s', seconds.toFixed(1))])
  ];
  return (
    <p className="jp-Palimpsest-spent">
      {trans.__('The model:')} {parts.join(' · ')}
    </p>
  );
}

/** Tokens sent and received, for people. */
export function tokensText(
  spent: Pick<ISpent, 'promptTokens' | 'completionTokens' | 'estimated'>,
  trans: TranslationBundle
): string {
  const sent = spent.promptTokens.toLocaleString();
  const received = spent.completionTokens.toLocaleString();
  return spent.estimated
    ? trans.__('about %1 tokens sent, %2 received', sent, received)
    : trans.__('%1 tokens sent, %2 received', sent, received);
}

/** Money, with as many digits as small amounts need. */
export function costText(dollars: number): string {
  return dollars.toLocaleString(undefined, {
    style: 'currency',
    currency: 'USD',
    maximumFractionDigits: dollars < 0.1 ? 4 : 2
  });
}

/** What stands in the way of accepting, for people; null when a button says it. */
export function obstacleText(
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
          className="jp-Palimpsest-remark"
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
