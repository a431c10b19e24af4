/**
 * What the filters of a plan say about its values.
 */
import type { Expr } from './expression';
import { behind } from './expression';
import { literalInteger } from './literal';
import { spine } from './plan';
import type { Plan } from './plan';
import { sameExpr } from './traversal';

/**
 * Whether a text certainly does not begin with white space, because a filter
 * keeps only rows where its first characters are a number of full length.
 */
export function startsSolid(text: Expr, plan: Plan): boolean {
  for (const step of spine(plan)) {
    if (step.op === 'filter' && impliesSolid(step.predicate, text)) {
      return true;
    }
  }
  return false;
}

/** `int(text[:k]) >= n`, where n has k digits. */
function impliesSolid(predicate: Expr, text: Expr): boolean {
  const compare = behind(predicate);
  if (compare.kind !== 'compare' || !/^(>=?|==)$/.test(compare.operator)) {
    return false;
  }
  const call = behind(compare.left);
  const limit = literalInteger(compare.right);
  if (
    limit === null ||
    call.kind !== 'call' ||
    call.callee.kind !== 'name' ||
    call.callee.of.name !== 'int' ||
    call.args.length !== 1
  ) {
    return false;
  }
  const slice = behind(call.args[0].value);
  if (slice.kind !== 'slice' || slice.lower || slice.step || !slice.upper) {
    return false;
  }
  const length = literalInteger(slice.upper);
  return (
    length !== null &&
    length > 0 &&
    limit >= 10 ** (length - 1) &&
    sameExpr(slice.object, text)
  );
}
