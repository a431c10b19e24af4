/**
 * Choosing what is to happen to the selected records.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { useState } from 'react';

import type { IColumnInfo } from '../../companion/protocol.generated';
import type { IPanelProps } from '../panel';
import { typedValue } from '../records/values';
import type { IDraft } from '../state';

type Action = IDraft['action'];

/** The choice, once records are selected. */
export function Choose({ model, trans }: IPanelProps): JSX.Element {
  const { draft, table } = model.state;
  const [action, setAction] = useState<Action>(draft.action);
  const [erased, setErased] = useState<readonly string[]>(draft.columns);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [keepRows, setKeepRows] = useState(false);
  const [everywhere, setEverywhere] = useState(false);
  const [keepUntilProof, setKeepUntilProof] = useState(false);
  const [granted, setGranted] = useState('');
  const size = table?.size;
  if (!model.records.source || !model.records.selector || !size) {
    return <></>;
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
    model.forget.preview({
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
