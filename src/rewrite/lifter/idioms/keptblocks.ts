/**
 * A block of plain Python inside a row loop that only turns values of the row
 * into values of the row: kept as it is, as a function of the columns it reads.
 */
import type { StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import { loadedNames, storedNames } from '../celltext';
import type { Expr } from '../expression';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import { isOverRows } from '../row';
import { scalar } from '../values';

/** Statements that would leave the block, or do something outside it. */
const LEAVING: ReadonlySet<string> = new Set([
  'Return',
  'Yield',
  'YieldFrom',
  'Await',
  'Global',
  'Nonlocal',
  'FunctionDef',
  'ClassDef',
  'Import',
  'ImportFrom',
  'With',
  'Delete'
]);

/** Keep a statement as a function over rows. */
export function keepBlock(node: StmtNode, machine: Machine): boolean {
  for (const part of walk(node)) {
    if (LEAVING.has(part.nodeType)) {
      throw LiftRefusal.at(
        node,
        'This inner block does more than compute values of the row.'
      );
    }
  }
  if (leavesOuterLoop(node)) {
    throw LiftRefusal.at(node, 'This inner block leaves the loop around it.');
  }
  checkEffects(node, machine);
  const results = [...storedNames([node])].filter(name =>
    isUsedLater(name, machine)
  );
  if (results.length !== 1) {
    throw LiftRefusal.at(
      node,
      'This inner block computes more than one value of the row; it cannot become one function.'
    );
  }
  const [result] = results;
  const inputs = inputsOf(node, machine);
  const expr: Expr = {
    kind: 'block',
    block: {
      name: result,
      statement: node,
      text: machine.text,
      result,
      inputs
    }
  };
  machine.bind(result, scalar(expr), node);
  return true;
}

/** What a block reads from outside. */
function inputsOf(node: StmtNode, machine: Machine): Map<string, Expr> {
  const inputs = new Map<string, Expr>();
  const names = new Set([...loadedNames(node), ...storedNames([node])]);
  for (const name of names) {
    const value = machine.env.get(name);
    if (value === undefined || value.kind === 'carried') {
      continue;
    }
    const expr = machine.asExpr(machine.lookup(name, node), node);
    if (isOverRows(expr) || storedNames([node]).has(name)) {
      inputs.set(name, expr);
    }
  }
  return inputs;
}

/** Variables that get a value before the block are what it is about. */
function isUsedLater(name: string, machine: Machine): boolean {
  const value = machine.env.get(name);
  return value !== undefined && value.kind !== 'carried';
}

function leavesOuterLoop(node: StmtNode): boolean {
  if (node.nodeType === 'For' || node.nodeType === 'While') {
    return false;
  }
  return [...walk(node)].some(
    part => part.nodeType === 'Break' || part.nodeType === 'Continue'
  );
}

function checkEffects(node: StmtNode, machine: Machine): void {
  for (const name of loadedNames(node)) {
    const value = machine.env.get(name);
    if (value && 'build' in value) {
      throw LiftRefusal.at(
        node,
        `This inner block works with \`${name}\`, which is collected from rows.`
      );
    }
  }
}
