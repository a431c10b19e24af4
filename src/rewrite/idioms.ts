/**
 * What a cell is like and how a rewrite goes about it, as short words: enough to
 * find cells again that fail in the same way, and nothing of the data.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, Call } from 'py-ast';

import { parseCell } from './syntax';

interface IIdiom {
  /** As a hint names it: "a cell with ...". */
  name: string;
  shows(node: ASTNodeUnion): boolean;
}

/** The idioms of hand-written preparation that are told apart. */
const IDIOMS: readonly IIdiom[] = [
  { name: 'lines split by hand', shows: calls(['split', 'rsplit']) },
  { name: 'trimmed lines', shows: calls(['strip', 'rstrip', 'lstrip']) },
  { name: 'a csv reader', shows: calls(['reader', 'DictReader']) },
  { name: 'records of JSON', shows: calls(['loads']) },
  { name: 'a dictionary filled in a loop', shows: isKeyedStore },
  {
    name: 'look-ups with a default',
    shows: node => isCallOf(node, ['get']) && node.args.length === 2
  },
  { name: 'lists by key', shows: calls(['defaultdict', 'setdefault']) },
  { name: 'a counter', shows: calls(['Counter']) },
  { name: 'a set of seen keys', shows: calls(['add']) },
  { name: 'rows appended to a list', shows: calls(['append', 'extend']) },
  { name: 'rows written to a file', shows: calls(['write', 'writerow']) },
  { name: 'rows left out by continue', shows: is('Continue') },
  { name: 'a loop that breaks off', shows: is('Break') },
  { name: 'failures passed over', shows: is('Try') },
  { name: 'loops over frames', shows: calls(['iterrows', 'itertuples']) },
  { name: 'a function of groups or rows', shows: calls(['apply']) },
  { name: 'sorting', shows: calls(['sort', 'sorted', 'sort_values']) },
  { name: 'dates', shows: calls(['strptime', 'to_datetime', 'fromisoformat']) },
  {
    name: 'statistics by hand',
    shows: calls(['mean', 'std', 'var', 'median'])
  },
  { name: 'columns set by index', shows: calls(['zeros', 'zeros_like']) },
  { name: 'a shuffle', shows: calls(['shuffle', 'permutation', 'sample']) }
];

/** The idioms of a cell, in a fixed order; none when it does not parse. */
export function idiomsOf(source: string): string[] {
  const nodes = nodesOf(source);
  return IDIOMS.filter(idiom => nodes.some(idiom.shows)).map(
    ({ name }) => name
  );
}

/** Operations whose arguments decide what they mean, and which ones. */
const TELLING: Readonly<Record<string, readonly string[]>> = {
  merge: ['how', 'on', 'left_on', 'right_on'],
  drop_duplicates: ['keep', 'subset'],
  read_csv: ['header', 'dtype', 'keep_default_na', 'quoting', 'sep'],
  groupby: ['sort', 'dropna'],
  sort_values: ['kind', 'ascending'],
  fillna: ['value'],
  std: ['ddof'],
  var: ['ddof'],
  concat: ['axis'],
  StandardScaler: [],
  OneHotEncoder: ['handle_unknown', 'drop'],
  map: [],
  apply: [],
  strip: [],
  rstrip: [],
  lstrip: [],
  lower: [],
  astype: [],
  agg: [],
  transform: [],
  explode: [],
  isin: [],
  dropna: [],
  head: [],
  to_datetime: ['errors'],
  to_numeric: ['errors']
};

/** The operations of a rewrite with their telling arguments, sorted. */
export function operationsOf(code: string): string[] {
  const found = new Set<string>();
  for (const node of nodesOf(code)) {
    if (node.nodeType === 'Call') {
      const operation = operationOf(node);
      if (operation !== null) {
        found.add(operation);
      }
    }
  }
  return [...found].sort();
}

function operationOf(call: Call): string | null {
  const name = calledName(call);
  const telling = TELLING[name];
  if (telling === undefined) {
    return null;
  }
  const told = call.keywords
    .filter(({ arg }) => arg !== undefined && telling.includes(arg))
    .map(({ arg, value }) => `${arg}=${brief(value)}`);
  return `${name}(${told.join(', ')})`;
}

/** A constant as it is; of anything else only that it is there. */
function brief(value: ASTNodeUnion): string {
  return value.nodeType === 'Constant' && String(value.value).length <= 30
    ? JSON.stringify(value.value)
    : '…';
}

function nodesOf(source: string): ASTNodeUnion[] {
  const parsed = parseCell(source);
  return parsed.ok ? [...walk(parsed.module)] : [];
}

function is(nodeType: ASTNodeUnion['nodeType']) {
  return (node: ASTNodeUnion) => node.nodeType === nodeType;
}

function calls(names: readonly string[]) {
  return (node: ASTNodeUnion) => isCallOf(node, names);
}

function isCallOf(node: ASTNodeUnion, names: readonly string[]): node is Call {
  return node.nodeType === 'Call' && names.includes(calledName(node));
}

function isKeyedStore(node: ASTNodeUnion): boolean {
  return node.nodeType === 'Subscript' && node.ctx?.nodeType === 'Store';
}

function calledName({ func }: Call): string {
  if (func.nodeType === 'Attribute') {
    return func.attr;
  }
  return func.nodeType === 'Name' ? func.id : '';
}
