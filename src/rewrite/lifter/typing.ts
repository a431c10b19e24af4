/**
 * What is known of the type of an expression.
 */
import type { ExprNode, FunctionDef } from 'py-ast';
import { walk } from 'py-ast';

import type { CellText } from './celltext';
import type { Expr, INotebookName, ValueType } from './expression';
import { behind } from './expression';

const STRING_METHODS: Readonly<Record<string, ValueType>> = {
  lower: 'str',
  upper: 'str',
  title: 'str',
  capitalize: 'str',
  casefold: 'str',
  swapcase: 'str',
  strip: 'str',
  lstrip: 'str',
  rstrip: 'str',
  replace: 'str',
  zfill: 'str',
  ljust: 'str',
  rjust: 'str',
  center: 'str',
  removeprefix: 'str',
  removesuffix: 'str',
  join: 'str',
  format: 'str',
  startswith: 'bool',
  endswith: 'bool',
  isdigit: 'bool',
  isalpha: 'bool',
  isalnum: 'bool',
  isnumeric: 'bool',
  isdecimal: 'bool',
  isspace: 'bool',
  isupper: 'bool',
  islower: 'bool',
  istitle: 'bool',
  count: 'int',
  find: 'int',
  rfind: 'int',
  index: 'int',
  rindex: 'int'
};

/** String methods that cannot fail on a string. */
const SAFE_METHODS: ReadonlySet<string> = new Set(
  Object.keys(STRING_METHODS).filter(
    name => !['index', 'rindex', 'join', 'format'].includes(name)
  )
);

const BUILTINS: Readonly<Record<string, ValueType>> = {
  int: 'int',
  float: 'float',
  str: 'str',
  repr: 'str',
  bool: 'bool',
  len: 'int',
  ord: 'int',
  chr: 'str',
  any: 'bool',
  all: 'bool',
  isinstance: 'bool'
};

/** The builtin functions that may be called on values of a row. */
export const PURE_BUILTINS: ReadonlySet<string> = new Set([
  ...Object.keys(BUILTINS),
  'abs',
  'round',
  'min',
  'max',
  'sum',
  'sorted',
  'reversed',
  'tuple',
  'list',
  'set',
  'frozenset',
  'dict',
  'range',
  'enumerate',
  'zip',
  'map',
  'filter',
  'divmod',
  'pow',
  'hash',
  'hex',
  'bin',
  'format',
  'True',
  'False',
  'None'
]);

/** The Python type of an expression's value, as far as it can be told. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'column':
      return expr.column.type;
    case 'literal':
      return expr.type;
    case 'let':
      return typeOf(expr.binding.expr);
    case 'name':
      return typeOfName(expr.of);
    case 'call':
      return typeOfCall(expr);
    case 'method':
      return typeOf(expr.object) === 'str'
        ? (STRING_METHODS[expr.name] ?? 'unknown')
        : 'unknown';
    case 'unary':
      return expr.operator === 'not' ? 'bool' : numeric(typeOf(expr.operand));
    case 'binary':
      return typeOfBinary(expr);
    case 'compare':
    case 'member':
    case 'seen':
    case 'nonblank':
    case 'attempt':
      return 'bool';
    case 'logic':
      return common(expr.operands.map(typeOf));
    case 'conditional':
      return common([typeOf(expr.then), typeOf(expr.otherwise)]);
    case 'index':
      return typeOfIndex(expr);
    case 'slice':
      return typeOf(expr.object) === 'str' ? 'str' : 'unknown';
    case 'format':
    case 'text':
      return 'str';
    case 'position':
      return 'int';
    case 'statistic':
      return 'float';
    case 'verbatim':
      return typeOfNode(expr.node, expr.text);
    case 'attribute':
    case 'display':
    case 'block':
      return 'unknown';
  }
}

/** The qualified name of an imported function, e.g. `numpy.log1p`. */
export function qualifiedName(expr: Expr): string | null {
  if (expr.kind === 'name') {
    return expr.of.module ?? null;
  }
  if (expr.kind === 'attribute') {
    const object = qualifiedName(expr.object);
    return object === null ? null : `${object}.${expr.name}`;
  }
  return null;
}

function common(types: ValueType[]): ValueType {
  return types.every(type => type === types[0]) ? types[0] : 'unknown';
}

/** Whether Python computes with values of a type as with numbers. */
export function isNumeric(type: ValueType): boolean {
  return numeric(type) !== 'unknown';
}

/** Whether a string method cannot fail on a string. */
export function isSafeMethod(name: string): boolean {
  return SAFE_METHODS.has(name);
}

function numeric(type: ValueType): ValueType {
  return type === 'bool'
    ? 'int'
    : type === 'int' || type === 'float'
      ? type
      : 'unknown';
}

function typeOfName(of: INotebookName): ValueType {
  return of.literal ? typeOfNode(of.literal, of.text ?? null) : 'unknown';
}

