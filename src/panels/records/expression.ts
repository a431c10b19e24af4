/**
 * Filters as text: `country == "DE" and date >= "2024-01-01"`. Pure functions that read,
 * write and complete them.
 *
 * #### Notes
 * Nothing is evaluated: an expression is a list of conditions that hold together.
 */
import type {
  IColumnInfo,
  ICondition
} from '../../companion/protocol.generated';
import { typedValue } from './values';

type Comparison = ICondition['comparison'];

/** All comparisons, in the order in which they are offered. */
export const COMPARISONS: readonly Comparison[] = [
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

const AND = 'and';

/** An expression that was read, or what is wrong with it. */
export type Parsed =
  | { conditions: ICondition[] }
  | {
      problem: 'column' | 'comparison' | 'value' | 'and';
      /** What stands in its place; empty at the end. */
      found: string;
    };

interface IToken {
  /** As it stands in the expression. */
  text: string;
  /** Without quotes. */
  value: string;
  isQuoted: boolean;
  start: number;
  stop: number;
}

const TOKEN =
  /`((?:[^`]|``)*)`?|"((?:[^"\\]|\\[\s\S])*)"?|[=!<>]=?|[^\s=!<>`"]+/g;

function tokens(text: string): IToken[] {
  return Array.from(text.matchAll(TOKEN), match => {
    const [whole, column, quoted] = match;
    const value =
      column !== undefined
        ? column.replace(/``/g, '`')
        : quoted !== undefined
          ? quoted.replace(/\\([\s\S])/g, '$1')
          : whole;
    const start = match.index ?? 0;
    return {
      text: whole,
      value,
      isQuoted: column !== undefined || quoted !== undefined,
      start,
      stop: start + whole.length
    };
  });
}

function isComparison(text: string | undefined): text is Comparison {
  return COMPARISONS.includes(text as Comparison);
}

/** Read an expression; an empty one has no conditions. */
export function parseFilter(
  text: string,
  columns: readonly IColumnInfo[]
): Parsed {
  const conditions: ICondition[] = [];
  const rest = tokens(text);
  while (rest.length > 0) {
    const name = rest.shift()!;
    const column = columns.find(other => other.name === name.value);
    if (!column) {
      return { problem: 'column', found: name.text };
    }
    const comparison = rest.shift()?.text;
    if (!isComparison(comparison)) {
      return { problem: 'comparison', found: comparison ?? '' };
    }
    let value: ICondition['value'] = null;
    if (!WITHOUT_VALUE.includes(comparison)) {
      const given = rest.shift();
      if (!given || (isComparison(given.text) && !given.isQuoted)) {
        return { problem: 'value', found: given?.text ?? '' };
      }
      value = typedValue(given.value, column.dtype);
    }
    conditions.push({ column: column.name, comparison, value });
    const next = rest.shift();
    if (next && (next.isQuoted || next.value.toLowerCase() !== AND)) {
      return { problem: 'and', found: next.text };
    }
    if (next && rest.length === 0) {
      return { problem: 'column', found: '' };
    }
  }
  return { conditions };
}

/** Write conditions as an expression. */
export function formatFilter(conditions: readonly ICondition[]): string {
  return conditions
    .map(({ column, comparison, value }) =>
      [
        quotedColumn(column),
        comparison,
        ...(WITHOUT_VALUE.includes(comparison) ? [] : [quotedValue(value)])
      ].join(' ')
    )
    .join(` ${AND} `);
}

/** A column as it is written in an expression. */
function quotedColumn(name: string): string {
  const isPlain = /^[^\s=!<>`"]+$/.test(name) && !isComparison(name);
  return isPlain && name.toLowerCase() !== AND
    ? name
    : '`' + name.replace(/`/g, '``') + '`';
}

function quotedValue(value: ICondition['value']): string {
  return typeof value === 'string'
    ? '"' + value.replace(/["\\]/g, '\\$&') + '"'
    : String(value);
}

/** What can stand at the end of an expression. */
export interface ICompletion {
  /** The expression up to here stays. */
  from: number;
  options: string[];
}

/** How many completions are offered. */
const MOST_OPTIONS = 12;

/**
 * Complete an expression at its end.
 *
 * @param valuesOf - values that a column is known to hold.
 */
export function completeFilter(
  text: string,
  columns: readonly IColumnInfo[],
  valuesOf: (column: string) => readonly (string | number | boolean)[]
): ICompletion {
  const all = tokens(text);
  const last = all.at(-1);
  const isOpen = last !== undefined && last.stop === text.length;
  const done = isOpen ? all.slice(0, -1) : all;
  const begun = isOpen ? last.value.toLowerCase() : '';
  const from = isOpen ? last.start : text.length;
  const fitting = expectedAfter(done, columns, valuesOf).filter(({ value }) =>
    value.toLowerCase().includes(begun)
  );
  return {
    from,
    options: fitting.slice(0, MOST_OPTIONS).map(option => option.text)
  };
}

/** What may follow complete tokens: its text, and what it is found by. */
function expectedAfter(
  done: readonly IToken[],
  columns: readonly IColumnInfo[],
  valuesOf: (column: string) => readonly (string | number | boolean)[]
): { text: string; value: string }[] {
  const isAnd = ({ isQuoted, value }: IToken) =>
    !isQuoted && value.toLowerCase() === AND;
  const begin = done.map(isAnd).lastIndexOf(true);
  const [name, comparison, value] = done.slice(begin + 1);
  if (!name) {
    return columns.map(column => ({
      text: quotedColumn(column.name),
      value: column.name
    }));
  }
  if (!comparison) {
    return COMPARISONS.map(text => ({ text, value: text }));
  }
  const isComplete =
    value !== undefined ||
    WITHOUT_VALUE.includes(comparison.text as Comparison);
  return isComplete
    ? [{ text: AND, value: AND }]
    : valuesOf(name.value).map(known => ({
        text: quotedValue(known),
        value: String(known)
      }));
}
