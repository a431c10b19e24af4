/**
 * Numpy arrays with one element a row: `np.array` over a list, arithmetic,
 * comparisons, element-wise functions, shapes.
 */
import type { Call } from 'py-ast';

import type { BinaryOperator, CompareOperator, Expr } from '../expression';
import { make } from '../expression';
import type { IIdiom } from '../idiom';
import { negate } from '../logic';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import { simplify } from '../simplify';
import { ELEMENTWISE, typeOf } from '../typing';
import { describe, scalar } from '../values';
import type { Value } from '../values';

type ArrayValue = Extract<Value, { kind: 'array' }>;

export const arrays: IIdiom = {
  name: 'arrays',

  call(path, node, machine) {
    if (path === 'numpy.array' || path === 'numpy.asarray') {
      return fromList(node, machine);
    }
    if (path === 'numpy.expand_dims') {
      const value = machine.evaluate(node.args[0]);
      return value.kind === 'array' ? { ...value, dimensions: 2 } : null;
    }
    if (ELEMENTWISE.test(path) && node.args.length === 1) {
      const value = machine.evaluate(node.args[0]);
      return value.kind === 'array'
        ? { ...value, expr: elementwise(node, value.expr, machine) }
        : null;
    }
    return null;
  },

  method(object, name, node, machine) {
    if (object.kind !== 'array') {
      return null;
    }
    switch (name) {
      case 'reshape':
        return reshaped(object, node, machine);
      case 'astype':
        return converted(object, machine.source(node.args[0]), node);
      case 'copy':
      case 'ravel':
      case 'flatten':
        return {
          ...object,
          dimensions: name === 'copy' ? object.dimensions : 1
        };
      case 'tolist':
        return object;
      default:
        return null;
    }
  },

  subscript(object, node, machine) {
    if (object.kind !== 'array') {
      return null;
    }
    const text = machine.source(node.slice).replace(/\s/g, '');
    return /^:,(None|\w+\.newaxis)$/.test(text)
      ? { ...object, dimensions: 2 }
      : null;
  },

  operator(operator, operands, node, machine) {
    const arrays = operands.filter(
      (operand): operand is ArrayValue => operand.kind === 'array'
    );
    const [first] = arrays;
    if (!first) {
      return null;
    }
    if (arrays.some(array => array.plan !== first.plan)) {
      throw LiftRefusal.at(node, 'These arrays are not over the same rows.');
    }
    const exprs = operands.map(operand => elementOf(operand, machine));
    return { ...first, expr: applied(operator, exprs, node) };
  },

  rows(iterable) {
    return iterable.kind === 'array'
      ? { plan: iterable.plan, element: scalar(iterable.expr) }
      : null;
  }
};

function elementOf(operand: Value, machine: Machine): Expr {
  return operand.kind === 'array' ? operand.expr : machine.asExpr(operand, {});
}

const LOGIC: Readonly<Record<string, 'and' | 'or'>> = { '&': 'and', '|': 'or' };
const COMPARISONS: ReadonlySet<string> = new Set([
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>='
]);

function applied(
  operator: string,
  exprs: readonly Expr[],
  node: { lineno?: number }
): Expr {
  const [left, right] = exprs;
  const booleans = exprs.every(expr => typeOf(expr) === 'bool');
  if (operator === '~' && booleans) {
    return negate(left);
  }
  if (LOGIC[operator] && booleans) {
    return {
      kind: 'logic',
      operator: LOGIC[operator],
      operands: [left, right]
    };
  }
  if (COMPARISONS.has(operator)) {
    return simplify({
      kind: 'compare',
      operator: operator as CompareOperator,
      left,
      right
    });
  }
  if (exprs.length === 1 && (operator === '-' || operator === '+')) {
    return { kind: 'unary', operator, operand: left };
  }
  if (exprs.length === 2 && /^(\+|-|\*|\/|\/\/|%|\*\*)$/.test(operator)) {
    return {
      kind: 'binary',
      operator: operator as BinaryOperator,
      left,
      right
    };
  }
  throw LiftRefusal.at(
    node,
    `\`${operator}\` on whole arrays is not understood.`
  );
}

function fromList(node: Call, machine: Machine): Value | null {
  const value = machine.evaluate(node.args[0]);
  const rows =
    value.kind === 'list' || value.kind === 'rows' || value.kind === 'array'
      ? machine.rows(value)
      : null;
  if (!rows) {
    return null;
  }
  const dtype =
    node.keywords.find(keyword => keyword.arg === 'dtype')?.value ??
    node.args[1];
  if (rows.element.kind === 'tuple') {
    return {
      kind: 'matrix',
      plan: rows.plan,
      blocks: rows.element.items.map((item, at) => ({
        name: nameOf(item),
        block: { kind: 'number', expr: machine.asExpr(item, node) },
        line: node.lineno ?? 1
      }))
    };
  }
  const array: ArrayValue = {
    kind: 'array',
    plan: rows.plan,
    expr: machine.asExpr(rows.element, node),
    dimensions: 1
  };
  return dtype ? converted(array, machine.source(dtype), node) : array;
}

function nameOf(value: Value): string | null {
  return value.kind === 'scalar' && value.expr.kind === 'let'
    ? value.expr.binding.name
    : null;
}

/** An array of another type, named as in the source. */
function converted(
  array: ArrayValue,
  dtype: string,
  node: { lineno?: number }
): ArrayValue {
  const kind = dtype.replace(/^['"]|['"]$/g, '').replace(/^\w+\./, '');
  const type = typeOf(array.expr);
  if (/^(float(64)?|float_|double)$/.test(kind)) {
    return type === 'float'
      ? array
      : { ...array, expr: simplify(make.call('float', array.expr)) };
  }
  if (/^(int(64)?|int_)$/.test(kind)) {
    return type === 'int'
      ? array
      : { ...array, expr: simplify(make.call('int', array.expr)) };
  }
  if (/^(str|object|O|U\d*)$/.test(kind) && type === 'str') {
    return array;
  }
  if (/^(bool|bool_)$/.test(kind) && type === 'bool') {
    return array;
  }
  if (kind === 'float32') {
    return { ...array, expr: simplify(make.call('float', array.expr)) };
  }
  throw LiftRefusal.at(
    node,
    `An array of type ${dtype} is not understood here.`
  );
}

function reshaped(array: ArrayValue, node: Call, machine: Machine): ArrayValue {
  const shape = machine.source(node).replace(/\s/g, '');
  if (/\.reshape\(\(?(-1|len\(\w+\)|\w+\.shape\[0\]),1\)?\)$/.test(shape)) {
    return { ...array, dimensions: 2 };
  }
  if (/\.reshape\(\(?-1\)?\)$/.test(shape)) {
    return { ...array, dimensions: 1 };
  }
  throw LiftRefusal.at(
    node,
    `This shape of ${describe(array)} is not understood.`
  );
}

function elementwise(node: Call, operand: Expr, machine: Machine): Expr {
  return {
    kind: 'call',
    callee: machine.expr(node.func),
    args: [{ name: null, value: operand }]
  };
}
