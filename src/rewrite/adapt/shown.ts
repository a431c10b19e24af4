/**
 * The values that a statement shows to people, or keeps for them.
 */
import type { Call, ExprNode, StmtNode } from 'py-ast';

import { metricByName } from './knowledge';

/** A shown value with the words before it. */
export interface IShown {
  label: string;
  node: ExprNode;
  /** Its format says that it is a number with decimals. */
  isNumber: boolean;
  /** Its label is its name. */
  isNamed?: boolean;
  /** It is kept in a list, not shown. */
  isKept?: boolean;
}

const PRINTERS: ReadonlySet<string> = new Set(['print']);
const LOG_METHODS: ReadonlySet<string> = new Set(['info', 'debug', 'warning']);
const SLOT = /%[-+ 0#]*\d*(\.\d+)?[sdifgeEG%r]/g;

/** The call of a statement that prints or logs for people, if it is one. */
export function printCall(statement: StmtNode): Call | null {
  if (statement.nodeType !== 'Expr' || statement.value.nodeType !== 'Call') {
    return null;
  }
  const call = statement.value;
  const { func } = call;
  const prints =
    (func.nodeType === 'Name' && PRINTERS.has(func.id)) ||
    (func.nodeType === 'Attribute' &&
      LOG_METHODS.has(func.attr) &&
      func.value.nodeType === 'Name' &&
      /log/i.test(func.value.id));
  return prints ? call : null;
}

/**
 * The values that a statement shows.
 *
 * @param reports - whether a method of `self` reports a metric
 */
export function shownBy(
  statement: StmtNode,
  reports: (method: string) => boolean
): IShown[] {
  if (statement.nodeType !== 'Expr' || statement.value.nodeType !== 'Call') {
    return [];
  }
  const call = statement.value;
  const { func } = call;
  if (printCall(statement)) {
    return shownValues(call);
  }
  if (func.nodeType !== 'Attribute') {
    return [];
  }
  const owner = func.value.nodeType === 'Name' ? func.value.id : '';
  if (func.attr === 'write' && /tqdm|bar|stdout/i.test(ownerText(func.value))) {
    return shownValues(call);
  }
  if (func.attr === 'set_postfix') {
    return call.keywords.flatMap(({ arg, value }) =>
      arg ? [{ label: arg, node: value, isNumber: false }] : []
    );
  }
  if (func.attr === 'append') {
    return kept(func.value, call);
  }
  return owner === 'self' && reports(func.attr) ? reported(call) : [];
}

function ownerText(node: ExprNode): string {
  return node.nodeType === 'Name'
    ? node.id
    : node.nodeType === 'Attribute'
      ? node.attr
      : '';
}

/** A value that is appended to a list with the name of a metric. */
function kept(list: ExprNode, { args }: Call): IShown[] {
  const name =
    list.nodeType === 'Subscript' &&
    list.slice.nodeType === 'Constant' &&
    typeof list.slice.value === 'string'
      ? list.slice.value
      : ownerText(list);
  return args.length === 1 && metricByName(name) && isSingle(args[0])
    ? [
        {
          label: name,
          node: args[0],
          isNumber: true,
          isNamed: true,
          isKept: true
        }
      ]
    : [];
}

/** Whether a value is not written as several. */
function isSingle(value: ExprNode): boolean {
  return ![
    'Tuple',
    'List',
    'Dict',
    'ListComp',
    'Constant',
    'JoinedStr'
  ].includes(value.nodeType);
}

/** The metric of a call that reports one: its name, then its value. */
function reported({ args }: Call): IShown[] {
  const [name, node] = args;
  return name?.nodeType === 'Constant' && typeof name.value === 'string' && node
    ? [{ label: name.value, node, isNumber: true, isNamed: true }]
    : [];
}

/** The values that a call shows, each with the words before it. */
function shownValues(call: Call): IShown[] {
  const shown: IShown[] = [];
  const [first, ...rest] = call.args;
  const isTemplate =
    rest.length > 0 &&
    first.nodeType === 'Constant' &&
    typeof first.value === 'string' &&
    first.value.match(SLOT) !== null;
  const parts = isTemplate
    ? interleave(String(first.value), SLOT, rest)
    : call.args.flatMap(partsOf);
  let label = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      label = part;
    } else {
      shown.push({ label, ...part });
      label = '';
    }
  }
  return shown;
}

type Part = string | { node: ExprNode; isNumber: boolean };

/** Text and values of one argument, in the order they are shown. */
function partsOf(argument: ExprNode): Part[] {
  if (argument.nodeType === 'Constant') {
    return typeof argument.value === 'string' ? [argument.value] : [];
  }
  if (argument.nodeType === 'JoinedStr') {
    return argument.values.map(part =>
      part.nodeType === 'FormattedValue'
        ? {
            node: part.value,
            isNumber: isDecimal(formatText(part.format_spec))
          }
        : String((part as { value?: unknown }).value ?? '')
    );
  }
  if (argument.nodeType === 'BinOp') {
    const { left, op, right } = argument;
    const isText =
      left.nodeType === 'Constant' && typeof left.value === 'string';
    if (isText && op.nodeType === 'Mod') {
      const values = right.nodeType === 'Tuple' ? right.elts : [right];
      return interleave(String(left.value), SLOT, values);
    }
    if (op.nodeType === 'Add') {
      return [...partsOf(left), ...partsOf(right)];
    }
  }
  if (argument.nodeType === 'Call') {
    const { func, args } = argument;
    if (
      func.nodeType === 'Attribute' &&
      func.attr === 'format' &&
      func.value.nodeType === 'Constant'
    ) {
      return interleave(String(func.value.value), /\{[^{}]*\}/g, args);
    }
    if (func.nodeType === 'Name' && func.id === 'str' && args.length === 1) {
      return [{ node: args[0], isNumber: false }];
    }
    if (func.nodeType === 'Name' && func.id === 'round' && args.length > 0) {
      return [{ node: argument, isNumber: true }];
    }
  }
  return [{ node: argument, isNumber: false }];
}

function interleave(
  text: string,
  slot: RegExp,
  values: readonly ExprNode[]
): Part[] {
  const parts: Part[] = [];
  let end = 0;
  let index = 0;
  for (const match of text.matchAll(slot)) {
    if (match[0] === '%%') {
      continue;
    }
    parts.push(text.slice(end, match.index));
    if (index < values.length) {
      parts.push({ node: values[index], isNumber: isDecimal(match[0]) });
    }
    index += 1;
    end = match.index + match[0].length;
  }
  return parts;
}

function formatText(spec: unknown): string {
  const values = (spec as { values?: { value?: unknown }[] } | undefined)
    ?.values;
  return (values ?? []).map(({ value }) => String(value ?? '')).join('');
}

function isDecimal(format: string): boolean {
  return /\.\d+|[eEfFgG%]\}?$/.test(format) && !/s\}?$/.test(format);
}