/** Functions that make a number of a number, by qualified name. */
export const ELEMENTWISE =
  /^(numpy|math)\.(log|log1p|log2|log10|sqrt|exp|expm1|fabs|abs|floor|ceil|sign|sin|cos|tan|tanh|square)$/;

function typeOfCall(expr: Extract<Expr, { kind: 'call' }>): ValueType {
  if (ELEMENTWISE.test(qualifiedName(expr.callee) ?? '')) {
    return 'float';
  }
  if (expr.callee.kind !== 'name') {
    return 'unknown';
  }
  const { of } = expr.callee;
  if (of.origin === 'builtin') {
    if (of.name === 'abs' && expr.args.length === 1) {
      return numeric(typeOf(expr.args[0].value));
    }
    if (of.name === 'round') {
      return expr.args.length === 1 ? 'int' : typeOf(expr.args[0].value);
    }
    return BUILTINS[of.name] ?? 'unknown';
  }
  return of.definition ? returnType(of.definition, of.text ?? null) : 'unknown';
}

function typeOfBinary(expr: Extract<Expr, { kind: 'binary' }>): ValueType {
  const left = typeOf(expr.left);
  const right = typeOf(expr.right);
  if (expr.operator === '+' && left === 'str' && right === 'str') {
    return 'str';
  }
  if (expr.operator === '%' && left === 'str') {
    return 'str';
  }
  const [a, b] = [numeric(left), numeric(right)];
  if (a === 'unknown' || b === 'unknown') {
    return 'unknown';
  }
  switch (expr.operator) {
    case '/':
      return 'float';
    case '+':
    case '-':
    case '*':
    case '//':
    case '%':
      return a === 'int' && b === 'int' ? 'int' : 'float';
    default:
      return 'unknown';
  }
}

function typeOfIndex(expr: Extract<Expr, { kind: 'index' }>): ValueType {
  if (typeOf(expr.object) === 'str') {
    return 'str';
  }
  const object = behind(expr.object);
  const of = object.kind === 'name' ? object.of : null;
  const literal = of?.literal;
  const text = of?.text ?? null;
  if (literal?.nodeType === 'Dict') {
    return common(literal.values.map(node => typeOfNode(node, text)));
  }
  return 'unknown';
}

// --- types of plain Python ------------------------------------------------------

/** The type that every `return` of a function gives. */
function returnType(definition: FunctionDef, text: CellText | null): ValueType {
  const known = RETURN_TYPES.get(definition);
  if (known) {
    return known;
  }
  RETURN_TYPES.set(definition, 'unknown');
  const types: ValueType[] = [];
  for (const node of walk(definition)) {
    if (node.nodeType === 'Return') {
      types.push(node.value ? typeOfNode(node.value, text) : 'none');
    } else if (node.nodeType === 'Yield' || node.nodeType === 'YieldFrom') {
      return 'unknown';
    }
  }
  const last = definition.body[definition.body.length - 1];
  if (!alwaysReturns(last)) {
    types.push('none');
  }
  const type = types.length > 0 ? common(types) : 'none';
  RETURN_TYPES.set(definition, type);
  return type;
}

const RETURN_TYPES = new WeakMap<FunctionDef, ValueType>();

function alwaysReturns(statement: FunctionDef['body'][number]): boolean {
  if (statement.nodeType === 'Return' || statement.nodeType === 'Raise') {
    return true;
  }
  return (
    statement.nodeType === 'If' &&
    statement.orelse.length > 0 &&
    alwaysReturns(statement.body[statement.body.length - 1]) &&
    alwaysReturns(statement.orelse[statement.orelse.length - 1])
  );
}

/** The type of a Python expression, as far as its form tells. */
function typeOfNode(node: ExprNode, text: CellText | null): ValueType {
  const inner = (part: ExprNode) => typeOfNode(part, text);
  switch (node.nodeType) {
    case 'Constant':
      return typeOfConstant(node, text);
    case 'JoinedStr':
      return 'str';
    case 'Compare':
      return 'bool';
    case 'BoolOp':
      return common(node.values.map(inner));
    case 'IfExp':
      return common([inner(node.body), inner(node.orelse)]);
    case 'UnaryOp':
      return node.op.nodeType === 'Not' ? 'bool' : numeric(inner(node.operand));
    case 'Call':
      return node.func.nodeType === 'Name'
        ? (BUILTINS[node.func.id] ?? 'unknown')
        : 'unknown';
    default:
      return 'unknown';
  }
}

/** The type of a literal; 1.0 and 1 differ only in the source. */
export function typeOfConstant(
  node: Extract<ExprNode, { nodeType: 'Constant' }>,
  text: CellText | null
): ValueType {
  switch (typeof node.value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'number':
      return text === null
        ? 'unknown'
        : /^([\d_]+$|0[xob])/i.test(text.source(node))
          ? 'int'
          : 'float';
    case 'bigint':
      return 'int';
    default:
      return node.value === null ? 'none' : 'unknown';
  }
}
