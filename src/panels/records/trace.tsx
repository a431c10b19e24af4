/**
 * What records reached, and why a training row is there.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type {
  IColumnLineage,
  IColumnRef,
  IFeatureSlice,
  ITraceBack,
  ITraceForward
} from '../../companion/protocol.generated';

/** Matrix columns in words. */
export function FeatureList(props: {
  slices: readonly IFeatureSlice[];
  trans: TranslationBundle;
}): JSX.Element {
  const { slices, trans } = props;
  return (
    <ul>
      {slices.map(slice => (
        <li key={`${slice.transformer}-${slice.start}`}>
          {slice.stop - slice.start === 1
            ? trans.__('%1: column %2', slice.transformer, slice.start)
            : trans.__(
                '%1: columns %2–%3',
                slice.transformer,
                slice.start,
                slice.stop - 1
              )}
        </li>
      ))}
    </ul>
  );
}

/** Where values left the tracking, so that a trace cannot tell all. */
function Untraced(props: {
  places: readonly string[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { places, trans } = props;
  if (places.length === 0) {
    return null;
  }
  return (
    <div className="jp-Palimpsest-warning" role="note">
      <p>
        {trans.__(
          'Values were read into Python here. What they decided is not in this trace; a forget runs the pipeline again.'
        )}
      </p>
      <ul>
        {places.map(place => (
          <li key={place}>{place}</li>
        ))}
      </ul>
    </div>
  );
}

/** The result of a forward trace. */
export function Forward(props: {
  forward: ITraceForward;
  trans: TranslationBundle;
}): JSX.Element {
  const { forward, trans } = props;
  return (
    <section
      className="jp-Palimpsest-trace"
      aria-label={trans.__('Trace forward')}
    >
      <h3>{trans.__('What these records reached')}</h3>
      <p role="status">
        {trans.__(
          '%1 records reached %2 training rows (%3 of them in the training split), %4 matrix cells, and the models: %5.',
          forward.records,
          forward.training_rows,
          forward.in_training_split,
          forward.cells.toLocaleString(),
          forward.models.join(', ') || '–'
        )}
      </p>
      <FeatureList slices={forward.feature_columns} trans={trans} />
      {forward.other_runs.length > 0 && (
        <p>
          {trans.__(
            'Also held by: %1',
            forward.other_runs.map(run => run.name).join(', ')
          )}
        </p>
      )}
      <Untraced places={forward.untraced} trans={trans} />
    </section>
  );
}

/** The derivation of a training row. */
export function Back(props: {
  back: ITraceBack;
  trans: TranslationBundle;
}): JSX.Element {
  const { back, trans } = props;
  return (
    <section
      className="jp-Palimpsest-trace"
      aria-label={trans.__('Trace back')}
    >
      <h3>{trans.__('Why training row %1 is here', back.row)}</h3>
      <p role="status">{back.sentence}</p>
      <p>
        <code>{back.polynomial}</code>
      </p>
      <dl>
        {back.records.map(record => (
          <React.Fragment
            key={`${record.source}-${record.occurrence}-${record.row}`}
          >
            <dt>{trans.__('%1, row %2', record.source, record.row)}</dt>
            <dd>
              {Object.entries(record.values)
                .map(([column, value]) => `${column}: ${String(value)}`)
                .join(' · ')}
            </dd>
          </React.Fragment>
        ))}
      </dl>
      <Untraced places={back.untraced} trans={trans} />
    </section>
  );
}

const names = (columns: readonly IColumnRef[]) =>
  columns.map(({ source, column }) => `${source}.${column}`).join(', ') || '–';

/** Which source columns each training and feature column depends on. */
export function ColumnLineage(props: {
  columns: readonly IColumnLineage[];
  features: readonly IFeatureSlice[];
  trans: TranslationBundle;
}): JSX.Element {
  const { columns, features, trans } = props;
  const rows = [
    ...columns.map(lineage => ({ ...lineage, label: lineage.column })),
    ...features.map(slice => ({
      ...slice,
      label: `${slice.transformer} [${slice.start}–${slice.stop - 1}]`
    }))
  ];
  return (
    <details className="jp-Palimpsest-outline">
      <summary>{trans.__('Lineage of columns and features')}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{trans.__('column')}</th>
            <th scope="col">{trans.__('by value')}</th>
            <th scope="col">{trans.__('by control')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, value, control }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{names(value)}</td>
              <td>{names(control)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
