/**
 * One check: what it found, the evidence, its settings and its history.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import type {
  ICheckInfo,
  ICheckResult,
  IColumnRef,
  IHistoryEntry,
  ISetting
} from '../../companion/protocol.generated';
import type { PanelModel } from '../model';
import { milliseconds } from '../units';
import { Evidence } from './evidence';
import { StatusBadge, StatusHistory } from './status';

interface ICheckProps {
  model: PanelModel;
  info: ICheckInfo;
  /** Null while it was not run on the present state. */
  result: ICheckResult | null;
  history: readonly IHistoryEntry[];
  trans: TranslationBundle;
}

/** A line that opens. */
export function Check(props: ICheckProps): JSX.Element {
  const { model, info, result, history, trans } = props;
  const statuses = history.flatMap(({ time, statuses: all }) => {
    const status = all[info.id];
    return status ? [{ time, status }] : [];
  });
  const install = result?.install ?? info.install;
  return (
    <li>
      <details className="jp-Palimpsest-check">
        <summary>
          <StatusBadge status={result?.status ?? null} trans={trans} />{' '}
          <strong>{info.title}</strong>{' '}
          <span>{result?.summary ?? info.question}</span>
        </summary>
        <p>{info.question}</p>
        {install && (
          <p>
            {trans.__('It needs a package that is not there:')}{' '}
            <code>{install}</code>
          </p>
        )}
        {result && (
          <p>
            {result.measured !== null &&
              result.measure !== null &&
              `${result.measured}: ${Number(result.measure.toPrecision(4))} · `}
            {trans.__('took %1', milliseconds(result.seconds, trans))}
          </p>
        )}
        {result?.evidence.map(table => (
          <Evidence
            key={table.title}
            table={table}
            isPersonal={info.topic === 'personal-data'}
            onShow={target => void model.showEvidence(target)}
            onErase={target => void model.eraseWhereFound(target)}
            trans={trans}
          />
        ))}
        <Settings
          key={JSON.stringify(info.settings)}
          info={info}
          onConfigure={settings =>
            void model.compliance.configure(info.id, settings)
          }
          trans={trans}
        />
        {statuses.length > 0 && (
          <StatusHistory statuses={statuses} trans={trans} />
        )}
        <button
          className="jp-Palimpsest-button"
          disabled={model.state.long.checks !== undefined}
          onClick={() => void model.compliance.check({ checks: [info.id] })}
        >
          {trans.__('Run this check')}
        </button>
      </details>
    </li>
  );
}

type Values = Record<string, ISetting['value']>;

/** The value of a setting as it is typed. */
function settingText(setting: ISetting): string {
  return Array.isArray(setting.value)
    ? setting.value
        .map(({ source, column }) => `${source}.${column}`)
        .join(', ')
    : String(setting.value);
}

/** The value that a text means, null when it means none. */
export function settingValue(
  setting: ISetting,
  text: string
): ISetting['value'] | null {
  if (setting.kind === 'columns') {
    return columnsOf(text);
  }
  const number = Number(text);
  const isIn =
    text.trim() !== '' &&
    Number.isFinite(number) &&
    number >= (setting.minimum ?? -Infinity) &&
    number <= (setting.maximum ?? Infinity);
  return isIn ? number : null;
}

/** Columns as `source.column`, with commas between them. */
function columnsOf(text: string): IColumnRef[] | null {
  const refs = text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => {
      const [source, ...column] = part.split('.');
      return { source, column: column.join('.') };
    });
  return refs.every(({ source, column }) => source !== '' && column !== '')
    ? refs
    : null;
}

function Settings(props: {
  info: ICheckInfo;
  onConfigure: (settings: Values) => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { info, onConfigure, trans } = props;
  const [texts, setTexts] = useState(() =>
    Object.fromEntries(
      info.settings.map(setting => [setting.name, settingText(setting)])
    )
  );
  if (info.settings.length === 0) {
    return null;
  }
  const values = info.settings.map(setting => ({
    name: setting.name,
    value: settingValue(setting, texts[setting.name])
  }));
  const isValid = values.every(({ value }) => value !== null);
  const apply = (event: React.FormEvent) => {
    event.preventDefault();
    onConfigure(
      Object.fromEntries(values.map(({ name, value }) => [name, value!]))
    );
  };
  return (
    <form className="jp-Palimpsest-settings" onSubmit={apply}>
      {info.settings.map(setting => (
        <label key={setting.name}>
          {setting.label}{' '}
          <input
            value={texts[setting.name]}
            size={setting.kind === 'columns' ? 30 : 8}
            placeholder={
              setting.kind === 'columns' ? trans.__('source.column, …') : ''
            }
            aria-invalid={settingValue(setting, texts[setting.name]) === null}
            data-lm-suppress-shortcuts="true"
            onChange={event =>
              setTexts({ ...texts, [setting.name]: event.target.value })
            }
          />
        </label>
      ))}
      <button
        className="jp-Palimpsest-button"
        type="submit"
        disabled={!isValid}
      >
        {trans.__('Use, and run again')}
      </button>{' '}
      <button
        className="jp-Palimpsest-button"
        type="button"
        onClick={() => onConfigure({})}
      >
        {trans.__('Put back')}
      </button>
    </form>
  );
}
