/**
 * Boolean algebra of conditions, as Python means it.
 */
import type { CompareOperator, Expr } from './expression';
import { isLiteral, make } from './expression';
import { truthOf } from './truth';
import { typeOf } from './typing';

const OPPOSITE: Readonly<Record<CompareOperator, CompareOperator>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
  is: 'is not',
  'is not': 'is',
  in: 'not in',
  'not in': 'in'
};

const ORDER: ReadonlySet<CompareOperator> = new Set(['<', '<=', '>', '>=']);

/** The condition that holds exactly when this one does not. */
export function negate(condition: Expr): Expr {
  switch (condition.kind) {
    case 'let':
      return negation(condition);
    case 'unary':
      return condition.operator === 'not'
        ? truthOf(condition.operand)
        : negation(condition);
    case 'logic':
      return {
        kind: 'logic',
        operator: condition.operator === 'and' ? 'or' : 'and',
        operands: condition.operands.map(negate)
      };
    case 'compare':
      return flippable(condition)
        ? { ...condition, operator: OPPOSITE[condition.operator] }
        : negation(condition);
    case 'literal':
      if (isLiteral(condition, 'True') || isLiteral(condition, 'False')) {
        return make.boolean(condition.text === 'False');
      }
      return negation(condition);
    default:
      return negation(condition);
  }
}

/** NaN is neither smaller nor not smaller: only total orders can be turned round. */
function flippable(condition: Extract<Expr, { kind: 'compare' }>): boolean {
  if (!ORDER.has(condition.operator)) {
    return true;
  }
  const types = [typeOf(condition.left), typeOf(condition.right)];
  return types.every(type => type === 'str' || type === 'int');
}

function negation(operand: Expr): Expr {
  return { kind: 'unary', operator: 'not', operand };
}

/** The parts of a conjunction, in order. */
export function conjuncts(condition: Expr): Expr[] {
  return condition.kind === 'logic' && condition.operator === 'and'
    ? condition.operands.flatMap(conjuncts)
    : [condition];
}
