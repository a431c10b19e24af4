/**
 * Undoing the way through a text file: what was written from a typed value and
 * is converted back, or compared with its text, is the value itself.
 */
import type { Expr } from './expression';
import { behind, make } from './expression';
import { literalString } from './literal';
import { negate } from './logic';
import { typeOf } from './typing';

type Text = Extract<Expr, { kind: 'text' }>;

/** A simpler expression with the same value; its operands are simple already. */
export function simplify(expr: Expr): Expr {
  switch (expr.kind) {
    case 'compare':
      return simplifyCompare(expr);
    case 'call':
      return simplifyConversion(expr);
    default:
      return expr;
  }
}

/** The text of a value as the file has it, when it has the plain `str()` of it. */
function plainText(expr: Expr): Text | null {
  const inner = behind(expr);
  return inner.kind === 'text' && inner.specification === '' ? inner : null;
}

function simplifyCompare(expr: Extract<Expr, { kind: 'compare' }>): Expr {
  const text = plainText(expr.left);
  if (
    !text ||
    typeOf(text.operand) !== 'bool' ||
    (expr.operator !== '==' && expr.operator !== '!=')
  ) {
    return expr;
  }
  const wanted = literalString(expr.right);
  if (wanted !== 'True' && wanted !== 'False') {
    return expr;
  }
  const straight = (wanted === 'True') === (expr.operator === '==');
  return straight ? text.operand : negate(text.operand);
}

function simplifyConversion(expr: Extract<Expr, { kind: 'call' }>): Expr {
  const { callee, args } = expr;
  if (
    callee.kind !== 'name' ||
    callee.of.origin !== 'builtin' ||
    args.length !== 1
  ) {
    return expr;
  }
  const text = plainText(args[0].value);
  if (!text) {
    return expr;
  }
  const stored = typeOf(text.operand);
  const to = callee.of.name;
  if (to === stored && (to === 'int' || to === 'float')) {
    return text.operand;
  }
  return to === 'float' && stored === 'int'
    ? make.call('float', text.operand)
    : expr;
}
