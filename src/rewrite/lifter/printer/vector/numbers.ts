/**
 * Arithmetic, conversions between types, and what files make of values.
 */
import type { Expr, ValueType } from '../../expression';
import { quote } from '../../expression';
import { isOverRows } from '../../row';
import { typeOf } from '../../typing';
import { LEVEL } from '../scope';
import type { SeriesPrinter } from '../series';
import { primary } from './rule';
import type { VectorRule } from './rule';

const NUMBERS: ReadonlySet<ValueType> = new Set(['int', 'float']);

const LEVELS: Readonly<Record<string, number>> = {
  '+': LEVEL.add,
  '-': LEVEL.add,
  '*': LEVEL.multiply,
  '/': LEVEL.multiply,
  '//': LEVEL.multiply,
  '%': LEVEL.multiply
};

export const arithmetic: VectorRule = (expr, series) => {
  if (
    expr.kind !== 'binary' ||
    !(expr.operator in LEVELS) ||
    !isOverRows(expr) ||
    !NUMBERS.has(typeOf(expr.left)) ||
    !NUMBERS.has(typeOf(expr.right))
  ) {
    return null;
  }
  // Python raises at a division by zero, pandas gives infinity.
  if (expr.operator.match(/[/%]/) && !isNonZero(expr.right)) {
    return null;
  }
  const level = LEVELS[expr.operator];
  return {
    text: `${series.at(expr.left, level)} ${expr.operator} ${series.at(expr.right, level + 1)}`,
    level
  };
};

function isNonZero(expr: Expr): boolean {
  return expr.kind === 'literal' && Number(expr.text.replace(/_/g, '')) !== 0;
}

export const sign: VectorRule = (expr, series) => {
  if (
    expr.kind !== 'unary' ||
    (expr.operator !== '-' && expr.operator !== '+') ||
    !isOverRows(expr) ||
    !NUMBERS.has(typeOf(expr.operand))
  ) {
    return null;
  }
  return {
    text: `${expr.operator}${series.at(expr.operand, LEVEL.unary)}`,
    level: LEVEL.unary
  };
};

/** `int(x)`, `float(x)`, `str(x)`, `abs(x)`. */
export const conversion: VectorRule = (expr, series) => {
  if (
    expr.kind !== 'call' ||
    expr.callee.kind !== 'name' ||
    expr.callee.of.origin !== 'builtin' ||
    expr.args.length !== 1 ||
    !isOverRows(expr)
  ) {
    return null;
  }
  const { value } = expr.args[0];
  const known = typeOf(value) !== 'unknown' && typeOf(value) !== 'none';
  switch (expr.callee.of.name) {
    case 'int':
      return known ? converted(value, 'int', series) : null;
    case 'float':
      return known ? converted(value, 'float', series) : null;
    case 'str':
      return asText(value, '', series);
    case 'bool':
      return typeOf(value) === 'bool' ? series.print(value) : null;
    case 'abs':
      return NUMBERS.has(typeOf(value))
        ? primary(`${series.at(value, LEVEL.primary)}.abs()`)
        : null;
    default:
      return null;
  }
};

function converted(
  value: Expr,
  type: 'int' | 'float',
  series: SeriesPrinter
): ReturnType<VectorRule> {
  return typeOf(value) === type
    ? series.print(value)
    : primary(`${series.at(value, LEVEL.primary)}.astype(${type})`);
}

/** What a value becomes as text. */
export const renderedText: VectorRule = (expr, series) =>
  expr.kind === 'text'
    ? asText(expr.operand, expr.specification, series)
    : null;

function asText(
  value: Expr,
  specification: string,
  series: SeriesPrinter
): ReturnType<VectorRule> {
  if (specification !== '') {
    const format = `${quote(`{:${specification}}`)}.format`;
    return primary(`${series.at(value, LEVEL.primary)}.map(${format})`);
  }
  switch (typeOf(value)) {
    case 'str':
      return series.print(value);
    case 'int':
    case 'bool':
      return primary(`${series.at(value, LEVEL.primary)}.astype(str)`);
    default:
      return primary(`${series.at(value, LEVEL.primary)}.map(str)`);
  }
}

/** A statistic over all rows. */
export const statisticValue: VectorRule = (expr, series) => {
  if (expr.kind !== 'statistic') {
    return null;
  }
  const { name, of, ddof } = expr.statistic;
  const values = series.at(of, LEVEL.primary);
  const spread = name === 'std' || name === 'var';
  return primary(`${values}.${name}(${spread ? `ddof=${ddof}` : ''})`);
};
