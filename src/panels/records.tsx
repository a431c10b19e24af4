/**
 * A table of the run, a page at a time, with its filter.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import type { ICondition } from '../companion/protocol.generated';
import type { PanelModel } from './model';
import { PAGE_SIZE } from './model';
import type { ITableView } from './state';

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

/** The table with its filter and its pager. */
export function Records(props: IRecordsProps): JSX.Element {
  const { model, table, title, trans } = props;
  const { page } = table;
  return (
    <section
      className="jp-Palimpsest-records"
      aria-label={trans.__('Records of %1', title)}
    >
      <h3>{title}</h3>
      {page && (
        <Filter
          key={table.name}
          columns={page.columns}
          filter={table.filter}
          onFilter={conditions => void model.filter(conditions)}
          trans={trans}
        />
      )}
      {page && <Grid {...props} />}
      {!page && model.state.busy > 0 && (
        <p role="status">{trans.__('Loading…')}</p>
      )}
      {page && <Pager {...props} />}
    </section>
  );
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

function Grid({ model, table, trans }: IRecordsProps): JSX.Element | null {
  const { page } = table;
  const traceable = table.name === 'training';
  return (
    page && (
      <div
        className="jp-Palimpsest-grid"
        tabIndex={0}
        role="group"
        aria-label={trans.__('Rows')}
      >
        <table>
          <thead>
            <tr>
              <th scope="col">{trans.__('row')}</th>
              {page.columns.map(({ name, dtype }) => (
                <th key={name} scope="col" title={dtype}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {page.rows.map(({ row, values, erased }) => (
              <tr key={row}>
                <th scope="row">
                  {traceable ? (
                    <button
                      className="jp-Palimpsest-link"
                      title={trans.__('Trace row %1 back to its records', row)}
                      onClick={() => void model.traceBack(row)}
                    >
                      {row}
                    </button>
                  ) : (
                    row
                  )}
                </th>
                {values.map((value, index) => (
                  <td key={index}>
                    {erased.includes(index) ? (
                      <em className="jp-Palimpsest-missing">
                        {trans.__('erased')}
                      </em>
                    ) : (
                      show(value)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )
  );
}

function show(value: unknown): JSX.Element | string {
  if (value === null || value === undefined) {
    return <span className="jp-Palimpsest-missing">∅</span>;
  }
  return typeof value === 'number' && !Number.isInteger(value)
    ? value.toPrecision(6)
    : String(value);
}

function Pager({ model, table, trans }: IRecordsProps): JSX.Element | null {
  const { page, offset } = table;
  if (!page) {
    return null;
  }
  const last = Math.max(0, Math.ceil(page.total / PAGE_SIZE) - 1) * PAGE_SIZE;
  const button = (label: string, to: number) => (
    <button
      className="jp-Palimpsest-button"
      disabled={to < 0 || to > last || to === offset}
      onClick={() => void model.goTo(to)}
    >
      {label}
    </button>
  );
  return (
    <nav className="jp-Palimpsest-pager" aria-label={trans.__('Pages')}>
      {button(trans.__('First'), 0)}
      {button(trans.__('Previous'), offset - PAGE_SIZE)}
      <span role="status">
        {trans.__(
          'rows %1–%2 of %3',
          page.total === 0 ? 0 : offset + 1,
          Math.min(offset + PAGE_SIZE, page.total),
          page.total.toLocaleString()
        )}
      </span>
      {button(trans.__('Next'), offset + PAGE_SIZE)}
      {button(trans.__('Last'), last)}
    </nav>
  );
}
