/**
 * Look-ups that only some of the rows have, with another value for the others:
 * `d[k] if k in d else x`, and `if k in d: a = d[k]` with an `else`.
 */
import type { ExprNode, StmtNode } from 'py-ast';

import type { Column, Expr } from '../expression';
import type { IIdiom } from '../idiom';
import { matchJoin } from '../lookups';
import type { Machine } from '../machine';
import { spine } from '../plan';
import type { IJoin } from '../plan';
import type { Row } from '../row';
import { truthOf } from '../truth';
import { chooseValue } from '../builds';

type If = Extract<StmtNode, { nodeType: 'If' }>;

export const matches: IIdiom = {
  name: 'matches',

  expression(node, machine) {
    const { row } = machine;
    if (node.nodeType !== 'IfExp' || !row) {
      return null;
    }
    const match = matchTest(node.test, row, machine);
    if (!match) {
      return null;
    }
    const before = row.matched;
    const within = (part: ExprNode, assumed: boolean) => {
      row.matched = assumed ? [...before, match.join] : before;
      try {
        return machine.evaluate(part);
      } finally {
        row.matched = before;
      }
    };
    row.matched = match.negated ? before : [...before, match.join];
    const test = truthOf(machine.expr(node.test));
    row.matched = before;
    const then = within(node.body, !match.negated);
    const otherwise = within(node.orelse, match.negated);
    return chooseValue(test, then, otherwise, node.lineno ?? 1);
  }
};

interface IMatch {
  join: IJoin;
  /** Whether the test holds for rows without a match. */
  negated: boolean;
}

/**
 * The join for a branch whose look-ups go on behind it; null when the branch
 * decides which rows go on, or looks nothing up.
 */
export function matchOf(node: If, row: Row, machine: Machine): IMatch | null {
  const branches = [...node.body, ...node.orelse];
  return branches.every(isAssignment)
    ? matchTest(node.test, row, machine)
    : null;
}

function isAssignment(node: StmtNode): boolean {
  if (node.nodeType === 'If') {
    return [...node.body, ...node.orelse].every(isAssignment);
  }
  return ['Assign', 'AnnAssign', 'AugAssign', 'Pass'].includes(node.nodeType);
}

/** The look-up that a test begins with. */
function matchTest(test: ExprNode, row: Row, machine: Machine): IMatch | null {
  const first =
    test.nodeType === 'BoolOp' && test.op.nodeType === 'And'
      ? test.values[0]
      : test;
  if (!mayAsk(first)) {
    return null;
  }
  const value = machine.evaluate(first);
  if (value.kind === 'lookup') {
    const join = matchJoin(row, value.build, value.key, test.lineno ?? 1);
    return { join, negated: false };
  }
  const expr = value.kind === 'scalar' ? value.expr : null;
  const negated = expr?.kind === 'unary' && expr.operator === 'not';
  const asked: Expr | null = negated ? expr.operand : expr;
  const known =
    asked?.kind === 'column' ? joinFinding(asked.column, row) : null;
  if (known) {
    return { join: known, negated };
  }
  if (asked?.kind !== 'member') {
    return null;
  }
  if (row.joinOf(asked.of, asked.item, 'inner') || asked.of.shape === 'set') {
    return null;
  }
  return {
    join: matchJoin(row, asked.of, asked.item, test.lineno ?? 1),
    negated
  };
}

/** The left join that says in a column which rows have a match. */
function joinFinding(column: Column, row: Row): IJoin | null {
  for (const step of spine(row.plan)) {
    if (step.op === 'join' && step.found === column) {
      return step;
    }
  }
  return null;
}

function mayAsk(node: ExprNode): boolean {
  return ['Compare', 'Name', 'UnaryOp'].includes(node.nodeType);
}
