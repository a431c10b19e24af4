/**
 * Sorted rows and the first of them: `rows.sort(key=...)`, `sorted(rows)`, `rows[:k]`.
 */
import type { Call, ExprNode } from 'py-ast';

import { ListBuild } from '../builds';
import type { Expr } from '../expression';
import type { IIdiom, IRows } from '../idiom';
import { literalInteger } from '../literal';
import type { Machine } from '../machine';
import type { IHead, ISort } from '../plan';
import { LiftRefusal } from '../refusal';
import { isOverRows } from '../row';
import { isNumeric, typeOf } from '../typing';
import type { Value } from '../values';
import { keysOf } from './entries';

export const sorting: IIdiom = {
  name: 'sorting',

  call(path, node, machine) {
    if (path !== 'sorted' || machine.row || node.args.length !== 1) {
      return null;
    }
    const value = machine.evaluate(node.args[0]);
    const rows =
      value.kind === 'keyed'
        ? keysOf(value.build, machine)
        : ['list', 'rows'].includes(value.kind)
          ? machine.rows(value)
          : null;
    return rows && listOf(sorted(rows, node, machine), node);
  },

  method(object, name, node, machine) {
    if (object.kind !== 'list' || name !== 'sort' || machine.row) {
      return null;
    }
    const { plan, added, line } = object.build.contents();
    const rows = sorted({ plan, element: added }, node, machine);
    object.build.become({ plan: rows.plan, added, line });
    return object;
  },

  subscript(object, node, machine) {
    if (object.kind !== 'list' && object.kind !== 'rows') {
      return null;
    }
    const { slice } = node;
    if (
      machine.row ||
      slice.nodeType !== 'Slice' ||
      !slice.upper ||
      slice.step ||
      (slice.lower && literalInteger(machine.expr(slice.lower)) !== 0)
    ) {
      return null;
    }
    const count = machine.expr(slice.upper);
    const rows = machine.rows(object);
    const negative = (literalInteger(count) ?? -1) < 0;
    if (!rows || isOverRows(count) || negative) {
      return null;
    }
    const head: IHead = {
      op: 'head',
      input: rows.plan,
      count,
      line: node.lineno ?? 1
    };
    return listOf({ plan: head, element: rows.element }, node);
  }
};

/** Rows as a list of their own. */
function listOf(rows: IRows, node: { lineno?: number }): Value {
  const build = new ListBuild('', node.lineno ?? 1);
  build.become({
    plan: rows.plan,
    added: rows.element,
    line: node.lineno ?? 1
  });
  return { kind: 'list', build };
}

function sorted(rows: IRows, node: Call, machine: Machine): IRows {
  let keys: Value = rows.element;
  let reverse = false;
  for (const { arg, value } of node.keywords) {
    if (arg === 'key') {
      keys = keyOf(value, rows, machine);
    } else if (arg === 'reverse' && value.nodeType === 'Constant') {
      reverse = value.value === true;
    } else {
      throw LiftRefusal.at(node, `\`${arg}\` of this sort is not understood.`);
    }
  }
  const by = partsOf(keys, node, machine).map(expr => order(expr, reverse));
  const plan: ISort = {
    op: 'sort',
    input: rows.plan,
    by,
    line: node.lineno ?? 1
  };
  return { plan, element: rows.element };
}

/** `-x` sorts downwards by x. */
function order(expr: Expr, reverse: boolean): ISort['by'][number] {
  return expr.kind === 'unary' &&
    expr.operator === '-' &&
    isNumeric(typeOf(expr.operand))
    ? { expr: expr.operand, ascending: reverse }
    : { expr, ascending: !reverse };
}

function keyOf(node: ExprNode, rows: IRows, machine: Machine): Value {
  if (node.nodeType !== 'Lambda' || node.args.args.length !== 1) {
    throw LiftRefusal.at(node, 'The key of this sort is not understood.');
  }
  const [{ arg }] = node.args.args;
  const outer = new Map(machine.env);
  machine.row = machine.newRow(rows.plan);
  try {
    machine.env.set(arg, rows.element);
    return machine.evaluate(node.body);
  } finally {
    machine.row = null;
    machine.restore(outer);
  }
}

function partsOf(value: Value, node: Call, machine: Machine): Expr[] {
  if (value.kind === 'tuple') {
    return value.items.flatMap(item => partsOf(item, node, machine));
  }
  const expr = machine.asExpr(value, node);
  if (!isOverRows(expr)) {
    throw LiftRefusal.at(node, 'These rows are sorted by a constant.');
  }
  return [expr];
}
