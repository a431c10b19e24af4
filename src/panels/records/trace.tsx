/**
 * What records reached, and why a training row is there.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type {
  IFeatureSlice,
  INeighbours,
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
  onExplain?: () => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { back, onExplain, trans } = props;
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
      {onExplain && (
        <button className="jp-Palimpsest-button" onClick={onExplain}>
          {trans.__('Find the training rows most like it')}
        </button>
      )}
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

/** The rows that the model was trained on that are most like a row. */
export function NeighbourList(props: {
  neighbours: INeighbours;
  onTrace: (row: number) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { neighbours, onTrace, trans } = props;
  const { row, prediction, label, agreeing } = neighbours;
  const count = neighbours.neighbours.length;
  return (
    <section
      className="jp-Palimpsest-trace"
      aria-label={trans.__('Training neighbours')}
    >
      <h3>{trans.__('Which training rows are like row %1', row)}</h3>
      <p role="status">
        {trans.__('The model predicts %1', prediction)}
        {label !== null && ', ' + trans.__('the label is %1', label)}
        {'. '}
        {trans.__(
          '%1 of the %2 rows it was trained on that are nearest in the feature matrix have the label that it predicts.',
          agreeing,
          count
        )}
      </p>
      <table tabIndex={0}>
        <thead>
          <tr>
            <th scope="col">{trans.__('row')}</th>
            <th scope="col">{trans.__('distance')}</th>
            <th scope="col">{trans.__('label')}</th>
            <th scope="col">{trans.__('where it is from')}</th>
          </tr>
        </thead>
        <tbody>
          {neighbours.neighbours.map(near => (
            <tr key={near.row}>
              <th scope="row">
                <button
                  className="jp-Palimpsest-link"
                  onClick={() => onTrace(near.row)}
                >
                  {near.row}
                </button>
              </th>
              <td>{Number(near.distance.toPrecision(4))}</td>
              <td>{near.label}</td>
              <td>{near.sentence}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
