/**
 * z-scores and min-max scaling as scikit-learn has them.
 */
import type { Expr, IStatistic } from '../expression';
import { behind } from '../expression';
import { sameExpr } from '../traversal';
import { typeOf } from '../typing';
import { plainInput, selector } from './feature';
import type { FeatureRule } from './feature';
import { valuesFunction, withoutFloat } from './functions';

export const scaling: FeatureRule = (named, context) => {
  if (named.block.kind !== 'number') {
    return null;
  }
  const found = scaled(named.block.expr);
  if (!found) {
    return null;
  }
  const { scaler, of } = found;
  context.writer.import(`from sklearn.preprocessing import ${scaler}`);
  const base = withoutFloat(of);
  const column = plainInput(base, context);
  if (column !== null && typeOf(base) !== 'str') {
    return { transformer: `${scaler}()`, columns: `["${column}"]` };
  }
  const { name, inputs } = valuesFunction(named, base, context);
  context.writer.import('from sklearn.pipeline import make_pipeline');
  context.writer.import(
    'from sklearn.preprocessing import FunctionTransformer'
  );
  return {
    transformer: `make_pipeline(FunctionTransformer(${name}), ${scaler}())`,
    columns: selector(inputs)
  };
};

/** `(x - mean) / std` or `(x - min) / (max - min)`. */
export function scaled(
  expr: Expr
): { scaler: 'StandardScaler' | 'MinMaxScaler'; of: Expr } | null {
  const quotient = behind(expr);
  if (quotient.kind !== 'binary' || quotient.operator !== '/') {
    return null;
  }
  const difference = behind(quotient.left);
  if (difference.kind !== 'binary' || difference.operator !== '-') {
    return null;
  }
  const of = difference.left;
  if (
    isStatistic(difference.right, 'mean', of) &&
    isStatistic(quotient.right, 'std', of, 0)
  ) {
    return { scaler: 'StandardScaler', of };
  }
  const range = behind(quotient.right);
  return isStatistic(difference.right, 'min', of) &&
    range.kind === 'binary' &&
    range.operator === '-' &&
    isStatistic(range.left, 'max', of) &&
    isStatistic(range.right, 'min', of)
    ? { scaler: 'MinMaxScaler', of }
    : null;
}

function isStatistic(
  expr: Expr,
  name: IStatistic['name'],
  of: Expr,
  ddof = 0
): boolean {
  const inner = behind(expr);
  return (
    inner.kind === 'statistic' &&
    inner.statistic.name === name &&
    inner.statistic.ddof === ddof &&
    sameExpr(inner.statistic.of, of)
  );
}
