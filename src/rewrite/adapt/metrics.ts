/**
 * The metrics that a script shows: which values of which print statements.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, Call, ExprNode, StmtNode } from 'py-ast';

import type { CellText } from '../lifter/celltext';
import type { IPlace } from './blocks';
import { calleeOf, isPure } from './expressions';
import { metricByName } from './knowledge';
import type { ImportedNames } from './names';

/** A value that is shown and is a metric. */
export interface IMetric {
  name: string;
  /** The source of its value. */
  source: string;
  node: ExprNode;
  /** Whether its source can be evaluated a second time. */
  repeatable: boolean;
}

/** A statement that shows metrics. */
export interface IMetricPrint {
  place: IPlace;
  metrics: IMetric[];
}

/** A shown value with the words before it. */
interface IShown {
  label: string;
  node: ExprNode;
  /** Its format says that it is a number with decimals. */
  isNumber: boolean;
}

const PRINTERS: ReadonlySet<string> = new Set(['print']);
const LOG_METHODS: ReadonlySet<string> = new Set(['info', 'debug', 'warning']);

/** All statements of a script that show metrics. */
export function metricPrints(
  places: readonly IPlace[],
  script: CellText,
  names: ImportedNames
): IMetricPrint[] {
  const computed = metricVariables(places, names);
  return places
    .map(place => ({
      place,
      metrics: metricsOf(place, script, names, computed)
    }))
    .filter(({ metrics }) => metrics.length > 0);
}

function metricsOf(
  place: IPlace,
  script: CellText,
  names: ImportedNames,
  computed: ReadonlySet<string>
): IMetric[] {
  const call = printCall(place.statement);
  if (!call) {
    return [];
  }
  const counters = loopVariables(place);
  const metrics = new Map<string, IMetric>();
  for (const shown of shownValues(call)) {
    const name = nameOf(shown, script);
    const known = loadedNames(shown.node);
    if (
      name === '' ||
      (shown.node.nodeType === 'Name' && counters.has(shown.node.id)) ||
      !isMetric(shown, name, known, computed)
    ) {
      continue;
    }
    const unique = metrics.has(name) ? `${name}_${metrics.size + 1}` : name;
    metrics.set(unique, {
      name: unique,
      source: script.source(shown.node),
      node: shown.node,
      repeatable: isPure(shown.node, names)
    });
  }
  return [...metrics.values()];
}

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

/** The values that a call shows, each with the words before it. */
function shownValues(call: Call): IShown[] {
  const shown: IShown[] = [];
  let label = '';
  for (const argument of call.args) {
    const parts = partsOf(argument);
    for (const part of parts) {
      if (typeof part === 'string') {
        label = part;
      } else {
        shown.push({ label, ...part });
        label = '';
      }
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
      return interleave(
        String(left.value),
        /%[-+ 0#]*\d*(\.\d+)?[sdifgeEG%r]/g,
        values
      );
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

/** What a shown value is called: by its variable, else by the words before it. */
function nameOf(shown: IShown, script: CellText): string {
  const { node, label } = shown;
  const words = slug(label.split(/[|,;\n]/).at(-1) ?? '');
  if (node.nodeType === 'Name') {
    // A one-letter name says less than the words before it.
    return node.id.length > 2 || words === '' ? node.id : words;
  }
  if (words !== '') {
    return words;
  }
  const names = [...loadedNames(node)];
  return slug(
    node.nodeType === 'Attribute'
      ? node.attr
      : (names.at(-1) ?? script.source(node))
  );
}

/** Words as a name: lower case, joined by underscores. */
export function slug(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60);
}

function isMetric(
  shown: IShown,
  name: string,
  known: ReadonlySet<string>,
  computed: ReadonlySet<string>
): boolean {
  const { node } = shown;
  if (node.nodeType === 'Constant') {
    return false;
  }
  const byName = [name, ...known].map(metricByName);
  if (metricByName(name) === false && !byName.includes(true)) {
    return false;
  }
  return (
    shown.isNumber ||
    [...known].some(one => computed.has(one)) ||
    byName.includes(true)
  );
}

/** Variables that hold what a metric function gave. */
function metricVariables(
  places: readonly IPlace[],
  names: ImportedNames
): Set<string> {
  const variables = new Set<string>();
  for (const { statement } of places) {
    if (
      statement.nodeType !== 'Assign' ||
      statement.value.nodeType !== 'Call'
    ) {
      continue;
    }
    const { dotted, method } = calleeOf(statement.value.func, names);
    const isScore =
      (dotted?.startsWith('sklearn.metrics.') &&
        !/report|matrix|curve|display/i.test(dotted)) ||
      method === 'score';
    for (const target of statement.targets) {
      if (isScore && target.nodeType === 'Name') {
        variables.add(target.id);
      }
    }
  }
  return variables;
}

function loopVariables(place: IPlace): Set<string> {
  const variables = new Set<string>();
  for (const loop of place.loops) {
    if (loop.nodeType === 'For') {
      for (const node of walk(loop.target as ASTNodeUnion)) {
        if (node.nodeType === 'Name') {
          variables.add(node.id);
        }
      }
    }
  }
  return variables;
}

function loadedNames(node: ExprNode): Set<string> {
  const names = new Set<string>();
  for (const part of walk(node as ASTNodeUnion)) {
    if (part.nodeType === 'Name') {
      names.add(part.id);
    } else if (part.nodeType === 'Attribute') {
      names.add(part.attr);
    }
  }
  return names;
}
