/**
 * All runs of the workspace: how they are, which share records, two compared, and
 * which led to nothing.
 */
import { useState } from 'react';

import type {
  CheckStatus,
  IRunFacts
} from '../../companion/protocol.generated';
import { statusName } from '../compliance/status';
import type { IPanelProps } from '../panel';
import { LongWork } from '../progress';
import type { IRunsState } from '../state';
import { milliseconds } from '../units';
import { runLabel } from '../runlabel';
import { Comparison } from './comparison';
import { GraphletTable } from './graphlets';

/** The part of the panel. */
export function Runs(props: IPanelProps): JSX.Element {
  const { model, trans } = props;
  const { all, busy } = model.state;
  if (!all?.overview) {
    return busy > 0 ? (
      <p role="status">{trans.__('Reading all runs…')}</p>
    ) : (
      <p className="jp-Palimpsest-empty">
        {trans.__('Press Refresh to read the runs of this folder.')}
      </p>
    );
  }
  return (
    <>
      <RunTable {...props} all={all} />
      {all.comparison && (
        <Comparison comparison={all.comparison} trans={trans} />
      )}
      <GraphletTable graphlets={all.graphlets} trans={trans} />
    </>
  );
}

/** The runs that are ticked, at most two: a third takes the place of the first. */
function ticked(chosen: readonly string[], run: string): string[] {
  return chosen.includes(run)
    ? chosen.filter(other => other !== run)
    : [...chosen, run].slice(-2);
}

function RunTable(props: IPanelProps & { all: IRunsState }): JSX.Element {
  const { model, all, trans } = props;
  const { runs } = all.overview;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [one, other] = chosen;
  return (
    <section aria-label={trans.__('All runs')}>
      <table className="jp-Palimpsest-runs" tabIndex={0}>
        <thead>
          <tr>
            <th scope="col">{trans.__('compare')}</th>
            <th scope="col">{trans.__('run')}</th>
            <th scope="col">{trans.__('model')}</th>
            <th scope="col">{trans.__('rows × features')}</th>
            <th scope="col">{trans.__('score')}</th>
            <th scope="col">{trans.__('time')}</th>
            <th scope="col">{trans.__('checks')}</th>
            <th scope="col">{trans.__('shares records with')}</th>
            <th scope="col">{trans.__('in use')}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(facts => (
            <RunLine
              key={facts.summary.run}
              {...props}
              facts={facts}
              isChosen={chosen.includes(facts.summary.run)}
              onChoose={() => setChosen(ticked(chosen, facts.summary.run))}
            />
          ))}
        </tbody>
      </table>
      <p>
        <button
          className="jp-Palimpsest-button"
          disabled={chosen.length !== 2}
          onClick={() => void model.runs.compare(one, other)}
        >
          {trans.__('Compare the two ticked runs')}
        </button>
      </p>
      <LongWork
        progress={model.state.long.compare}
        label={trans.__('Comparing…')}
        onStop={() => model.runs.stop()}
        trans={trans}
      />
    </section>
  );
}

interface IRunLineProps extends IPanelProps {
  all: IRunsState;
  facts: IRunFacts;
  isChosen: boolean;
  onChoose: () => void;
}

function RunLine(props: IRunLineProps): JSX.Element {
  const { model, all, facts, isChosen, onChoose, trans } = props;
  const { summary, score, shares_with, waiting, marked, note } = facts;
  const title = runLabel(summary);
  const seconds = Object.values(facts.seconds).reduce((a, b) => a + b, 0);
  const nameOf = (run: string) =>
    all.overview.runs.find(other => other.summary.run === run)?.summary.name ??
    run;
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={trans.__('Compare %1', title)}
          checked={isChosen}
          onChange={onChoose}
        />
      </td>
      <th scope="row">
        <button
          className="jp-Palimpsest-link"
          disabled={!facts.is_there}
          onClick={() => {
            void model.show('pipeline');
            void model.open(summary.run);
          }}
        >
          {title}
        </button>
        {!facts.is_there && ` (${trans.__('its file is away')})`}
        {summary.forgets > 0 && ' · ' + trans.__('%1 forgets', summary.forgets)}
        {waiting > 0 && ' · ' + trans.__('%1 still to come', waiting)}
      </th>
      <td>{summary.model ?? '–'}</td>
      <td>
        {summary.training_rows.toLocaleString()} ×{' '}
        {summary.feature_columns.toLocaleString()}
      </td>
      <td>{score === null ? '–' : Number(score.toPrecision(4))}</td>
      <td>{milliseconds(seconds, trans)}</td>
      <td>{checkText(facts, trans)}</td>
      <td>{shares_with.map(nameOf).join(', ') || '–'}</td>
      <td>
        <input
          type="checkbox"
          aria-label={trans.__('%1 is in use', title)}
          title={note}
          checked={marked}
          onChange={() => void model.runs.mark(summary.run, !marked, note)}
        />
      </td>
    </tr>
  );
}

/** How many checks ended how, of those that need a look. */
function checkText(facts: IRunFacts, trans: IPanelProps['trans']): string {
  const found = Object.values(facts.checks) as CheckStatus[];
  if (found.length === 0) {
    return trans.__('not run');
  }
  const texts = (['fail', 'warn', 'pass'] as const).flatMap(status => {
    const count = found.filter(other => other === status).length;
    return count > 0 ? [`${count} ${statusName(status, trans)}`] : [];
  });
  const isOld = facts.checked_state !== facts.state;
  return texts.join(', ') + (isOld ? ` (${trans.__('before a change')})` : '');
}
