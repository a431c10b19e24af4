/**
 * What a forget would do, and its confirmation.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { useState } from 'react';

import type {
  Action,
  IModelWay,
  IPreview
} from '../../companion/protocol.generated';
import { FeatureList } from '../records/trace';
import { milliseconds } from '../units';
import type { ForgetModel } from './model';
import { Artifacts } from './receipt';

interface IConfirmProps {
  forget: ForgetModel;
  preview: IPreview;
  trans: TranslationBundle;
}

/** What a preview is of, in words. */
function requestText(preview: IPreview, trans: TranslationBundle): string {
  const { request, records } = preview;
  const count = records.toLocaleString();
  switch (request.action) {
    case 'delete':
      return trans.__('Delete %1 records of %2.', count, request.source);
    case 'erase':
      return trans.__(
        'Erase %1 of %2 records of %3.',
        (request.columns ?? []).join(', '),
        count,
        request.source
      );
    case 'rectify':
      return trans.__(
        'Correct %1 of %2 records of %3.',
        Object.keys(request.values ?? {}).join(', '),
        count,
        request.source
      );
    case 'insert':
      return trans.__('Insert %1 records into %2.', count, request.source);
  }
}

const CONFIRM_LABEL: Readonly<
  Record<Action, (trans: TranslationBundle) => string>
> = {
  delete: trans => trans.__('Forget these records'),
  erase: trans => trans.__('Erase these values'),
  rectify: trans => trans.__('Correct these values'),
  insert: trans => trans.__('Insert these records')
};

/** From this many records on, the user types how many they are. */
const LARGE_REQUEST = 100;

/** The preview, with what it takes to confirm it. */
export function Confirm(props: IConfirmProps): JSX.Element {
  const { forget, preview, trans } = props;
  const { request } = preview;
  const [typed, setTyped] = useState('');
  const isLarge = preview.records >= LARGE_REQUEST;
  const isConfirmed = !isLarge || typed.trim() === String(preview.records);
  return (
    <div role="group" aria-label={trans.__('Preview')}>
      <p role="status">
        {requestText(preview, trans)}{' '}
        {trans.__(
          'Training rows: %1 removed, %2 changed, %3 added. Matrix cells: %4.',
          preview.training_rows_removed,
          preview.training_rows_changed,
          preview.training_rows_added,
          preview.matrix_cells.toLocaleString()
        )}
      </p>
      <FeatureList slices={preview.feature_columns} trans={trans} />
      {preview.consequences.length > 0 && (
        <ul aria-label={trans.__('Consequences')}>
          {preview.consequences.map((consequence, index) => (
            <li key={index}>{consequence}</li>
          ))}
        </ul>
      )}
      <Artifacts artifacts={preview.artifacts} trans={trans} />
      <p>
        {trans.__('Expected time: %1.', milliseconds(preview.seconds, trans))}
      </p>
      <Ways ways={preview.model_ways ?? []} trans={trans} />
      {preview.other_runs.length > 0 && (
        <p className="jp-Palimpsest-warning">
          {request.everywhere
            ? trans.__(
                'These runs hold the records, too, and are changed with it: %1',
                preview.other_runs.map(run => run.name).join(', ')
              )
            : trans.__(
                'Other runs hold these records and stay as they are: %1',
                preview.other_runs.map(run => run.name).join(', ')
              )}
        </p>
      )}
      {isLarge && (
        <p>
          <label>
            {trans.__(
              'These are many records. Type their number, %1, to confirm:',
              preview.records
            )}{' '}
            <input
              value={typed}
              inputMode="numeric"
              data-lm-suppress-shortcuts="true"
              onChange={event => setTyped(event.target.value)}
            />
          </label>
        </p>
      )}
      <p>
        <button
          className="jp-Palimpsest-button jp-mod-danger"
          disabled={!isConfirmed}
          onClick={() => void forget.apply()}
        >
          {CONFIRM_LABEL[request.action](trans)}
        </button>{' '}
        <button
          className="jp-Palimpsest-button"
          onClick={() => forget.cancel()}
        >
          {trans.__('Cancel')}
        </button>
      </p>
    </div>
  );
}

/** The ways in which the model can be updated, when there is a choice. */
function Ways(props: {
  ways: readonly IModelWay[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { ways, trans } = props;
  if (ways.length < 2) {
    return null;
  }
  return (
    <ul aria-label={trans.__('Ways to update the model')}>
      {ways.map(({ strategy, guarantee, seconds, chosen }) => (
        <li key={strategy} aria-current={chosen}>
          {chosen
            ? trans.__('Chosen for the model: %1', strategy)
            : trans.__('Or: %1', strategy)}{' '}
          ({guarantee}; {milliseconds(seconds, trans)})
        </li>
      ))}
    </ul>
  );
}
