/**
 * Functions that turn the values of a column into numbers or vectors, one value
 * at a time.
 */
import type { Expr } from '../expression';
import { behind } from '../expression';
import { PythonPrinter } from '../printer/python';
import { LiftRefusal } from '../refusal';
import { letsOf, walkExpr } from '../traversal';
import { typeOf } from '../typing';
import type { INamedBlock } from '../values';
import { inputsOf, plainInput, selector } from './feature';
import type { FeatureRule, IFeatureContext, IStep } from './feature';

/** A number or a vector from a function of the row. */
export const perValue: FeatureRule = (named, context) => {
  const { block } = named;
  if (block.kind === 'indicator' || hasStatistic(block.expr)) {
    return null;
  }
  const step =
    block.kind === 'number' ? plainNumber(block.expr, context) : null;
  return step ?? functionStep(named, block.expr, context);
};

function hasStatistic(expr: Expr): boolean {
  return [...walkExpr(expr)].some(part => part.kind === 'statistic');
}

/** A numeric column goes into the matrix as it is. */
function plainNumber(expr: Expr, context: IFeatureContext): IStep | null {
  const base = withoutFloat(expr);
  const name = plainInput(base, context);
  return name !== null && ['int', 'float', 'bool'].includes(typeOf(base))
    ? { transformer: '"passthrough"', columns: `["${name}"]` }
    : null;
}

function functionStep(
  named: INamedBlock,
  expr: Expr,
  context: IFeatureContext
): IStep {
  context.writer.import(
    'from sklearn.preprocessing import FunctionTransformer'
  );
  const { name, inputs } = valuesFunction(named, expr, context);
  return {
    transformer: `FunctionTransformer(${name})`,
    columns: selector(inputs)
  };
}

/** `float(x)` only says what the matrix is anyway. */
export function withoutFloat(expr: Expr): Expr {
  const inner = behind(expr);
  if (
    inner.kind === 'call' &&
    inner.callee.kind === 'name' &&
    inner.callee.of.origin === 'builtin' &&
    inner.callee.of.name === 'float' &&
    ['int', 'float', 'bool'].includes(typeOf(inner.args[0].value))
  ) {
    return withoutFloat(inner.args[0].value);
  }
  return inner;
}

/**
 * Define a function from columns to an array with a row a value.
 */
export function valuesFunction(
  named: INamedBlock,
  expr: Expr,
  context: IFeatureContext
): { name: string; inputs: string[] } {
  const { writer } = context;
  const inputs = inputsOf(expr, context);
  if (inputs.length === 0) {
    throw new LiftRefusal(
      named.line,
      'This feature is the same for every row.'
    );
  }
  writer.import('import numpy as np');
  const number = named.block.kind === 'number';
  const base = number ? withoutFloat(expr) : behind(expr);
  const single = inputs.length === 1;
  const [item, items] = single ? parameterNames(base) : ['', 'frame'];
  const printer = new PythonPrinter(
    {
      column: column => (single ? item : (context.names.get(column) ?? '')),
      binding: () => null
    },
    writer
  );
  const value = printer.source(base);
  const loop = single
    ? `for ${item} in ${items}`
    : `for ${inputs.join(', ')} in zip(${inputs.map(name => `frame["${name}"]`).join(', ')})`;
  const flat = named.block.kind === 'vector' && named.block.flat;
  const array = number
    ? `np.array([[${value}] ${loop}], dtype=float)`
    : `np.array([${value} ${loop}])${flat ? `.reshape(len(${items}), -1)` : ''}`;
  const name = writer.define(
    functionName(named, base),
    own => `def ${own}(${items}):\n    return ${array}`
  );
  return { name, inputs };
}

/** What one value and many are called. */
function parameterNames(expr: Expr): [string, string] {
  const types = [...walkExpr(expr)].flatMap(part =>
    part.kind === 'column' ? [part.column.type] : []
  );
  const [item, items] = types.every(type => type === 'str')
    ? ['text', 'texts']
    : ['value', 'values'];
  const used = new Set(
    [...walkExpr(expr)].flatMap(part =>
      part.kind === 'name' ? [part.of.name] : []
    )
  );
  return used.has(item) || used.has(items) ? ['each', 'column'] : [item, items];
}

function functionName(named: INamedBlock, expr: Expr): string {
  if (
    expr.kind === 'call' &&
    expr.callee.kind === 'name' &&
    expr.callee.of.origin !== 'builtin'
  ) {
    return `${expr.callee.of.name}_all`;
  }
  const [binding] = letsOf(expr);
  return `${named.name ?? binding?.name ?? 'feature'}_of`;
}
