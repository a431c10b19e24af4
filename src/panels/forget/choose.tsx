/**
 * Choosing what is to happen to the selected records.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { useState } from 'react';

import type { IColumnInfo } from '../../companion/protocol.generated';
import type { PanelModel } from '../model';
import { typedValue } from '../records/records';

interface IChooseProps {
  model: PanelModel;
  trans: TranslationBundle;
}

type Action = 'delete' | 'erase' | 'rectify';

/** The choice, once records are selected. */
export function Choose({ model, trans }: IChooseProps): JSX.Element {
  const [action, setAction] = useState<Action>('delete');
  const [erased, setErased] = useState<readonly string[]>([]);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [keepRows, setKeepRows] = useState(false);
  const [everywhere, setEverywhere] = useState(false);
  const [keepUntilProof, setKeepUntilProof] = useState(false);
  const [granted, setGranted] = useState('');
  const size = model.state.table?.size;
  if (!model.source || !model.selector || !size) {
    return (
      <p>
        {trans.__(
          'Choose a source in the pipeline, then select its records: by hand, by a filter or by a list of keys. Then you can trace and forget them.'
        )}
      </p>
    );
  }
  const { columns } = size;
  const corrected = columns.filter(({ name }) => name in values);
  const actions: [Action, string][] = [
    ['delete', trans.__('Delete the records')],
    ['erase', trans.__('Erase values')],
    ['rectify', trans.__('Correct values')]
  ];
  const seconds = granted.trim() ? Number(granted) : null;
  const isTime = seconds === null || (Number.isFinite(seconds) && seconds >= 0);
  const isComplete =
    isTime &&
    (action === 'delete' ||
      (action === 'erase' ? erased.length > 0 : corrected.length > 0));
  const preview = () =>
    model.preview({
      action,
      columns: action === 'erase' ? [...erased] : [],
      keep_rows: action === 'erase' && keepRows,
      everywhere,
      model_seconds: seconds,
      keep_until_proof: keepUntilProof,
      values:
        action === 'rectify'
          ? Object.fromEntries(
              corrected.map(({ name, dtype }) => [
                name,
                typedValue(values[name], dtype) ?? null
              ])
            )
          : {}
    });
  return (
    <>
      <p role="status">
        {selectionText(model, trans)}{' '}
        {model.state.table?.selected.size || model.state.table?.keys ? (
          <button
            className="jp-Palimpsest-button"
            onClick={() => model.clearSelection()}
          >
            {trans.__('Clear selection')}
          </button>
        ) : null}
      </p>
      <fieldset>
        <legend>{trans.__('What is to happen to them')}</legend>
        {actions.map(([name, label]) => (
          <label key={name}>
            <input
              type="radio"
              name="palimpsest-action"
              checked={action === name}
              onChange={() => setAction(name)}
            />{' '}
            {label}{' '}
          </label>
        ))}
      </fieldset>
      {action === 'erase' && (
        <fieldset>
          <legend>{trans.__('Columns to erase')}</legend>
          {columns.map(({ name }) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={erased.includes(name)}
                onChange={() => setErased(toggled(erased, name))}
              />{' '}
              {name}{' '}
            </label>
          ))}
          <p>
            <label>
              <input
                type="checkbox"
                checked={keepRows}
                onChange={() => setKeepRows(!keepRows)}
              />{' '}
              {trans.__('Keep rows whose presence an erased value decided')}
            </label>
          </p>
        </fieldset>
      )}
      {action === 'rectify' && (
        <Corrections
          columns={columns}
          values={values}
          onChange={setValues}
          trans={trans}
        />
      )}
      <p>
        <label>
          <input
            type="checkbox"
            checked={everywhere}
            onChange={() => setEverywhere(!everywhere)}
          />{' '}
          {trans.__('In all runs of this folder that hold these records')}
        </label>
      </p>
      <p>
        <label>
          <input
            type="checkbox"
            checked={keepUntilProof}
            onChange={() => setKeepUntilProof(!keepUntilProof)}
          />{' '}
          {trans.__(
            'Keep the rows in memory until a proof, to attack the re-run with them, too'
          )}
        </label>
      </p>
      <p>
        <label>
          {trans.__('Seconds that the model may take:')}{' '}
          <input
            value={granted}
            inputMode="decimal"
            size={6}
            aria-invalid={!isTime}
            data-lm-suppress-shortcuts="true"
            onChange={event => setGranted(event.target.value)}
          />
        </label>{' '}
        {isTime
          ? trans.__(
              'Empty: as it is usually updated. With more time the guarantee can be stronger.'
            )
          : trans.__('Give a number of seconds, or nothing.')}
      </p>
      <p>
        <button
          className="jp-Palimpsest-button"
          onClick={() => void model.traceForward()}
        >
          {trans.__('Trace forward')}
        </button>{' '}
        <button
          className="jp-Palimpsest-button"
          disabled={!isComplete}
          onClick={() => void preview()}
        >
          {trans.__('Preview…')}
        </button>
      </p>
    </>
  );
}

function toggled(names: readonly string[], name: string): readonly string[] {
  return names.includes(name)
    ? names.filter(other => other !== name)
    : [...names, name];
}

/** How many records are selected, and by what. */
function selectionText(model: PanelModel, trans: TranslationBundle): string {
  const { table } = model.state;
  if (table?.selected.size) {
    return trans.__(
      '%1 records selected',
      table.selected.size.toLocaleString()
    );
  }
  if (table?.keys) {
    return trans.__(
      'All records with one of %1 values of %2 selected',
      table.keys.values.length.toLocaleString(),
      table.keys.column
    );
  }
  return trans.__(
    '%1 records selected',
    (table?.size?.total ?? 0).toLocaleString()
  );
}

interface ICorrectionsProps {
  columns: readonly IColumnInfo[];
  values: Readonly<Record<string, string>>;
  onChange: (values: Readonly<Record<string, string>>) => void;
  trans: TranslationBundle;
}

/** A form of right values: only the columns that are ticked are corrected. */
function Corrections(props: ICorrectionsProps): JSX.Element {
  const { columns, values, onChange, trans } = props;
  return (
    <fieldset className="jp-Palimpsest-corrections">
      <legend>{trans.__('Right values')}</legend>
      {columns.map(({ name, dtype }) => {
        const { [name]: value, ...others } = values;
        return (
          <div key={name}>
            <label>
              <input
                type="checkbox"
                checked={value !== undefined}
                onChange={() =>
                  onChange(
                    value === undefined ? { ...values, [name]: '' } : others
                  )
                }
              />{' '}
              {name}
            </label>
            {value !== undefined && (
              <input
                aria-label={trans.__('Right value of %1 (%2)', name, dtype)}
                value={value}
                data-lm-suppress-shortcuts="true"
                onChange={event =>
                  onChange({ ...values, [name]: event.target.value })
                }
              />
            )}
          </div>
        );
      })}
    </fieldset>
  );
}
