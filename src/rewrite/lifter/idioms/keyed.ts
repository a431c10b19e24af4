/**
 * Dictionaries and sets filled from rows and probed by others: joins, semi-joins
 * and anti-joins. The last row of a key wins.
 */
import type { Call } from 'py-ast';

import { Keyed } from '../builds';
import type { IPlaced } from '../celltext';
import { Column, make } from '../expression';
import type { Expr } from '../expression';
import type { IIdiom } from '../idiom';
import { negate } from '../logic';
import type { Machine } from '../machine';
import { nameHints } from '../naming';
import type { IJoin } from '../plan';
import { LiftRefusal } from '../refusal';
import type { Row } from '../row';
import { sameExpr } from '../traversal';
import { isNumeric, typeOf } from '../typing';
import { describe, scalar } from '../values';
import type { Value } from '../values';

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
      return get(build, node, machine);
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
        ? membership(right.build, machine.asExpr(left, node), operator)
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
      const found = membership(left.build, left.key, 'in');
      return operator === 'is' || operator === '=='
        ? scalar(negate(machine.asExpr(found, node)))
        : found;
    }
    if (operator === 'not') {
      const found = membership(left.build, left.key, 'in');
      requireTruthy(left.build, node);
      return scalar(negate(machine.asExpr(found, node)));
    }
    return null;
  },

  subscript(object, node, machine) {
    if (object.kind === 'keyed') {
      const key = machine.expr(node.slice);
      return taken(joined(object.build, key, node, machine));
    }
    if (object.kind === 'lookup') {
      const value = taken(joined(object.build, object.key, node, machine));
      const at =
        node.slice.nodeType === 'Constant' ? Number(node.slice.value) : NaN;
      return value.kind === 'tuple' ? (value.items[at] ?? null) : null;
    }
    return null;
  },

  unpack(value, names, machine) {
    if (value.kind !== 'lookup') {
      return null;
    }
    const place = { lineno: value.line };
    const found = taken(joined(value.build, value.key, place, machine));
    return machine.unpack(found, names, place);
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
  operator: 'in' | 'not in'
): Value {
  requireSameType(build, item);
  const found: Expr = { kind: 'member', item, of: build };
  return scalar(operator === 'in' ? found : negate(found));
}

/** A text is never equal to a number, but pandas would refuse to compare them. */
function requireSameType(build: Keyed, item: Expr): void {
  const { added, line } = build.contents();
  const [own, other] = [typeOf(added.key), typeOf(item)];
  const known = own !== 'unknown' && other !== 'unknown';
  if (known && own !== other && !(isNumeric(own) && isNumeric(other))) {
    throw new LiftRefusal(
      line,
      `The keys of \`${build.name}\` are ${own}, but it is asked for ${other}: they never match.`
    );
  }
  if (added.key.kind === 'display' || item.kind === 'display') {
    throw new LiftRefusal(
      line,
      `\`${build.name}\` has keys of several parts; only single values are understood.`
    );
  }
}

/** A tuple with items is always true; other values may be false. */
function requireTruthy(build: Keyed, node: IPlaced): void {
  const { value } = build.contents().added;
  if (value?.kind !== 'tuple' || value.items.length === 0) {
    throw LiftRefusal.at(
      node,
      `The value found in \`${build.name}\` may be false itself; only a test for None says that there is none.`
    );
  }
}

function get(build: Keyed, node: Call, machine: Machine): Value {
  const [keyNode, fallbackNode] = node.args;
  const key = machine.expr(keyNode);
  const fallback = fallbackNode ? machine.expr(fallbackNode) : null;
  if (fallback && !(fallback.kind === 'literal' && fallback.type === 'none')) {
    return withDefault(build, key, fallback, node, machine);
  }
  requireSameType(build, key);
  return { kind: 'lookup', build, key, line: node.lineno ?? 1 };
}

/** The join that a look-up relies on: its key must be known to be there. */
function joined(
  build: Keyed,
  key: Expr,
  node: IPlaced,
  machine: Machine
): { join: IJoin; build: Keyed } {
  const { row } = machine;
  if (!row) {
    throw LiftRefusal.at(
      node,
      `\`${build.name}\` is read outside a loop over rows.`
    );
  }
  const join = row.joinOf(build, key, 'inner');
  if (!join) {
    throw LiftRefusal.at(
      node,
      `\`${build.name}[...]\` fails for a key that is not there; only a look-up behind \`in\` can become a join.`
    );
  }
  return { join, build };
}

/** The value of the key, as columns of the joined rows. */
function taken({ join, build }: { join: IJoin; build: Keyed }): Value {
  const { value } = build.contents().added;
  if (!value) {
    throw new LiftRefusal(
      join.line,
      `\`${build.name}\` is a set and has no values.`
    );
  }
  return take(value, join);
}

function take(value: Value, join: IJoin): Value {
  if (value.kind === 'tuple') {
    return { ...value, items: value.items.map(item => take(item, join)) };
  }
  if (value.kind !== 'scalar') {
    throw new LiftRefusal(join.line, `Cannot look up ${describe(value)}.`);
  }
  return scalar(make.column(takenColumn(value.expr, join)));
}

function takenColumn(expr: Expr, join: IJoin): Column {
  const known = join.taken.find(each => sameExpr(each.expr, expr));
  if (known) {
    return known.column;
  }
  const column = new Column(typeOf(expr));
  nameHints(expr).forEach(hint => column.fallBackOn(hint));
  join.taken.push({ column, expr });
  return column;
}

/** `.get(key, default)`: rows without a match keep the default. */
function withDefault(
  build: Keyed,
  key: Expr,
  fallback: Expr,
  node: IPlaced,
  machine: Machine
): Value {
  const { row } = machine;
  const { value } = build.contents().added;
  if (!row || value?.kind !== 'scalar') {
    throw LiftRefusal.at(
      node,
      `\`${build.name}.get()\` with a default is understood for single values only.`
    );
  }
  if (
    typeOf(value.expr) === 'unknown' ||
    typeOf(value.expr) !== typeOf(fallback)
  ) {
    throw LiftRefusal.at(
      node,
      `The default of \`${build.name}.get()\` is not certainly of the type of the values.`
    );
  }
  requireSameType(build, key);
  const join = leftJoin(row, build, key, node.lineno ?? 1);
  const column = takenColumn(value.expr, join);
  return scalar({ kind: 'filled', value: make.column(column), fallback });
}

function leftJoin(row: Row, build: Keyed, key: Expr, line: number): IJoin {
  const known = row.joinOf(build, key, 'left');
  if (known) {
    return known;
  }
  const join: IJoin = {
    op: 'join',
    input: row.plan,
    of: build,
    key,
    taken: [],
    how: 'left',
    line
  };
  row.plan = join;
  return join;
}
