/**
 * Statistics over all rows, by numpy or by hand: mean, standard deviation, ...
 */
import type { Call } from 'py-ast';

import type { Expr, IStatistic } from '../expression';
import { behind } from '../expression';
import type { IIdiom } from '../idiom';
import { literalInteger } from '../literal';
import type { Machine } from '../machine';
import type { Plan } from '../plan';
import { LiftRefusal } from '../refusal';
import { sameExpr } from '../traversal';
import type { Value } from '../values';

type Name = IStatistic['name'];

const FUNCTIONS: Readonly<Record<string, Name>> = {
  'numpy.mean': 'mean',
  'numpy.std': 'std',
  'numpy.var': 'var',
  'numpy.min': 'min',
  'numpy.max': 'max',
  'numpy.amin': 'min',
  'numpy.amax': 'max',
  'numpy.sum': 'sum',
  'numpy.median': 'median',
  'statistics.mean': 'mean',
  'statistics.fmean': 'mean',
  'statistics.median': 'median',
  'statistics.pstdev': 'std',
  'statistics.stdev': 'std',
  'statistics.variance': 'var',
  'statistics.pvariance': 'var',
  sum: 'sum',
  min: 'min',
  max: 'max'
};

/** The statistics module names the sample versions without a mark. */
const SAMPLE: ReadonlySet<string> = new Set([
  'statistics.stdev',
  'statistics.variance'
]);

const METHODS: ReadonlySet<string> = new Set([
  'mean',
  'std',
  'var',
  'min',
  'max',
  'sum'
]);

export const statistics: IIdiom = {
  name: 'statistics',

  call(path, node, machine) {
    if (path === 'math.sqrt' || path === 'numpy.sqrt') {
      return rootOf(machine.evaluate(node.args[0]));
    }
    const name = FUNCTIONS[path];
    if (!name || machine.row || node.args.length !== 1) {
      return null;
    }
    const rows = machine.rows(machine.evaluate(node.args[0]));
    if (!rows) {
      return null;
    }
    const ddof = SAMPLE.has(path) ? 1 : ddofOf(node, machine);
    const of = machine.asExpr(rows.element, node);
    return statistic(name, of, rows.plan, ddof, node);
  },

  method(object, name, node, machine) {
    if (object.kind !== 'array' || !METHODS.has(name)) {
      return null;
    }
    if (node.args.length > 0) {
      throw LiftRefusal.at(
        node,
        `\`.${name}\` along an axis is not understood.`
      );
    }
    const ddof = ddofOf(node, machine);
    return statistic(name as Name, object.expr, object.plan, ddof, node);
  },

  operator(operator, operands) {
    const [left, right] = operands;
    if (left.kind !== 'statistic') {
      return null;
    }
    if (operator === '/') {
      return overCount(left, right);
    }
    const half =
      right?.kind === 'scalar' &&
      right.expr.kind === 'literal' &&
      Number(right.expr.text) === 0.5;
    return operator === '**' && half ? rootOf(left) : null;
  }
};

function statistic(
  name: Name,
  of: Expr,
  over: Plan,
  ddof: number,
  node: Call
): Value {
  const line = node.lineno ?? 1;
  return {
    kind: 'statistic',
    statistic: { name, of, over, ddof, line }
  };
}

function ddofOf(node: Call, machine: Machine): number {
  for (const keyword of node.keywords) {
    if (keyword.arg === 'ddof') {
      const ddof = literalInteger(machine.expr(keyword.value));
      if (ddof !== null) {
        return ddof;
      }
    }
    throw LiftRefusal.at(
      node,
      `The argument \`${keyword.arg}\` is not understood here.`
    );
  }
  return 0;
}

type StatisticValue = Extract<Value, { kind: 'statistic' }>;

/** A sum over the number of rows is a mean, or a variance. */
function overCount(left: StatisticValue, right: Value): Value | null {
  const { statistic: sum } = left;
  const less = rowsLess(right, sum.over);
  if (sum.name !== 'sum' || less === null) {
    return null;
  }
  const deviating = squaredDeviation(sum.of);
  if (deviating) {
    return {
      kind: 'statistic',
      statistic: { ...sum, name: 'var', of: deviating, ddof: less }
    };
  }
  return less === 0
    ? { kind: 'statistic', statistic: { ...sum, name: 'mean' } }
    : null;
}

/** For `n - k`, where n is the number of rows: k. */
function rowsLess(value: Value, over: Plan): number | null {
  if (value.kind === 'rowcount') {
    return value.plan === over ? 0 : null;
  }
  const expr = value.kind === 'scalar' ? behind(value.expr) : null;
  if (expr?.kind !== 'binary' || expr.operator !== '-') {
    return null;
  }
  const count = behind(expr.left);
  return count.kind === 'statistic' &&
    count.statistic.name === 'count' &&
    count.statistic.over === over
    ? literalInteger(expr.right)
    : null;
}

/** The `x` of `(x - mean(x)) ** 2`. */
function squaredDeviation(expr: Expr): Expr | null {
  const square = behind(expr);
  if (
    square.kind !== 'binary' ||
    square.operator !== '**' ||
    literalInteger(square.right) !== 2
  ) {
    return null;
  }
  const difference = behind(square.left);
  if (difference.kind !== 'binary' || difference.operator !== '-') {
    return null;
  }
  const mean = behind(difference.right);
  return mean.kind === 'statistic' &&
    mean.statistic.name === 'mean' &&
    sameExpr(mean.statistic.of, difference.left)
    ? difference.left
    : null;
}

/** The root of a variance is a standard deviation. */
function rootOf(value: Value): Value | null {
  return value.kind === 'statistic' && value.statistic.name === 'var'
    ? { kind: 'statistic', statistic: { ...value.statistic, name: 'std' } }
    : null;
}
