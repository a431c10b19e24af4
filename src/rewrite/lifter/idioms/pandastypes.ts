/**
 * What an expression of pandas gives: a frame, a series, an array, a number.
 */
import type { ExprNode } from 'py-ast';

import type { Machine } from '../machine';
import type { PandasType } from '../pandasobject';

type Type = PandasType | 'accessor' | 'other' | null;

const FUNCTIONS: readonly [RegExp, PandasType][] = [
  [/^pandas\.read_/, 'frame'],
  [
    /^pandas\.(DataFrame|merge|get_dummies|crosstab|pivot_table|melt)$/,
    'frame'
  ],
  [/^pandas\.(Series|to_datetime|to_numeric|cut|qcut)$/, 'series'],
  [
    /^numpy\.(where|select|array|asarray|log\w*|sqrt|exp\w*|abs|floor|ceil|round|clip|column_stack|hstack|c_|concatenate)$/,
    'array'
  ],
  [/^len$/, 'number']
];

const FRAME_METHODS =
  /^(assign|dropna|fillna|drop|drop_duplicates|rename|reset_index|set_index|sort_values|sort_index|head|tail|nlargest|nsmallest|sample|merge|join|query|filter|copy|astype|replace|explode|append|transform|agg|aggregate|mean|sum|max|min|median|std|count|size|first|last|nunique|pivot_table|pivot|melt|stack|unstack|where|mask|clip|round|apply|pipe|to_frame|select_dtypes|isin|interpolate|ffill|bfill|corr|describe|insert|get|cumsum|cumcount|shift|diff|rank)$/;

const SUMMARIES =
  /^(mean|sum|max|min|median|std|var|count|nunique|quantile|any|all|item|idxmax|idxmin)$/;

/** The type of an expression; null when pandas has nothing to do with it. */
export function pandasType(node: ExprNode, machine: Machine): Type {
  const inner = (part: ExprNode) => pandasType(part, machine);
  switch (node.nodeType) {
    case 'Name': {
      const value = machine.env.get(node.id);
      return value?.kind === 'pandas' ? value.object.type : null;
    }
    case 'Call':
      return typeOfCall(node, machine);
    case 'Attribute':
      return typeOfAttribute(node, machine);
    case 'Subscript':
      return typeOfSubscript(node, machine);
    case 'BinOp':
      return wider([inner(node.left), inner(node.right)]);
    case 'Compare':
      return wider([inner(node.left), ...node.comparators.map(inner)]);
    case 'UnaryOp':
      return inner(node.operand);
    case 'IfExp':
      return inner(node.body);
    default:
      return null;
  }
}

const WIDTH: readonly Type[] = ['frame', 'series', 'array', 'number'];

function wider(types: readonly Type[]): Type {
  return WIDTH.find(type => types.includes(type)) ?? null;
}

function typeOfCall(
  node: Extract<ExprNode, { nodeType: 'Call' }>,
  machine: Machine
): Type {
  const path = machine.path(node.func);
  const [first] = node.args;
  if (path !== null) {
    const own = first ? pandasType(first, machine) : null;
    if (path === 'pandas.concat') {
      return concatenated(node, machine);
    }
    if (/^pandas\.(to_numeric|to_datetime)$/.test(path)) {
      return own ?? 'series';
    }
    const found = FUNCTIONS.find(([pattern]) => pattern.test(path));
    if (!found) {
      return own;
    }
    const needsPandas = !path.startsWith('pandas.');
    return needsPandas && !mentionsPandas(node, machine) ? null : found[1];
  }
  if (node.func.nodeType !== 'Attribute') {
    return node.args.some(arg => pandasType(arg, machine) === 'frame')
      ? 'frame'
      : wider(node.args.map(arg => pandasType(arg, machine)));
  }
  const { attr, value } = node.func;
  const object = pandasType(value, machine);
  switch (object) {
    case 'frame':
      if (attr === 'groupby') {
        return 'groups';
      }
      return attr === 'to_numpy' || /^to_(list|dict)/.test(attr)
        ? 'array'
        : FRAME_METHODS.test(attr)
          ? SUMMARIES.test(attr) ||
            (attr === 'apply' && isRowWise(node, machine))
            ? 'series'
            : 'frame'
          : 'frame';
    case 'groups':
      return attr === 'size' || attr === 'ngroup' || attr === 'cumcount'
        ? 'series'
        : 'frame';
    case 'series':
      if (SUMMARIES.test(attr)) {
        return 'number';
      }
      return /^(to_numpy|tolist|to_list|unique)$/.test(attr)
        ? 'array'
        : attr === 'reset_index' || attr === 'to_frame'
          ? 'frame'
          : 'series';
    case 'accessor':
      return 'series';
    case 'array':
      return SUMMARIES.test(attr) ? 'number' : 'array';
    default:
      return object;
  }
}

