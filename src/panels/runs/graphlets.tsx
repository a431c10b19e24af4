/**
 * Model graphlets: each trainer with what fed it and what it led to, and the share of
 * computation that led to nothing.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IGraphlets } from '../../companion/protocol.generated';
import { milliseconds, percent } from '../units';

interface IGraphletProps {
  graphlets: IGraphlets;
  trans: TranslationBundle;
}

/** The trainers, newest first. */
export function GraphletTable(props: IGraphletProps): JSX.Element {
  const { graphlets, trans } = props;
  return (
    <section aria-label={trans.__('What the trainers led to')}>
      <h3>{trans.__('What the trainers led to')}</h3>
      <p role="status">
        {trans.__(
          '%1 of the computation (%2 of %3) led to no run in use; %4 look skippable.',
          percent(graphlets.share_without_outcome),
          milliseconds(graphlets.seconds_without_outcome, trans),
          milliseconds(graphlets.seconds, trans),
          milliseconds(graphlets.seconds_skippable, trans)
        )}{' '}
        {trans.__(
          'Tick a run as in use when its model is registered or served.'
        )}
      </p>
      <table tabIndex={0}>
        <thead>
          <tr>
            <th scope="col">{trans.__('fed by')}</th>
            <th scope="col">{trans.__('trainer')}</th>
            <th scope="col">{trans.__('led to')}</th>
            <th scope="col">{trans.__('time')}</th>
            <th scope="col">{trans.__('skippable')}</th>
          </tr>
        </thead>
        <tbody>
          {graphlets.graphlets.map(graphlet => (
            <tr key={graphlet.run}>
              <td>
                {trans.__(
                  '%1: %2 records, %3 rows × %4 features',
                  graphlet.sources.join(', '),
                  graphlet.records.toLocaleString(),
                  graphlet.training_rows.toLocaleString(),
                  graphlet.features.toLocaleString()
                )}
              </td>
              <th scope="row">
                {graphlet.trainer}, {graphlet.name}
              </th>
              <td>{graphlet.led_to.join(', ') || '–'}</td>
              <td>{milliseconds(graphlet.seconds, trans)}</td>
              <td>{graphlet.skippable ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
