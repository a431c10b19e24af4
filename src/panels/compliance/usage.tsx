/**
 * Which records of each source trained the model.
 */
import type { ISourceUsage } from '../../companion/protocol.generated';
import type { IPanelProps } from '../panel';
import type { IComplianceState } from '../state';
import { percent } from '../units';

/** Asked for, because it reads the provenance of every row. */
export function UsageView(
  props: IPanelProps & { compliance: IComplianceState }
): JSX.Element {
  const { model, compliance, trans } = props;
  const { usage } = compliance;
  return (
    <section aria-label={trans.__('Usage of the sources')}>
      <h3>{trans.__('Usage of the sources')}</h3>
      {usage ? (
        <table tabIndex={0}>
          <thead>
            <tr>
              <th scope="col">{trans.__('source')}</th>
              <th scope="col">{trans.__('records')}</th>
              <th scope="col">{trans.__('trained the model')}</th>
              <th scope="col">{trans.__('only in the table')}</th>
              <th scope="col">{trans.__('not used')}</th>
              <th scope="col">{trans.__('shares')}</th>
            </tr>
          </thead>
          <tbody>
            {usage.sources.map(source => (
              <tr key={source.source}>
                <th scope="row">
                  {source.source}
                  {!source.traced && ` (${trans.__('not traced')})`}
                </th>
                <td>{source.records.toLocaleString()}</td>
                <td>{source.trained.toLocaleString()}</td>
                <td>{source.reached.toLocaleString()}</td>
                <td>{source.unused.toLocaleString()}</td>
                <td>
                  <Shares source={source} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <button
          className="jp-Palimpsest-button"
          disabled={model.state.long.checks !== undefined}
          onClick={() => void model.compliance.findUsage()}
        >
          {trans.__('Find which records trained the model')}
        </button>
      )}
    </section>
  );
}

/** A bar; the figures stand beside it. */
function Shares({ source }: { source: ISourceUsage }): JSX.Element {
  const { records, trained, reached } = source;
  const share = (count: number) => (records > 0 ? count / records : 0);
  return (
    <span
      className="jp-Palimpsest-shares"
      aria-hidden="true"
      title={percent(share(trained))}
    >
      <span data-part="trained" style={{ width: `${100 * share(trained)}%` }} />
      <span data-part="reached" style={{ width: `${100 * share(reached)}%` }} />
    </span>
  );
}
