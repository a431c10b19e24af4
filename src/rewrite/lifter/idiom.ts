/**
 * What an idiom is: a way of writing that the machine understands. An idiom is
 * one file in `idioms/` and one line in its registry.
 */
import type { Call, ExprNode, StmtNode } from 'py-ast';

import type { INotebookName } from './expression';
import type { Machine } from './machine';
import type { Plan } from './plan';
import type { Value } from './values';

export type Subscript = Extract<ExprNode, { nodeType: 'Subscript' }>;
export type Operation = Extract<
  ExprNode,
  { nodeType: 'BinOp' | 'UnaryOp' | 'Compare' }
>;

/** What a loop runs over: for each row of the plan, one element. */
export interface IRows {
  plan: Plan;
  element: Value;
}

/**
 * Hooks that the machine offers each piece of Python to; the first idiom that
 * does not decline takes it. A hook throws a `LiftRefusal` for what is its
 * business but cannot be lifted.
 */
export interface IIdiom {
  readonly name: string;

  /** Run a statement. */
  statement?(node: StmtNode, machine: Machine): boolean;

  /** Call a function by its qualified name, e.g. `open` or `numpy.array`. */
  call?(path: string, node: Call, machine: Machine): Value | null;

  /** Call a function that the notebook defines. */
  helper?(of: INotebookName, node: Call, machine: Machine): Value | null;

  /** Call a method. */
  method?(
    object: Value,
    name: string,
    node: Call,
    machine: Machine
  ): Value | null;

  /** Read an attribute. */
  attribute?(object: Value, name: string, machine: Machine): Value | null;

  /** Index or slice. */
  subscript?(object: Value, node: Subscript, machine: Machine): Value | null;

  /** Apply an operator; a comparison has one operator here. */
  operator?(
    operator: string,
    operands: readonly Value[],
    node: Operation,
    machine: Machine
  ): Value | null;

  /** Any other expression. */
  expression?(node: ExprNode, machine: Machine): Value | null;

  /** Iterate. */
  rows?(iterable: Value, machine: Machine): IRows | null;

  /** Assign to `object[index]`; `operator` for `object[index] += value`. */
  store?(
    object: Value,
    target: Subscript,
    value: Value,
    machine: Machine
  ): boolean;

  /** Take a value apart into `names.length` parts; null for a part without a name. */
  unpack?(
    value: Value,
    names: readonly (string | null)[],
    machine: Machine
  ): Value[] | null;
}
