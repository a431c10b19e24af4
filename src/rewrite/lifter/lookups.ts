/**
 * Look-ups in dictionaries as joins: which join a look-up relies on, and the
 * columns that it gives.
 */
import type { Call } from 'py-ast';

import type { IPlaced } from './celltext';
import { Column, make } from './expression';
import type { Expr, ValueType } from './expression';
import type { Keyed } from './keyedbuild';
import type { Machine } from './machine';
import { nameHints } from './naming';
import { includes } from './plan';
import type { IJoin } from './plan';
import { LiftRefusal } from './refusal';
import { isOverRows } from './row';
import type { Row } from './row';
import { sameExpr } from './traversal';
import { catches } from './tryblocks';
import { isNumeric, typeOf } from './typing';
import { describe, scalar } from './values';
import type { IFieldSource, IRecord, Value } from './values';

type Lookup = Extract<Value, { kind: 'lookup' }>;

/** A text is never equal to a number, but pandas would refuse to compare them. */
export function requireSameType(build: Keyed, item: Expr): void {
  const { added, line } = build.contents();
  const [own, other] = [typeOf(added.key), typeOf(item)];
  const known = own !== 'unknown' && other !== 'unknown';
  if (known && own !== other && !(isNumeric(own) && isNumeric(other))) {
    throw new LiftRefusal(
      line,
      `The keys of \`${build.name}\` are ${own}, but it is asked for ${other}: they never match.`
    );
  }
  const widths = [added.key, item].map(expr =>
    expr.kind === 'display' ? expr.items.length : null
  );
  if (widths[0] !== widths[1] && !widths.includes(null)) {
    throw new LiftRefusal(
      line,
      `\`${build.name}\` has keys of ${widths[0]} parts, but it is asked for ${widths[1]}.`
    );
  }
}

/** `d.get(key)`, with or without a default. */
export function getOrDefault(
  build: Keyed,
  node: Call,
  machine: Machine
): Value {
  const [keyNode, fallbackNode] = node.args;
  const key = machine.expr(keyNode);
  const fallback = fallbackNode ? machine.evaluate(fallbackNode) : null;
  const { row } = machine;
  if (!row || build.isTouchedIn(row.loop.number) || build.isEmpty()) {
    throw LiftRefusal.at(
      node,
      `\`${build.name}\` is read while it is being filled.`
    );
  }
  requireSameType(build, key);
  if (!fallback || isNone(fallback)) {
    return { kind: 'lookup', build, key, line: node.lineno ?? 1 };
  }
  const { value } = build.contents().added;
  if (!value) {
    throw LiftRefusal.at(node, `\`${build.name}\` is a set and has no values.`);
  }
  const join = leftJoin(row, build, key, node.lineno ?? 1);
  return take(value, join, fallback);
}

function isNone(value: Value): boolean {
  return (
    value.kind === 'scalar' &&
    value.expr.kind === 'literal' &&
    value.expr.type === 'none'
  );
}

/** What `.get` gave, as a value: that of the key, or None. */
export function orNone(lookup: Lookup, machine: Machine): Value {
  const { row } = machine;
  const { build, key, line } = lookup;
  const { value } = build.contents().added;
  if (!row || !value) {
    throw new LiftRefusal(line, `\`${build.name}\` has no values here.`);
  }
  const known = row.joinOf(build, key, 'inner');
  return known
    ? take(value, known)
    : take(value, leftJoin(row, build, key, line), scalar(NONE));
}

const NONE = { kind: 'literal', text: 'None', type: 'none' } as const;

/** The value of a key, as columns of the joined rows. */
export function found(
  build: Keyed,
  key: Expr,
  node: IPlaced,
  machine: Machine
): Value {
  const { row } = machine;
  if (!row) {
    throw LiftRefusal.at(
      node,
      `\`${build.name}\` is read outside a loop over rows.`
    );
  }
  if (build.isEmpty() || build.isTouchedIn(row.loop.number)) {
    throw LiftRefusal.at(
      node,
      `\`${build.name}\` is read while it is being filled.`
    );
  }
  const own = build.contents();
  if (
    own.added.value &&
    includes(row.plan, own.plan) &&
    sameExpr(own.added.key, key)
  ) {
    // The key is one of its own, in a loop over them.
    return own.added.value;
  }
  const join =
    row.joinOf(build, key, 'inner') ??
    matchedJoin(row, build, key) ??
    newJoin(row, build, key, node);
  const { value } = build.contents().added;
  if (!value) {
    throw LiftRefusal.at(node, `\`${build.name}\` is a set and has no values.`);
  }
  return join.how === 'left' && build.fallback
    ? take(value, join, build.fallback)
    : take(value, join);
}

/** A left join whose match is assumed here. */
function matchedJoin(row: Row, build: Keyed, key: Expr): IJoin | null {
  return (
    row.matched.find(join => join.of === build && sameExpr(join.key, key)) ??
    null
  );
}

/** A look-up that nobody tested: it fails for a key that is not there. */
function newJoin(row: Row, build: Keyed, key: Expr, node: IPlaced): IJoin {
  requireSameType(build, key);
  const line = node.lineno ?? 1;
  if (build.fallback) {
    return leftJoin(row, build, key, line);
  }
  if (row.guard && catches(row.guard.exceptions, 'KeyError')) {
    row.guard.sortOut({ kind: 'member', item: key, of: build }, line);
    const join = row.joinOf(build, key, 'inner');
    if (join) {
      return join;
    }
  }
  return append(row, { of: build, key, how: 'inner', required: true, line });
}

