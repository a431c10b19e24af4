/**
 * The filter of a table: an expression that is completed while it is typed, after
 * the combobox pattern of the ARIA Authoring Practices.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useId, useState } from 'react';

import type { ICondition } from '../../companion/protocol.generated';
import type { ITableView } from '../state';
import {
  completeFilter,
  formatFilter,
  type Parsed,
  parseFilter
} from './expression';
import type { RecordsModel } from './model';

interface IFilterProps {
  records: RecordsModel;
  size: NonNullable<ITableView['size']>;
  filter: readonly ICondition[];
  trans: TranslationBundle;
}

/** What is wrong with an expression, in words. */
function problemText(parsed: Parsed, trans: TranslationBundle): string | null {
  if ('conditions' in parsed) {
    return null;
  }
  const found = parsed.found || trans.__('the end');
  switch (parsed.problem) {
    case 'column':
      return trans.__('Expected a column, got %1.', found);
    case 'comparison':
      return trans.__('Expected a comparison such as ==, got %1.', found);
    case 'value':
      return trans.__('Expected a value, got %1.', found);
    case 'and':
      return trans.__('Expected "and", got %1.', found);
  }
}

/** The expression; Enter applies it. */
export function Filter(props: IFilterProps): JSX.Element {
  const { records, size, filter, trans } = props;
  const { columns } = size;
  const applied = formatFilter(filter);
  const [text, setText] = useState(applied);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  useEffect(() => setText(applied), [applied]);

  const valuesOf = (column: string) =>
    (records.profileOf(column)?.top ?? [])
      .map(({ value }) => value)
      .filter(value => value !== null) as (string | number | boolean)[];
  const { from, options } = completeFilter(text, columns, valuesOf);
  const shown = isOpen ? options : [];
  const change = (next: string) => {
    setText(next);
    setOpen(true);
    setActive(-1);
    setProblem(null);
  };
  const take = (option: string) => change(`${text.slice(0, from)}${option} `);
  const apply = (event?: React.FormEvent) => {
    event?.preventDefault();
    setOpen(false);
    const parsed = parseFilter(text, columns);
    setProblem(problemText(parsed, trans));
    if ('conditions' in parsed) {
      void records.filter(parsed.conditions);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const count = shown.length;
    if (event.key === 'ArrowDown' && count > 0) {
      setActive((active + 1) % count);
    } else if (event.key === 'ArrowDown') {
      setOpen(true);
    } else if (event.key === 'ArrowUp' && count > 0) {
      setActive((active + count - 1) % count);
    } else if (event.key === 'Escape' && isOpen) {
      setOpen(false);
    } else if (event.key === 'Enter' && active >= 0 && active < count) {
      take(shown[active]);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <form className="jp-Palimpsest-filter" onSubmit={apply}>
      <label htmlFor={`${id}-filter`}>{trans.__('Filter')}</label>
      <div className="jp-Palimpsest-combobox">
        <input
          id={`${id}-filter`}
          role="combobox"
          aria-expanded={shown.length > 0}
          aria-controls={`${id}-options`}
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={problem !== null}
          aria-describedby={problem ? `${id}-problem` : undefined}
          placeholder={trans.__('column == "value" and …')}
          value={text}
          spellCheck={false}
          autoComplete="off"
          data-lm-suppress-shortcuts="true"
          onChange={event => change(event.target.value)}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        <ul
          id={`${id}-options`}
          role="listbox"
          aria-label={trans.__('Completions')}
          hidden={shown.length === 0}
        >
          {shown.map((option, index) => (
            <li
              key={option}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              // Before the input loses the focus, which closes the list.
              onMouseDown={event => {
                event.preventDefault();
                take(option);
              }}
            >
              {option}
            </li>
          ))}
        </ul>
      </div>
      <button className="jp-Palimpsest-button" type="submit">
        {trans.__('Apply filter')}
      </button>
      {filter.length > 0 && (
        <button
          className="jp-Palimpsest-button"
          type="button"
          onClick={() => void records.filter([])}
        >
          {trans.__('Clear filter')}
        </button>
      )}
      {problem && (
        <p id={`${id}-problem`} role="alert" className="jp-Palimpsest-problem">
          {problem}
        </p>
      )}
    </form>
  );
}
