/**
 * `if`, `elif`, `else` and `continue` in a loop over rows: filters, and variables
 * whose value depends on a condition.
 */
import type { ExprNode, StmtNode } from 'py-ast';

import { chooseValue } from '../builds';
import type { Expr } from '../expression';
import { make } from '../expression';
import type { IIdiom } from '../idiom';
import { negate } from '../logic';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import type { Row } from '../row';
import { availableIn, isOverRows } from '../row';
import { columnsOf } from '../traversal';
import { truthOf } from '../truth';
import { matchOf } from './matches';
import type { Value } from '../values';

type If = Extract<StmtNode, { nodeType: 'If' }>;

export const branches: IIdiom = {
  name: 'branches',

  statement(node, machine) {
    const { row } = machine;
    if (node.nodeType === 'Continue' && row) {
      row.exits.push(row.path);
      row.alive = false;
      return true;
    }
    if (node.nodeType === 'If' && row) {
      branch(node, row, machine);
      return true;
    }
    return false;
  }
};

function branch(node: If, row: Row, machine: Machine): void {
  if (row.guard) {
    row.guard.attempt(machine.expr(node.test), node.lineno ?? 1);
  }
  const match = matchOf(node, row, machine);
  const then = row.fork();
  then.matched =
    match && !match.negated ? [...row.matched, match.join] : row.matched;
  machine.row = then;
  let before: ReadonlyMap<string, Value> = machine.env;
  const condition = assumeTest(node.test, then, machine, () => {
    before = new Map(machine.env);
  });
  machine.block(node.body);
  const afterThen = new Map(machine.env);

  machine.restore(before);
  const otherwise = row.fork();
  otherwise.matched = match?.negated
    ? [...row.matched, match.join]
    : row.matched;
  machine.row = otherwise;
  if (node.orelse.length > 0 || !then.alive || then.exits.length > 0) {
    otherwise.assume(negate(condition), node.test);
  }
  machine.block(node.orelse);
  const afterOtherwise = new Map(machine.env);

  machine.row = row;
  row.exits.push(...then.exits, ...otherwise.exits);
  if (!then.alive) {
    row.adopt(otherwise);
  } else if (!otherwise.alive) {
    row.adopt(then);
    machine.restore(afterThen);
  } else {
    row.exclude([...then.exits, ...otherwise.exits], node);
    merge(condition, afterThen, afterOtherwise, node, machine);
  }
}

/**
 * Assume a test part by part, so that later parts may rely on earlier ones.
 *
 * @param afterFirst - called when the part that is computed for all rows was.
 */
export function assumeTest(
  test: ExprNode,
  row: Row,
  machine: Machine,
  afterFirst: () => void = () => undefined
): Expr {
  const before = row.plan;
  const parts = conjunctNodes(test).map((part, at) => {
    const condition = truthOf(machine.expr(part));
    if (at === 0) {
      afterFirst();
    }
    row.restrict(condition, part.lineno ?? 1);
    return condition;
  });
  const condition = make.and(parts);
  row.passed(condition, before);
  return condition;
}

function conjunctNodes(test: ExprNode): ExprNode[] {
  return test.nodeType === 'BoolOp' && test.op.nodeType === 'And'
    ? test.values.flatMap(conjunctNodes)
    : [test];
}

/** Bring the variables of both branches together. */
export function merge(
  condition: Expr,
  then: ReadonlyMap<string, Value>,
  otherwise: ReadonlyMap<string, Value>,
  node: StmtNode,
  machine: Machine
): void {
  machine.restore(otherwise);
  for (const name of new Set([...then.keys(), ...otherwise.keys()])) {
    const [a, b] = [then.get(name), otherwise.get(name)];
    if (a !== b) {
      machine.env.set(name, chosen(name, condition, a, b, node, machine));
    }
  }
}

function chosen(
  name: string,
  condition: Expr,
  a: Value | undefined,
  b: Value | undefined,
  node: StmtNode,
  machine: Machine
): Value {
  const bound = a && b && a.kind !== 'carried' && b.kind !== 'carried';
  if (!bound) {
    return {
      kind: 'carried',
      name,
      before: null,
      line: node.lineno ?? 1
    };
  }
  try {
    const value = chooseValue(condition, a, b, node.lineno ?? 1);
    requireHere(name, value, node, machine);
    return machine.row?.remember(name, value, node.lineno ?? 1) ?? value;
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return { kind: 'unknown', refusal: error };
    }
    throw error;
  }
}

/** A value that one branch looked up does not exist for the other rows. */
function requireHere(
  name: string,
  value: Value,
  node: StmtNode,
  machine: Machine
): void {
  if (
    value.kind === 'scalar' &&
    machine.row &&
    isOverRows(value.expr) &&
    columnsOf(value.expr).length > 0 &&
    !availableIn(value.expr, machine.row.plan)
  ) {
    throw LiftRefusal.at(
      node,
      `\`${name}\` comes from a look-up that only some of the rows have.`
    );
  }
}