/** The join that keeps rows without a match. */
export function leftJoin(
  row: Row,
  build: Keyed,
  key: Expr,
  line: number
): IJoin {
  return (
    row.joinOf(build, key, 'left') ??
    append(row, { of: build, key, how: 'left', line })
  );
}

function append(
  row: Row,
  join: Pick<IJoin, 'of' | 'key' | 'how' | 'required' | 'line'>
): IJoin {
  const made: IJoin = { op: 'join', input: row.plan, taken: [], ...join };
  row.plan = made;
  return made;
}

/** A left join that also tells which rows have a match. */
export function matchJoin(
  row: Row,
  build: Keyed,
  key: Expr,
  line: number
): IJoin {
  const join = leftJoin(row, build, key, line);
  join.found ??= new Column('bool', `in_${build.name}`);
  return join;
}

// --- what a join gives --------------------------------------------------------------

/**
 * The columns that a join gives for a value.
 *
 * @param fallback - what rows without a match have.
 */
export function take(value: Value, join: IJoin, fallback?: Value): Value {
  switch (value.kind) {
    case 'scalar':
      return takeScalar(value.expr, join, fallback);
    case 'tuple':
      return {
        ...value,
        items: value.items.map((item, at) =>
          take(item, join, partOf(fallback, at, join))
        )
      };
    case 'record':
      return takeRecord(value, join, fallback);
    case 'bag':
      return { ...value, join };
    default:
      throw new LiftRefusal(join.line, `Cannot look up ${describe(value)}.`);
  }
}

function takeScalar(expr: Expr, join: IJoin, fallback?: Value): Value {
  if (!isOverRows(expr) && !fallback) {
    return scalar(expr);
  }
  const instead = fallback?.kind === 'scalar' ? fallback.expr : undefined;
  if (fallback && (!instead || isOverRows(instead))) {
    throw new LiftRefusal(
      join.line,
      `The default of the look-up in \`${join.of.name}\` is not understood.`
    );
  }
  return scalar(make.column(takenColumn(expr, join, instead)));
}

function partOf(
  fallback: Value | undefined,
  at: number,
  join: IJoin
): Value | undefined {
  if (fallback?.kind === 'tuple') {
    const part = fallback.items[at];
    if (!part) {
      throw new LiftRefusal(
        join.line,
        `The default of the look-up in \`${join.of.name}\` has fewer parts.`
      );
    }
    return part;
  }
  return fallback;
}

function takeRecord(record: IRecord, join: IJoin, fallback?: Value): IRecord {
  const isRecord = fallback?.kind === 'record';
  const isEmpty = fallback?.kind === 'scalar' && !isNone(fallback);
  const field = (name: string, otherwise?: Value): Value => {
    const own = record.fields.get(name) ?? record.rest?.field(name);
    if (!own) {
      throw new LiftRefusal(
        join.line,
        `The values of \`${join.of.name}\` have no "${name}".`
      );
    }
    const instead = isRecord ? (fallback.fields.get(name) ?? otherwise) : null;
    if (fallback && !isNone(fallback) && !instead && !otherwise) {
      throw new LiftRefusal(
        join.line,
        `Rows that are not in \`${join.of.name}\` have no "${name}".`
      );
    }
    return take(
      own,
      join,
      fallback ? (instead ?? otherwise ?? scalar(NONE)) : undefined
    );
  };
  if (!fallback || isNone(fallback)) {
    const fields = new Map(
      [...record.fields.keys()].map(name => [name, field(name)])
    );
    const { rest } = record;
    return {
      kind: 'record',
      fields,
      rest: rest && { plan: rest.plan, field }
    };
  }
  if (!isRecord && !isEmpty) {
    throw new LiftRefusal(
      join.line,
      `The default of the look-up in \`${join.of.name}\` is not understood.`
    );
  }
  const rest: IFieldSource = { plan: join, field };
  return { kind: 'record', fields: new Map(), rest };
}

/** The column that a join gives for a value of its other side. */
export function takenColumn(expr: Expr, join: IJoin, fallback?: Expr): Column {
  const wanted =
    fallback ?? (join.how === 'left' ? ZEROS[typeOf(expr)] : undefined);
  const known = join.taken.find(
    each =>
      sameExpr(each.expr, expr) &&
      (each.fallback === wanted ||
        (each.fallback && wanted && sameExpr(each.fallback, wanted)))
  );
  if (known) {
    return known.column;
  }
  const column = new Column(typeWith(typeOf(expr), wanted));
  nameHints(expr).forEach(hint => column.fallBackOn(hint));
  join.taken.push({ column, expr, ...(wanted ? { fallback: wanted } : {}) });
  return column;
}

/** Values that nobody sees keep the type of a column. */
const ZEROS: Readonly<Partial<Record<ValueType, Expr>>> = {
  int: make.integer(0),
  float: { kind: 'literal', text: '0.0', type: 'float' },
  str: make.string(''),
  bool: make.boolean(false)
};

function typeWith(type: ValueType, fallback: Expr | undefined): ValueType {
  return fallback && typeOf(fallback) !== type ? 'unknown' : type;
}
