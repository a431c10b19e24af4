/**
 * Loops over the row numbers of a frame: `df.loc[i, "c"]`, `df["c"][i]`, and values
 * that are set there.
 */
import type { ExprNode } from 'py-ast';

import { chooseValue, pathCondition } from '../builds';
import { make } from '../expression';
import type { Expr } from '../expression';
import type { IIdiom, Subscript } from '../idiom';
import { literalString } from '../literal';
import type { Machine } from '../machine';
import type { PandasObject } from '../pandasobject';
import { LiftRefusal } from '../refusal';
import { scalar } from '../values';
import type { Value } from '../values';
import { pandasType } from './pandastypes';

export const frameLoops: IIdiom = {
  name: 'frame loops',

  call(path, node, machine) {
    if (path !== 'len' || node.args.length !== 1) {
      return null;
    }
    const [only] = node.args;
    const value = only.nodeType === 'Name' ? machine.env.get(only.id) : null;
    return value?.kind === 'pandas' && value.object.type === 'frame'
      ? { kind: 'rowcount', plan: value.object.rows }
      : null;
  },

  expression(node, machine) {
    return node.nodeType === 'Subscript' && machine.row
      ? cellAt(node, machine)
      : null;
  },

  statement(node, machine) {
    if (node.nodeType !== 'Assign' || !machine.row) {
      return false;
    }
    const [target] = node.targets;
    const place =
      node.targets.length === 1 && target.nodeType === 'Subscript'
        ? placeOf(target, machine)
        : null;
    if (!place) {
      return false;
    }
    setCell(place, machine.expr(node.value), node, machine);
    return true;
  }
};

interface IPlace {
  object: PandasObject;
  column: string;
}

/** `df.loc[i, "c"]`, `df.at[i, "c"]`, `df["c"][i]`, `df["c"].iloc[i]`, `df.iloc[i]["c"]`. */
function placeOf(node: Subscript, machine: Machine): IPlace | null {
  const [outer, inner] = [node.slice, innerSubscript(node.value)];
  if (outer.nodeType === 'Tuple' && outer.elts.length === 2) {
    const frame = accessed(node.value, /^(loc|at)$/);
    return frame && place(frame, outer.elts[1], outer.elts[0], machine);
  }
  if (!inner) {
    return null;
  }
  const ofRow = accessed(inner.value, /^(loc|iloc)$/);
  return ofRow
    ? place(ofRow, outer, inner.slice, machine)
    : place(inner.value, inner.slice, outer, machine);
}

function innerSubscript(node: ExprNode): Subscript | null {
  if (node.nodeType === 'Subscript') {
    return node;
  }
  return node.nodeType === 'Attribute' &&
    /^(loc|iloc|at|iat|values)$/.test(node.attr) &&
    node.value.nodeType === 'Subscript'
    ? node.value
    : null;
}

function accessed(node: ExprNode, names: RegExp): ExprNode | null {
  return node.nodeType === 'Attribute' && names.test(node.attr)
    ? node.value
    : null;
}

function place(
  frame: ExprNode,
  column: ExprNode,
  row: ExprNode,
  machine: Machine
): IPlace | null {
  const value =
    frame.nodeType === 'Name' ? machine.env.get(frame.id) : undefined;
  if (
    value?.kind !== 'pandas' ||
    value.object.type !== 'frame' ||
    column.nodeType === 'Slice' ||
    row.nodeType === 'Slice'
  ) {
    return null;
  }
  const name = literalString(machine.expr(column));
  const index = machine.expr(row);
  const isRow = index.kind === 'position' && index.over === value.object.rows;
  return name !== null && isRow ? { object: value.object, column: name } : null;
}

function cellAt(node: Subscript, machine: Machine): Value | null {
  if (pandasType(node, machine) === null) {
    return null;
  }
  const found = placeOf(node, machine);
  return found ? scalar(current(found)) : null;
}

/** What a cell holds: what the loop set before, or what the frame has. */
function current({ object, column }: IPlace): Expr {
  return object.changes.get(column) ?? make.column(object.column(column));
}

function setCell(
  found: IPlace,
  value: Expr,
  node: { lineno?: number },
  machine: Machine
): void {
  const { row } = machine;
  if (!row) {
    return;
  }
  if (row.exits.length > 0) {
    throw LiftRefusal.at(node, 'Cells are set here for some of the rows only.');
  }
  const { object, column } = found;
  const isNew = !object.columns.has(column) && !object.changes.has(column);
  const before: Expr =
    isNew && !object.mayHave(column)
      ? make.call('float', make.string('nan'))
      : current(found);
  const conditions = row.path.map(step => step.condition);
  const next =
    conditions.length === 0
      ? scalar(value)
      : chooseValue(
          pathCondition(row.path),
          scalar(value),
          scalar(before),
          node.lineno ?? 1
        );
  if (next.kind === 'scalar') {
    object.changes.set(column, next.expr);
  }
}