function isRowWise(
  node: Extract<ExprNode, { nodeType: 'Call' }>,
  machine: Machine
): boolean {
  return node.keywords.some(
    ({ arg, value }) => arg === 'axis' && machine.source(value) !== '0'
  );
}

function concatenated(
  node: Extract<ExprNode, { nodeType: 'Call' }>,
  machine: Machine
): Type {
  const beside = node.keywords.some(
    ({ arg, value }) => arg === 'axis' && machine.source(value) !== '0'
  );
  const [list] = node.args;
  const parts =
    list?.nodeType === 'List' || list?.nodeType === 'Tuple' ? list.elts : [];
  const types = parts.map(part => pandasType(part, machine));
  return beside || types.length === 0 || types.includes('frame')
    ? 'frame'
    : wider(types);
}

/** Whether pandas made something in an expression. */
export function mentionsPandas(node: ExprNode, machine: Machine): boolean {
  switch (node.nodeType) {
    case 'Call':
      return [
        ...node.args,
        ...node.keywords.map(keyword => keyword.value)
      ].some(part => mentionsPandas(part, machine)) ||
        pandasType(node.func, machine) !== null
        ? true
        : false;
    case 'List':
    case 'Tuple':
      return node.elts.some(part => mentionsPandas(part, machine));
    default:
      return pandasType(node, machine) !== null;
  }
}

function typeOfAttribute(
  node: Extract<ExprNode, { nodeType: 'Attribute' }>,
  machine: Machine
): Type {
  const object = pandasType(node.value, machine);
  const { attr } = node;
  switch (object) {
    case 'frame':
      if (/^(loc|iloc|at|iat)$/.test(attr)) {
        return 'accessor';
      }
      return attr === 'values'
        ? 'array'
        : /^(shape|size)$/.test(attr)
          ? 'number'
          : /^(columns|index|dtypes)$/.test(attr)
            ? 'names'
            : attr === 'T'
              ? 'frame'
              : 'series';
    case 'series':
      return attr === 'values'
        ? 'array'
        : /^(str|dt|cat|loc|iloc)$/.test(attr)
          ? 'accessor'
          : /^(index)$/.test(attr)
            ? 'names'
            : 'series';
    case 'accessor':
      return 'series';
    case 'groups':
      return 'groups';
    default:
      return object;
  }
}

function typeOfSubscript(
  node: Extract<ExprNode, { nodeType: 'Subscript' }>,
  machine: Machine
): Type {
  const { value, slice } = node;
  const isAccessor =
    value.nodeType === 'Attribute' && /^(loc|iloc|at|iat)$/.test(value.attr);
  const object = pandasType(isAccessor ? value.value : value, machine);
  if (object === 'frame' && isAccessor) {
    if (slice.nodeType !== 'Tuple') {
      return slice.nodeType === 'Constant' ? 'series' : 'frame';
    }
    const [, column] = slice.elts;
    return column && isSingle(column, machine) ? 'series' : 'frame';
  }
  if (object === 'frame') {
    return isSingle(slice, machine) ? 'series' : 'frame';
  }
  return object === 'accessor' ? 'series' : object;
}

/** A text in brackets is one column. */
function isSingle(node: ExprNode, machine: Machine): boolean {
  if (node.nodeType === 'Constant') {
    return true;
  }
  const value = node.nodeType === 'Name' ? machine.env.get(node.id) : undefined;
  const of =
    value?.kind === 'scalar' && value.expr.kind === 'name'
      ? value.expr.of
      : null;
  return of?.literal?.nodeType === 'Constant';
}
