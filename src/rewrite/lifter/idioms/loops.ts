/**
 * `for` over rows, with `enumerate`, `zip` and `range(len(...))`.
 */
import type { StmtNode } from 'py-ast';

import { storedNames } from '../celltext';
import type { Expr } from '../expression';
import type { IIdiom, IRows } from '../idiom';
import type { Machine } from '../machine';
import type { Plan } from '../plan';
import { changesElement } from '../purity';
import { LiftRefusal } from '../refusal';
import { scalar } from '../values';
import type { Row } from '../row';
import { setColumns } from './pandas';
import type { IRecord, Value } from '../values';
import { checkFirsts } from './firsts';
import { constantsOf, nestedLoop, unrolled } from './nestedloops';

type For = Extract<StmtNode, { nodeType: 'For' }>;

export const loops: IIdiom = {
  name: 'loops',

  statement(node, machine) {
    if (node.nodeType !== 'For') {
      return false;
    }
    if (machine.row) {
      return nestedLoop(node, machine.row, machine);
    }
    const constants = constantsOf(node.iter, machine);
    if (constants) {
      return unrolled(node, constants, machine);
    }
    const rows = machine.rows(machine.evaluate(node.iter));
    if (!rows) {
      throw LiftRefusal.at(
        node.iter,
        'What this loop runs over is not a source of rows.'
      );
    }
    runLoop(node, rows, machine);
    return true;
  },

  call(path, node, machine) {
    switch (path) {
      case 'enumerate':
        return enumerated(machine.rows(machine.evaluate(node.args[0])), node);
      case 'zip': {
        const rows = node.args.map(arg => machine.rows(machine.evaluate(arg)));
        return zipped(rows, node);
      }
      case 'range': {
        const last = machine.evaluate(node.args[node.args.length - 1]);
        return node.args.length === 1 && last.kind === 'rowcount'
          ? looped(last.plan, position(last.plan))
          : null;
      }
      case 'list':
      case 'tuple':
        return node.args.length === 1
          ? passOn(machine.evaluate(node.args[0]))
          : null;
      default:
        return null;
    }
  },

  rows(iterable) {
    return iterable.kind === 'rows'
      ? { plan: iterable.plan, element: iterable.element }
      : null;
  }
};

/** Copies of a list hold the same rows. */
function passOn(value: Value): Value | null {
  return ['list', 'rows', 'array'].includes(value.kind) ? value : null;
}

function looped(plan: Plan, element: Value): Value {
  return { kind: 'rows', plan, element };
}

function position(plan: Plan): Value {
  return scalar({ kind: 'position', over: plan } satisfies Expr);
}

function enumerated(rows: IRows | null, node: For['iter']): Value | null {
  if (!rows) {
    return null;
  }
  if (
    node.nodeType === 'Call' &&
    (node.args.length > 1 || node.keywords.length > 0)
  ) {
    throw LiftRefusal.at(
      node,
      '`enumerate` with another start is not understood.'
    );
  }
  return looped(rows.plan, {
    kind: 'tuple',
    shape: 'tuple',
    items: [position(rows.plan), rows.element]
  });
}

function zipped(
  rows: readonly (IRows | null)[],
  node: For['iter']
): Value | null {
  const [first] = rows;
  if (!first || rows.includes(null)) {
    return null;
  }
  const all = rows.filter(each => each !== null);
  if (all.some(each => each.plan !== first.plan)) {
    throw LiftRefusal.at(node, 'These are not lists over the same rows.');
  }
  return looped(first.plan, {
    kind: 'tuple',
    shape: 'tuple',
    items: all.map(each => each.element)
  });
}

function runLoop(node: For, rows: IRows, machine: Machine): void {
  if (node.orelse.length > 0) {
    throw LiftRefusal.at(node.orelse[0], '`else` of a loop is not understood.');
  }
  const assigned = storedNames([node]);
  const line = node.lineno ?? 1;
  for (const name of assigned) {
    const before = machine.env.get(name) ?? null;
    machine.env.set(name, { kind: 'carried', name, before, line });
  }
  const row = machine.newRow(rows.plan);
  machine.row = row;
  machine.assign(node.target, rows.element);
  machine.block(node.body);
  machine.row = null;
  checkFirsts(row);
  keepChanges(node, rows, row, machine);
  keepCells(node, rows, row, machine);
  for (const name of assigned) {
    leave(name, line, machine);
  }
}

/** A frame goes on with the columns that a loop set. */
function keepCells(
  node: For,
  { plan }: IRows,
  row: Row,
  machine: Machine
): void {
  if (plan.op !== 'frame' || plan.object.changes.size === 0) {
    return;
  }
  if (row.exits.length > 0) {
    throw LiftRefusal.at(node, 'Cells are set here for some of the rows only.');
  }
  setColumns(plan.object, node, machine);
}

/** A list sees what a loop changed in its dictionaries. */
function keepChanges(
  node: For,
  { plan, element }: IRows,
  row: Row,
  machine: Machine
): void {
  const items = element.kind === 'tuple' ? element.items : [element];
  for (const item of items) {
    if (item.kind !== 'record' || !item.element) {
      continue;
    }
    const build = item.element;
    const names = [...storedNames([node])].map(name => machine.env.get(name));
    const changed = names.find(
      (value): value is IRecord =>
        value?.kind === 'record' &&
        value.element === build &&
        value.fields !== item.fields
    );
    if (!changed) {
      if (changesElement(node)) {
        throw LiftRefusal.at(
          node,
          'How dictionaries are changed here cannot be followed.'
        );
      }
      continue;
    }
    if (row.exits.length > 0) {
      throw LiftRefusal.at(
        node,
        'Dictionaries are changed here for some of the rows only.'
      );
    }
    build.become({
      plan,
      added: changed,
      line: node.lineno ?? 1
    });
  }
}

/** After a loop its variables hold what the last row left in them. */
function leave(name: string, line: number, machine: Machine): void {
  const last = machine.env.get(name);
  if (last?.kind === 'counter') {
    machine.env.set(name, { kind: 'rowcount', plan: last.plan });
  } else if (last) {
    const cell = machine.cell.index;
    machine.env.set(name, { kind: 'stale', name, last, loopLine: line, cell });
  }
}
