/**
 * Truth values: what `if x` means for each type.
 */
import type { Expr } from './expression';
import { behind, make } from './expression';
import { typeOf } from './typing';

/** The boolean expression that is true exactly when Python takes `expr` as true. */
export function truthOf(expr: Expr): Expr {
  if (expr.kind === 'logic') {
    return { ...expr, operands: expr.operands.map(truthOf) };
  }
  if (expr.kind === 'unary' && expr.operator === 'not') {
    return { ...expr, operand: truthOf(expr.operand) };
  }
  const inner = behind(expr);
  if (inner.kind === 'text' && typeOf(inner.operand) !== 'str') {
    // What str() makes of a number or a boolean is never empty.
    return make.boolean(true);
  }
  switch (typeOf(expr)) {
    case 'str':
      return differs(expr, make.string(''));
    case 'int':
    case 'float':
      return differs(expr, make.integer(0));
    default:
      return expr;
  }
}

function differs(left: Expr, right: Expr): Expr {
  return { kind: 'compare', operator: '!=', left, right };
}
