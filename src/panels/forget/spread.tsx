/**
 * How far the forgets of a run have come in the other runs that held the records.
 */
import type { IPanelProps } from '../panel';

/** The other runs, and what they wait for; nothing when no other run is concerned. */
export function Spread({ model, trans }: IPanelProps): JSX.Element | null {
  const { updates } = model.state;
  if (updates.length === 0) {
    return null;
  }
  const waiting = updates.filter(({ state }) => state === 'waiting');
  return (
    <section
      className="jp-Palimpsest-spread"
      aria-label={trans.__('In other runs')}
    >
      <h3>{trans.__('In other runs')}</h3>
      <table tabIndex={0}>
        <thead>
          <tr>
            <th scope="col">{trans.__('run')}</th>
            <th scope="col">{trans.__('receipt here')}</th>
            <th scope="col">{trans.__('state')}</th>
          </tr>
        </thead>
        <tbody>
          {updates.map(update => (
            <tr key={`${update.receipt}-${update.run}-${update.followed_by}`}>
              <th scope="row">{update.name}</th>
              <td>{update.receipt}</td>
              <td>
                {update.state === 'done'
                  ? trans.__('done, receipt %1', update.followed_by)
                  : (update.reason ?? trans.__('waiting'))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {waiting.length > 0 && (
        <p>
          <button
            className="jp-Palimpsest-button"
            disabled={model.state.busy > 0}
            onClick={() => void model.forget.resume()}
          >
            {trans.__('Resume in %1 runs', waiting.length)}
          </button>{' '}
          {trans.__(
            'A run waits while its file is away, or until its notebook is open when its functions are needed.'
          )}
        </p>
      )}
    </section>
  );
}
