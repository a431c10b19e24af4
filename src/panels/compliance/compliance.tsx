/**
 * What checks found in a run: with evidence, settings and history; usage of the
 * sources, the model card, and the report.
 */
import { useState } from 'react';

import type { CheckStatus } from '../../companion/protocol.generated';
import type { IPanelProps } from '../panel';
import { LongWork } from '../progress';
import type { IComplianceState } from '../state';
import { ModelCardForm } from './card';
import { Check } from './check';
import { statusName } from './status';
import { UsageView } from './usage';

/** The part of the panel. */
export function Compliance(props: IPanelProps): JSX.Element {
  const { model, trans } = props;
  const { compliance, busy } = model.state;
  if (!compliance?.results) {
    return busy > 0 ? (
      <p role="status">{trans.__('Reading what is known…')}</p>
    ) : (
      <p className="jp-Palimpsest-empty">
        {trans.__(
          'Checks answer from provenance what regulation asks: whose records trained the model, whether groups are treated alike, where personal data goes. Press Refresh to read what is known of this run.'
        )}
      </p>
    );
  }
  const known = { ...props, compliance };
  return (
    <>
      <Actions {...known} />
      <CheckTable {...known} />
      <UsageView {...known} />
      <ModelCardForm {...known} />
    </>
  );
}

interface IKnownProps extends IPanelProps {
  compliance: IComplianceState;
}

function Actions({ model, compliance, trans }: IKnownProps): JSX.Element {
  const [evidence, setEvidence] = useState(true);
  const { long } = model.state;
  const { results } = compliance;
  const counts = new Map<CheckStatus, number>();
  for (const { status } of results.results) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const summary = Array.from(
    counts,
    ([status, count]) => `${count} ${statusName(status, trans)}`
  );
  return (
    <>
      <p>
        <button
          className="jp-Palimpsest-button"
          disabled={long.checks !== undefined}
          onClick={() => void model.compliance.check()}
        >
          {trans.__('Run all checks')}
        </button>{' '}
        <button
          className="jp-Palimpsest-button"
          disabled={long.report !== undefined}
          onClick={() => void model.compliance.saveReport(evidence)}
        >
          {trans.__('Save report')}
        </button>{' '}
        <label>
          <input
            type="checkbox"
            checked={evidence}
            onChange={() => setEvidence(!evidence)}
          />{' '}
          {trans.__('with evidence, which can hold personal data')}
        </label>
      </p>
      <LongWork
        progress={long.checks}
        label={trans.__('Checking…')}
        onStop={() => model.compliance.stop()}
        trans={trans}
      />
      <LongWork
        progress={long.report}
        label={trans.__('Writing the report…')}
        trans={trans}
      />
      <p role="status">
        {summary.join(' · ')}
        {results.missing.length > 0 &&
          ' · ' + trans.__('%1 not run on this state', results.missing.length)}
        {results.time && ' · ' + trans.__('last run %1', results.time)}
      </p>
    </>
  );
}

function CheckTable(props: IKnownProps): JSX.Element {
  const { compliance, trans } = props;
  const { checks, results } = compliance;
  return (
    <ul className="jp-Palimpsest-checks" aria-label={trans.__('Checks')}>
      {checks.map(info => (
        <Check
          key={info.id}
          model={props.model}
          info={info}
          result={results.results.find(({ id }) => id === info.id) ?? null}
          history={results.history}
          trans={trans}
        />
      ))}
    </ul>
  );
}
