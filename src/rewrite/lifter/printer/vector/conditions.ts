/**
 * Comparisons, membership, boolean logic and conditional values.
 */
import type { Expr } from '../../expression';
import { isLiteral } from '../../expression';
import { negate } from '../../logic';
import { isOverRows } from '../../row';
import { truthOf } from '../../truth';
import { canRaise } from '../../failures';
import { typeOf } from '../../typing';
import { LEVEL, atLevel } from '../scope';
import { primary } from './rule';
import type { VectorRule } from './rule';

export const comparison: VectorRule = (expr, series) => {
  if (
    expr.kind !== 'compare' ||
    !['==', '!=', '<', '<=', '>', '>='].includes(expr.operator) ||
    !isOverRows(expr) ||
    !comparable(expr.left, expr.right)
  ) {
    return null;
  }
  const [left, right] = [expr.left, expr.right].map(side =>
    series.at(side, LEVEL.compare + 1)
  );
  return {
    text: `${left} ${expr.operator} ${right}`,
    level: LEVEL.compare
  };
};

function comparable(left: Expr, right: Expr): boolean {
  const [a, b] = [typeOf(left), typeOf(right)];
  const numbers = ['int', 'float', 'bool'];
  return (
    (a === 'str' && b === 'str') || (numbers.includes(a) && numbers.includes(b))
  );
}

/** `x in NAMES` for a constant list, set or dictionary. */
export const membership: VectorRule = (expr, series) => {
  if (
    expr.kind !== 'compare' ||
    (expr.operator !== 'in' && expr.operator !== 'not in') ||
    !isOverRows(expr.left) ||
    isOverRows(expr.right) ||
    !['str', 'int', 'float'].includes(typeOf(expr.left))
  ) {
    return null;
  }
  const container = containerSource(expr.right, source =>
    series.scalars.source(source)
  );
  if (container === null) {
    return null;
  }
  const found = `${series.at(expr.left, LEVEL.primary)}.isin(${container})`;
  return expr.operator === 'in'
    ? primary(found)
    : { text: `~${found}`, level: LEVEL.unary };
};

function containerSource(
  expr: Expr,
  print: (expr: Expr) => string
): string | null {
  if (expr.kind === 'display') {
    return `[${expr.items.map(print).join(', ')}]`;
  }
  if (expr.kind === 'verbatim' && expr.node.nodeType === 'Set') {
    return `[${print(expr).slice(1, -1)}]`;
  }
  const literal = expr.kind === 'name' ? expr.of.literal?.nodeType : undefined;
  return ['List', 'Tuple', 'Set', 'Dict'].includes(literal ?? '')
    ? print(expr)
    : null;
}

/** A key among those that other rows left in a dictionary or set. */
export const keyMembership: VectorRule = (expr, series) =>
  expr.kind === 'member'
    ? primary(
        `${series.at(expr.item, LEVEL.primary)}.isin(${series.view.keys(expr.of)})`
      )
    : null;

export const logic: VectorRule = (expr, series) => {
  if (expr.kind !== 'logic' || !isCondition(expr) || !isOverRows(expr)) {
    return null;
  }
  const [, ...later] = expr.operands;
  // Python stops at the first operand that decides; pandas computes all.
  if (later.some(canRaise) || !expr.operands.every(isOverRows)) {
    return null;
  }
  const level = expr.operator === 'and' ? LEVEL.bitAnd : LEVEL.bitOr;
  return {
    text: expr.operands
      .map(operand => atLevel(series.condition(operand), level + 1))
      .join(expr.operator === 'and' ? ' & ' : ' | '),
    level
  };
};

function isCondition(expr: Extract<Expr, { kind: 'logic' }>): boolean {
  return expr.operands.every(
    operand =>
      typeOf(operand) === 'bool' ||
      (operand.kind === 'logic' && isCondition(operand))
  );
}

export const negation: VectorRule = (expr, series) => {
  if (
    expr.kind !== 'unary' ||
    expr.operator !== 'not' ||
    !isOverRows(expr) ||
    typeOf(expr.operand) !== 'bool'
  ) {
    return null;
  }
  const operand = series.condition(truthOf(expr.operand));
  return { text: `~${atLevel(operand, LEVEL.unary)}`, level: LEVEL.unary };
};

export const conditionalValue: VectorRule = (expr, series) => {
  if (expr.kind !== 'conditional' || !isOverRows(expr.test)) {
    return null;
  }
  const { test, then, otherwise } = expr;
  if (typeOf(test) !== 'bool') {
    return null;
  }
  const both = [then, otherwise];
  if (both.every(value => !isOverRows(value))) {
    return constantChoice(expr, series);
  }
  const sameType =
    typeOf(then) !== 'unknown' && typeOf(then) === typeOf(otherwise);
  if (!sameType || both.some(canRaise)) {
    return null;
  }
  if (isOverRows(then)) {
    const condition = series.condition(test).text;
    return primary(
      `${series.at(then, LEVEL.primary)}.where(${condition}, ${series.source(otherwise)})`
    );
  }
  const condition = series.condition(test).text;
  return primary(
    `${series.at(otherwise, LEVEL.primary)}.mask(${condition}, ${series.source(then)})`
  );
};

const constantChoice: VectorRule = (expr, series) => {
  if (expr.kind !== 'conditional') {
    return null;
  }
  const { test, then, otherwise } = expr;
  const texts = [then, otherwise].map(value =>
    isLiteral(value) ? value.text : ''
  );
  switch (texts.join()) {
    case 'True,False':
      return series.condition(test);
    case 'False,True':
      return series.condition(negate(test));
    case '1,0':
    case '0,1': {
      const condition = series.condition(
        texts[0] === '1' ? test : negate(test)
      );
      return primary(`${atLevel(condition, LEVEL.primary)}.astype(int)`);
    }
    default: {
      const condition = atLevel(series.condition(test), LEVEL.primary);
      return primary(
        `${condition}.map({True: ${series.source(then)}, False: ${series.source(otherwise)}})`
      );
    }
  }
};
