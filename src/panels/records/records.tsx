/**
 * A table of the run with its filter, and what is selected of it.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import type { ICondition } from '../../companion/protocol.generated';
import { Grid } from './grid';
import type { PanelModel } from '../model';
import type { IKeySelection, ITableView } from '../state';

type Comparison = ICondition['comparison'];

const COMPARISONS: readonly Comparison[] = [
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'contains',
  'starts-with',
  'is-missing',
  'is-erased'
];

const WITHOUT_VALUE: readonly Comparison[] = ['is-missing', 'is-erased'];

const NUMERIC = /^(u?int|float)/i;

/** The value of a condition in the type of its column. */
export function typedValue(text: string, dtype: string): ICondition['value'] {
  if (/^bool/i.test(dtype)) {
    return text.trim().toLowerCase() === 'true';
  }
  const number = Number(text);
  return NUMERIC.test(dtype) && text.trim() !== '' && !Number.isNaN(number)
    ? number
    : text;
}

interface IRecordsProps {
  model: PanelModel;
  table: ITableView;
  /** What the table is called in the panel. */
  title: string;
  trans: TranslationBundle;
}

/** The table with its filter, what is selected, and its rows. */
export function Records(props: IRecordsProps): JSX.Element {
  const { model, table, title, trans } = props;
  const { size, selected } = table;
  const isSource = model.source !== null;
  const isTraceable = table.name === 'training';
  return (
    <section
      className="jp-Palimpsest-records"
      aria-label={trans.__('Records of %1', title)}
    >
      <h3>{title}</h3>
      {size ? (
        <>
          <Filter
            key={table.name}
            columns={size.columns}
            filter={table.filter}
            onFilter={conditions => void model.filter(conditions)}
            trans={trans}
          />
          {isSource && (
            <KeyList
              key={`keys-${table.name}`}
              columns={size.columns}
              onKeys={keys => model.selectKeys(keys)}
              trans={trans}
            />
          )}
          <p className="jp-Palimpsest-total" role="status">
            {trans.__('%1 rows', size.total.toLocaleString())}
            {isTraceable &&
              ' · ' + trans.__('press Enter on a row to trace it back')}
            {isSource &&
              ' · ' + trans.__('click rows or press Space to select them')}
          </p>
          <Grid
            model={model}
            columns={size.columns}
            total={size.total}
            selected={selected}
            selectable={isSource}
            onOpen={isTraceable ? row => void model.traceBack(row) : undefined}
            trans={trans}
          />
        </>
      ) : (
        model.state.busy > 0 && <p role="status">{trans.__('Loading…')}</p>
      )}
    </section>
  );
}

interface IKeyListProps {
  columns: readonly { name: string; dtype: string }[];
  onKeys: (keys: IKeySelection) => void;
  trans: TranslationBundle;
}

/** Selects records by keys that are pasted or read from a file. */
function KeyList({ columns, onKeys, trans }: IKeyListProps): JSX.Element {
  const [column, setColumn] = useState(columns[0]?.name ?? '');
  const [text, setText] = useState('');
  const dtype = columns.find(other => other.name === column)?.dtype ?? '';
  const values = keysOf(text, dtype);
  const use = (event: React.FormEvent) => {
    event.preventDefault();
    if (values.length > 0) {
      onKeys({ column, values });
    }
  };
  return (
    <details className="jp-Palimpsest-outline">
      <summary>{trans.__('Select by a list of keys')}</summary>
      <form className="jp-Palimpsest-keys" onSubmit={use}>
        <label>
          {trans.__('Key column')}{' '}
          <select
            value={column}
            onChange={event => setColumn(event.target.value)}
          >
            {columns.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          {trans.__('Keys, one a line')}
          <textarea
            rows={4}
            value={text}
            data-lm-suppress-shortcuts="true"
            onChange={event => setText(event.target.value)}
          />
        </label>
        <label>
          {trans.__('or from a file')}{' '}
          <input
            type="file"
            accept=".txt,.csv,text/plain,text/csv"
            onChange={async event => {
              const file = event.target.files?.item(0);
              if (file) {
                setText(await file.text());
              }
            }}
          />
        </label>
        <button
          className="jp-Palimpsest-button"
          type="submit"
          disabled={values.length === 0}
        >
          {trans.__('Select %1 keys', values.length.toLocaleString())}
        </button>
      </form>
    </details>
  );
}

/** The keys of a text, one a line; blank lines and repeats do not count. */
export function keysOf(text: string, dtype: string): (string | number)[] {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '');
  return [...new Set(lines)].map(line => {
    const value = typedValue(line, dtype);
    return typeof value === 'number' ? value : line;
  });
}

interface IFilterProps {
  columns: readonly { name: string; dtype: string }[];
  filter: readonly ICondition[];
  onFilter: (conditions: readonly ICondition[]) => void;
  trans: TranslationBundle;
}

function Filter(props: IFilterProps): JSX.Element {
  const { columns, filter, onFilter, trans } = props;
  const [column, setColumn] = useState(columns[0]?.name ?? '');
  const [comparison, setComparison] = useState<Comparison>('==');
  const [value, setValue] = useState('');
  const dtype = columns.find(other => other.name === column)?.dtype ?? '';
  const needsValue = !WITHOUT_VALUE.includes(comparison);
  const add = (event: React.FormEvent) => {
    event.preventDefault();
    onFilter([
      ...filter,
      {
        column,
        comparison,
        value: needsValue ? typedValue(value, dtype) : null
      }
    ]);
    setValue('');
  };
  return (
    <div className="jp-Palimpsest-filter">
      <form onSubmit={add}>
        <select
          aria-label={trans.__('Column')}
          value={column}
          onChange={event => setColumn(event.target.value)}
        >
          {columns.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <select
          aria-label={trans.__('Comparison')}
          value={comparison}
          onChange={event => setComparison(event.target.value as Comparison)}
        >
          {COMPARISONS.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
        {needsValue && (
          <input
            aria-label={trans.__('Value')}
            value={value}
            data-lm-suppress-shortcuts="true"
            onChange={event => setValue(event.target.value)}
          />
        )}
        <button className="jp-Palimpsest-button" type="submit">
          {trans.__('Add filter')}
        </button>
      </form>
      {filter.length > 0 && (
        <ul aria-label={trans.__('Filters')}>
          {filter.map((condition, index) => (
            <li key={index}>
              <code>
                {condition.column} {condition.comparison}{' '}
                {condition.value !== null && String(condition.value)}
              </code>{' '}
              <button
                className="jp-Palimpsest-button"
                onClick={() => onFilter(filter.filter((_, i) => i !== index))}
              >
                {trans.__('Remove')}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
