/**
 * What running a notebook symbolically leaves behind.
 */
import type { ExprNode, StmtNode } from 'py-ast';

import { storedNames } from './celltext';
import type { CellText, SyntaxProblem } from './celltext';
import type { LiftRefusal } from './refusal';
import type { Value } from './values';

/** A global variable that got a value. */
export interface IEvent {
  cell: number;
  name: string;
  value: Value;
  line: number;
}

/** What running one cell left behind. */
export interface ICellRun {
  index: number;
  id: string;
  text: CellText | null;
  problem: SyntaxProblem | null;
  refusals: LiftRefusal[];
  /** Statements whose only effect is something to look at. */
  outputs: StmtNode[];
  /** Functions whose bodies became part of the cell. */
  inlined: Set<string>;
  /** Statements whose names stay as they are, by name. */
  kept: Map<string, StmtNode>;
}

/** A call of an estimator's `fit`. */
export interface IFit {
  cell: number;
  line: number;
  /** The variable it is in, and the source of the call that makes it. */
  estimator: { name: string | null; text: string };
  features: Value;
  labels: Value | null;
  featuresNode: ExprNode;
  labelsNode: ExprNode | null;
  /** Set when the training is no call of `fit` that the machine follows. */
  byHand?: IHandTraining;
}

/** A training by hand: the variables that it leaves its result in and learns from. */
export interface IHandTraining {
  output: string;
  features: string;
  labels: string;
}

/** A place where a variable is read that an earlier loop left over. */
export interface IStaleRead {
  cell: number;
  line: number;
  column: number;
  stale: Extract<Value, { kind: 'stale' }>;
}

/** How often each global name is assigned in the whole notebook. */
export function countAssignments(
  cells: readonly ICellRun[]
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const cell of cells) {
    for (const statement of cell.text?.module.body ?? []) {
      for (const name of storedNames([statement])) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
  }
  return counts;
}
