/**
 * `try` in a loop over rows: rows for which something cannot be computed are left
 * out, or get another value.
 */
import type { StmtNode } from 'py-ast';

import { storedNames } from '../celltext';
import type { Expr } from '../expression';
import { make } from '../expression';
import { canRaise } from '../failures';
import type { IIdiom } from '../idiom';
import { negate } from '../logic';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import type { IGuard, Row } from '../row';
import type { Value } from '../values';
import { merge } from './branches';
import { isOutput } from './outputs';

type Try = Extract<StmtNode, { nodeType: 'Try' }>;

export const tries: IIdiom = {
  name: 'tries',

  statement(node, machine) {
    const { row } = machine;
    if (node.nodeType !== 'Try' || !row) {
      return false;
    }
    if (node.handlers.length !== 1 || node.finalbody.length > 0) {
      throw LiftRefusal.at(
        node,
        'A `try` with several handlers or `finally` is not understood.'
      );
    }
    const handler = node.handlers[0].body.filter(
      statement => !isOutput(statement, machine) && !isCount(statement, machine)
    );
    const last = handler[handler.length - 1];
    if (handler.length === 1 && last?.nodeType === 'Continue') {
      leaving(node, row, machine);
    } else {
      replacing(node, handler, row, machine);
    }
    return true;
  }
};

/** `bad += 1` in a handler is only to be shown. */
function isCount(node: StmtNode, machine: Machine): boolean {
  if (node.nodeType !== 'AugAssign' || node.target.nodeType !== 'Name') {
    return false;
  }
  const held = machine.env.get(node.target.id);
  return held?.kind === 'carried' || held?.kind === 'counter';
}

/** Source of the exceptions of the handler. */
function exceptionsOf(node: Try, machine: Machine): string {
  const [{ type }] = node.handlers;
  return type ? machine.source(type) : '';
}

/** Rows that raise leave the loop body. */
function leaving(node: Try, row: Row, machine: Machine): void {
  const exceptions = exceptionsOf(node, machine);
  const sortOut = (condition: Expr, line: number): void => {
    const current = machine.row ?? row;
    const before = current.plan;
    current.exits.push([
      ...current.path,
      { condition: negate(condition), before }
    ]);
    current.assume(condition, { lineno: line });
  };
  const guard: IGuard = {
    exceptions,
    sortOut,
    attempt: (operand, line) => {
      if (canRaise(operand)) {
        sortOut({ kind: 'attempt', operand, exceptions }, line);
      }
    }
  };
  const outer = row.guard;
  row.guard = guard;
  machine.block(node.body);
  row.guard = outer;
  machine.block(node.orelse);
}

/** Variables of rows that raise get other values. */
function replacing(
  node: Try,
  handler: readonly StmtNode[],
  row: Row,
  machine: Machine
): void {
  requireSimple(node);
  const before = new Map(machine.env);
  const conditions: Expr[] = [];
  const exceptions = exceptionsOf(node, machine);
  const fine = row.fork();
  const sortOut = (condition: Expr, line: number): void => {
    conditions.push(condition);
    fine.assume(condition, { lineno: line });
  };
  fine.guard = {
    exceptions,
    sortOut,
    attempt: (operand, line) => {
      if (canRaise(operand)) {
        sortOut({ kind: 'attempt', operand, exceptions }, line);
      }
    }
  };
  machine.row = fine;
  machine.block([...node.body, ...node.orelse]);
  const afterFine = new Map(machine.env);
  machine.row = row;
  if (conditions.length === 0) {
    row.plan = fine.plan;
    return;
  }
  machine.restore(before);
  const condition = make.and(conditions);
  const failed = row.fork();
  failed.assume(negate(condition), node);
  machine.row = failed;
  forgetPartial(node, machine);
  machine.block(handler);
  const afterFailed = new Map(machine.env);
  machine.row = row;
  if (!fine.alive || !failed.alive || failed.exits.length > 0) {
    throw LiftRefusal.at(
      node,
      'This handler leaves the loop for some of the rows only.'
    );
  }
  merge(condition, afterFine, afterFailed, node, machine);
}

/** Only assignments: what was done before the exception must not matter. */
function requireSimple(node: Try): void {
  for (const statement of [...node.body, ...node.orelse]) {
    if (
      !['Assign', 'AnnAssign', 'AugAssign', 'Pass'].includes(statement.nodeType)
    ) {
      throw LiftRefusal.at(
        statement,
        'In a `try` that goes on behind it only assignments are understood.'
      );
    }
  }
}

/** With several statements, how many were done is not known. */
function forgetPartial(node: Try, machine: Machine): void {
  if (node.body.length < 2) {
    return;
  }
  for (const name of storedNames(node.body.slice(0, -1))) {
    const value: Value = {
      kind: 'carried',
      name,
      before: null,
      line: node.lineno ?? 1
    };
    machine.env.set(name, value);
  }
}
