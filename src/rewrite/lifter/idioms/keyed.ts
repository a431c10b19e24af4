/**
 * Dictionaries and sets filled from rows and probed by others: joins, semi-joins
 * and anti-joins. The last row of a key wins.
 */
import type { IPlaced } from '../celltext';
import { make } from '../expression';
import type { Expr } from '../expression';
import type { IIdiom } from '../idiom';
import { Keyed } from '../keyedbuild';
import { negate } from '../logic';
import { found, getOrDefault, requireSameType } from '../lookups';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import { scalar } from '../values';
import type { Value } from '../values';
import { keysOf, rowsOfKeyed } from './entries';

export const keyed: IIdiom = {
  name: 'keyed',

  call(path, node, machine) {
    if (machine.row || node.args.length > 0) {
      return null;
    }
    const line = node.lineno ?? 1;
    if (path === 'dict') {
      return { kind: 'keyed', build: new Keyed('', line, 'dict') };
    }
    return path === 'set'
      ? { kind: 'keyed', build: new Keyed('', line, 'set') }
      : null;
  },

  expression(node, machine) {
    if (node.nodeType === 'Dict' && node.keys.length === 0 && !machine.row) {
      return {
        kind: 'keyed',
        build: new Keyed('', node.lineno ?? 1, 'dict')
      };
    }
    return null;
  },

  store(object, target, value, machine) {
    if (object.kind !== 'keyed') {
      return false;
    }
    const key = machine.expr(target.slice);
    add(object.build, key, value, target, machine);
    return true;
  },

  method(object, name, node, machine) {
    if (object.kind === 'lookup') {
      const value = found(object.build, object.key, node, machine);
      return machine.methodOf(value, name, node);
    }
    if (object.kind !== 'keyed') {
      return null;
    }
    const { build } = object;
    const [item] = node.args;
    if (name === 'add' && build.shape === 'set' && node.args.length === 1) {
      add(build, machine.expr(item), null, node, machine);
      return object;
    }
    if (name === 'get' && machine.row && build.shape === 'dict') {
      return getOrDefault(build, node, machine);
    }
    const rows = rowsOfKeyed(build, name, machine);
    if (rows) {
      return rows;
    }
    throw LiftRefusal.at(
      node,
      `\`${build.name}.${name}()\` is not understood.`
    );
  },

  operator(operator, operands, node, machine) {
    const [left, right] = operands;
    if (operator === 'in' || operator === 'not in') {
      return right.kind === 'keyed'
        ? membership(right.build, machine.asExpr(left, node), operator, machine)
        : null;
    }
    if (left.kind !== 'lookup') {
      return null;
    }
    const none =
      right?.kind === 'scalar' &&
      right.expr.kind === 'literal' &&
      right.expr.type === 'none';
    if (none && ['is', 'is not', '==', '!='].includes(operator)) {
      const match = membership(left.build, left.key, 'in', machine);
      return operator === 'is' || operator === '=='
        ? scalar(negate(machine.asExpr(match, node)))
        : match;
    }
    if (operator === 'not') {
      const match = membership(left.build, left.key, 'in', machine);
      requireTruthy(left.build, node);
      return scalar(negate(machine.asExpr(match, node)));
    }
    return null;
  },

  subscript(object, node, machine) {
    if (object.kind === 'keyed') {
      const key = machine.expr(node.slice);
      return found(object.build, key, node, machine);
    }
    if (object.kind === 'lookup') {
      const value = found(object.build, object.key, node, machine);
      return machine.subscriptOf(value, node);
    }
    return null;
  },

  rows(iterable, machine) {
    if (iterable.kind !== 'keyed' || machine.row) {
      return null;
    }
    if (iterable.build.shape === 'set') {
      throw new LiftRefusal(
        iterable.build.line,
        `The order of the set \`${iterable.build.name}\` is another one at every run.`
      );
    }
    return keysOf(iterable.build, machine);
  },

  unpack(value, names, machine) {
    if (value.kind !== 'lookup') {
      return null;
    }
    const place = { lineno: value.line };
    const values = found(value.build, value.key, place, machine);
    return machine.unpack(values, names, place);
  }
};

function add(
  build: Keyed,
  key: Expr,
  value: Value | null,
  node: IPlaced,
  machine: Machine
): void {
  const { row } = machine;
  if (!row) {
    throw LiftRefusal.at(
      node,
      `\`${build.name}\` gets an entry outside a loop over rows.`
    );
  }
  row.add(build, { key, value }, node);
}

function membership(
  build: Keyed,
  item: Expr,
  operator: 'in' | 'not in',
  { row }: Machine
): Value {
  requireSameType(build, item);
  const match = row?.joinOf(build, item, 'left')?.found;
  const test: Expr = match
    ? make.column(match)
    : { kind: 'member', item, of: build };
  return scalar(operator === 'in' ? test : negate(test));
}

/** A tuple with items is always true; other values may be false. */
function requireTruthy(build: Keyed, node: IPlaced): void {
  const { value } = build.contents().added;
  if (
    value?.kind !== 'record' &&
    (value?.kind !== 'tuple' || value.items.length === 0)
  ) {
    throw LiftRefusal.at(
      node,
      `The value found in \`${build.name}\` may be false itself; only a test for None says that there is none.`
    );
  }
}
