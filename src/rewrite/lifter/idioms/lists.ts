/**
 * Lists filled row by row: `append`, comprehensions, and lists over the same rows
 * indexed by the row number.
 */
import type { Call, ExprNode } from 'py-ast';

import { ListBuild } from '../builds';
import type { IIdiom, IRows } from '../idiom';
import type { Machine } from '../machine';
import type { Plan } from '../plan';
import { LiftRefusal } from '../refusal';
import { verbatim } from '../structure';
import { describe, scalar } from '../values';
import type { Value } from '../values';
import { assumeTest } from './branches';

type Comprehension = Extract<
  ExprNode,
  { nodeType: 'ListComp' | 'GeneratorExp' | 'SetComp' }
>;

export const lists: IIdiom = {
  name: 'lists',

  call(path, node, machine) {
    if (path === 'len' && node.args.length === 1) {
      const value = machine.evaluate(node.args[0]);
      const rows = value.kind === 'reader' ? null : rowsOf(value, machine);
      return rows ? { kind: 'rowcount', plan: rows.plan } : null;
    }
    if (path === 'list' && node.args.length === 0 && !machine.row) {
      return { kind: 'list', build: new ListBuild('', node.lineno ?? 1) };
    }
    return null;
  },

  method(object, name, node, machine) {
    if (object.kind === 'list') {
      return listMethod(object.build, name, node, machine);
    }
    if (object.kind === 'tuple' && object.shape === 'list') {
      return rowListMethod(object, name, node, machine);
    }
    return null;
  },

  subscript(object, node, machine) {
    if (object.kind === 'tuple' && node.slice.nodeType === 'Constant') {
      const at = Number(node.slice.value);
      return object.items[at < 0 ? at + object.items.length : at] ?? null;
    }
    const rows = rowsOf(object, machine);
    if (
      !rows ||
      node.slice.nodeType === 'Slice' ||
      node.slice.nodeType === 'Tuple'
    ) {
      return null;
    }
    const index = machine.evaluate(node.slice);
    if (isPosition(index, rows.plan)) {
      return rows.element;
    }
    return null;
  },

  expression(node, machine) {
    switch (node.nodeType) {
      case 'List':
        return node.elts.length === 0 && !machine.row
          ? { kind: 'list', build: new ListBuild('', node.lineno ?? 1) }
          : null;
      case 'ListComp':
      case 'GeneratorExp':
      case 'SetComp':
        return comprehension(node, machine);
      default:
        return null;
    }
  },

  rows(iterable) {
    if (iterable.kind !== 'list') {
      return null;
    }
    const { plan, added } = iterable.build.contents();
    const element =
      added.kind === 'record' ? { ...added, element: iterable.build } : added;
    return { plan, element };
  }
};

function rowsOf(value: Value, machine: Machine): IRows | null {
  return ['list', 'array', 'rows'].includes(value.kind)
    ? machine.rows(value)
    : null;
}

/** Whether a value is the number of the current row of these rows. */
function isPosition(value: Value, plan: Plan): boolean {
  return (
    value.kind === 'scalar' &&
    value.expr.kind === 'position' &&
    value.expr.over === plan
  );
}

function listMethod(
  build: ListBuild,
  name: string,
  node: Call,
  machine: Machine
): Value {
  const { row } = machine;
  if (name !== 'append' || node.args.length !== 1) {
    throw LiftRefusal.at(
      node,
      `\`${build.name}.${name}()\` is not understood.`
    );
  }
  if (!row) {
    throw LiftRefusal.at(
      node,
      `\`${build.name}\` gets an element outside a loop over rows.`
    );
  }
  // A look-up with a default changes the rows, so the element comes first.
  const added = machine.evaluate(node.args[0]);
  row.add(build, added, node);
  return { kind: 'list', build };
}

/** A list that belongs to one row, such as a row of features. */
function rowListMethod(
  object: Extract<Value, { kind: 'tuple' }>,
  name: string,
  node: Call,
  machine: Machine
): Value | null {
  const { func } = node;
  if (
    func.nodeType !== 'Attribute' ||
    func.value.nodeType !== 'Name' ||
    node.args.length !== 1
  ) {
    return null;
  }
  const value = machine.evaluate(node.args[0]);
  const items =
    name === 'append'
      ? [value]
      : name === 'extend' && value.kind === 'tuple'
        ? value.items
        : null;
  if (!items) {
    return null;
  }
  const longer: Value = { ...object, items: [...object.items, ...items] };
  machine.env.set(func.value.id, longer);
  return longer;
}

/** A comprehension over rows is a loop; one over constants stays as it is. */
function comprehension(node: Comprehension, machine: Machine): Value | null {
  const [{ iter, target, ifs }, ...inner] = node.generators;
  if (machine.row || iter.nodeType === 'Constant') {
    return scalar(verbatim(node, machine));
  }
  const source = machine.evaluate(iter);
  const rows = machine.rows(source);
  if (!rows) {
    if (source.kind === 'scalar') {
      return scalar(verbatim(node, machine));
    }
    throw LiftRefusal.at(iter, `Cannot loop over ${describe(source)}.`);
  }
  if (inner.length > 0 || node.nodeType === 'SetComp') {
    throw LiftRefusal.at(node, 'This comprehension is not understood.');
  }
  return overRows(node, rows, target, ifs, machine);
}

function overRows(
  node: Comprehension,
  rows: IRows,
  target: ExprNode,
  ifs: readonly ExprNode[],
  machine: Machine
): Value {
  const outer = new Map(machine.env);
  const row = machine.newRow(rows.plan);
  machine.row = row;
  try {
    machine.assign(target, rows.element);
    ifs.forEach(test => assumeTest(test, row, machine));
    const build = new ListBuild('', node.lineno ?? 1);
    const added = machine.evaluate(node.elt);
    row.add(build, added, node);
    return { kind: 'list', build };
  } finally {
    machine.row = null;
    machine.restore(outer);
  }
}
