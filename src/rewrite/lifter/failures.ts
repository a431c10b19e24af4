/**
 * Whether computing an expression can raise an exception for some rows.
 */
import type { Expr } from './expression';
import { children, sameExpr } from './traversal';
import { isNumeric, isSafeMethod, typeOf } from './typing';

/** Whether computing an expression can raise an exception for some rows. */
export function canRaise(expr: Expr): boolean {
  if (expr.kind === 'attempt') {
    return false;
  }
  if (expr.kind === 'conditional' && expr.test.kind === 'attempt') {
    return canRaise(expr.otherwise) || !sameExpr(expr.test.operand, expr.then);
  }
  return raises(expr) || children(expr).some(canRaise);
}

function raises(expr: Expr): boolean {
  switch (expr.kind) {
    case 'call':
      return !isSafeCall(expr);
    case 'method':
      return !(typeOf(expr.object) === 'str' && isSafeMethod(expr.name));
    case 'binary':
      return !isSafeBinary(expr);
    case 'index':
    case 'attribute':
    case 'verbatim':
    case 'block':
      return true;
    case 'compare':
      return !isSafeCompare(expr);
    case 'unary':
      return expr.operator !== 'not' && typeOf(expr) === 'unknown';
    case 'slice':
      return typeOf(expr.object) !== 'str';
    case 'format':
      return expr.parts.some(
        part => typeof part !== 'string' && part.specification !== ''
      );
    default:
      return false;
  }
}

function isSafeCall(expr: Extract<Expr, { kind: 'call' }>): boolean {
  if (expr.callee.kind !== 'name' || expr.callee.of.origin !== 'builtin') {
    return false;
  }
  const name = expr.callee.of.name;
  const types = expr.args.map(arg => typeOf(arg.value));
  switch (name) {
    case 'len':
      return types[0] === 'str';
    case 'str':
    case 'bool':
      return true;
    case 'float':
    case 'abs':
      return types.every(type => isNumeric(type));
    case 'int':
      return types.length === 1 && ['int', 'bool'].includes(types[0]);
    default:
      return false;
  }
}

function isSafeBinary(expr: Extract<Expr, { kind: 'binary' }>): boolean {
  if (typeOf(expr) === 'unknown' || expr.operator === '**') {
    return false;
  }
  if (['/', '//', '%'].includes(expr.operator)) {
    return (
      isNumeric(typeOf(expr.left)) &&
      expr.right.kind === 'literal' &&
      Number(expr.right.text) !== 0
    );
  }
  return true;
}

function isSafeCompare(expr: Extract<Expr, { kind: 'compare' }>): boolean {
  if (['==', '!=', 'is', 'is not'].includes(expr.operator)) {
    return true;
  }
  const left = typeOf(expr.left);
  const right = typeOf(expr.right);
  if (expr.operator === 'in' || expr.operator === 'not in') {
    return left !== 'unknown' && isContainerName(expr.right);
  }
  return (
    (left === 'str' && right === 'str') || (isNumeric(left) && isNumeric(right))
  );
}

function isContainerName(expr: Expr): boolean {
  return (
    expr.kind === 'display' ||
    (expr.kind === 'name' &&
      ['List', 'Tuple', 'Set', 'Dict'].includes(
        expr.of.literal?.nodeType ?? ''
      )) ||
    typeOf(expr) === 'str'
  );
}
