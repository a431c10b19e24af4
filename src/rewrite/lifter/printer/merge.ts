/**
 * A look-up as a merge: which columns the right side gives, under which names.
 */
import { quote } from '../expression';
import type { Column, Expr } from '../expression';
import { unused } from '../naming';
import type { IJoin } from '../plan';
import { LiftRefusal } from '../refusal';
import type { IFrame } from './frame';

/** One side of a merge, with the column that is its key. */
export interface ISide {
  frame: IFrame;
  key: string;
}

/** What a merge gives. */
export interface IMerged {
  /** The expression that merges. */
  source: string;
  names: Map<Column, string>;
  physical: Set<string>;
}

interface ITakenName {
  column: Column;
  /** On the right side. */
  from: string;
  /** In the result. */
  to: string;
}

/**
 * Merge two sides.
 *
 * @param needed - the columns of the left side that are still read.
 * @param nameOf - the column of the right side that holds a value.
 */
export function merge(
  join: IJoin,
  left: ISide,
  right: ISide,
  { needed, nameOf }: { needed: Set<string>; nameOf(expr: Expr): string }
): IMerged {
  const taken = takenNames(join, left, right, needed, nameOf);
  const dropped = droppedNames(join, left, right, needed, taken);
  const columns = [...new Set([right.key, ...taken.map(({ from }) => from)])];
  const found = join.found
    ? unused(join.found.hints[0] ?? 'found', left.frame.physical)
    : null;
  const source =
    left.frame.variable +
    (dropped.length > 0 ? `.drop(columns=${list(dropped)})` : '') +
    `.merge(${right.frame.variable}[${list(columns)}]${renaming(taken)}${found === null ? '' : `.assign(${found}=True)`}, ${keys(join, left, right)})`;
  const kept = [...left.frame.physical].filter(name => !dropped.includes(name));
  const names = new Map(left.frame.names);
  taken.forEach(({ column, to }) => names.set(column, to));
  if (join.found && found !== null) {
    names.set(join.found, found);
  }
  return {
    source,
    names,
    physical: new Set([
      ...kept,
      right.key,
      ...taken.map(({ to }) => to),
      ...(found === null ? [] : [found])
    ])
  };
}

function takenNames(
  join: IJoin,
  left: ISide,
  right: ISide,
  needed: ReadonlySet<string>,
  nameOf: (expr: Expr) => string
): ITakenName[] {
  const used = new Set<string>();
  return join.taken.map(({ column, expr }) => {
    const from = nameOf(expr);
    if (from === right.key) {
      // The key itself comes along with any merge.
      return { column, from, to: from };
    }
    const clashes = from === left.key || needed.has(from) || used.has(from);
    const to = clashes
      ? unused(
          `${join.of.name}_${from}`,
          new Set([...left.frame.physical, ...used])
        )
      : from;
    used.add(to);
    return { column, from, to };
  });
}

/** Columns of the left side that nobody reads, but whose names are wanted. */
function droppedNames(
  join: IJoin,
  left: ISide,
  right: ISide,
  needed: ReadonlySet<string>,
  taken: readonly ITakenName[]
): string[] {
  const wanted = new Set(
    taken.map(({ to }) => to).filter(to => to !== right.key)
  );
  if (right.key !== left.key && left.frame.physical.has(right.key)) {
    if (needed.has(right.key)) {
      throw new LiftRefusal(
        join.line,
        `Both sides of the look-up in \`${join.of.name}\` have a column \`${right.key}\` that is not the key of both.`
      );
    }
    wanted.add(right.key);
  }
  return [...wanted].filter(name => left.frame.physical.has(name));
}

function keys(join: IJoin, left: ISide, right: ISide): string {
  const on =
    left.key === right.key
      ? `on=${quote(left.key)}`
      : `left_on=${quote(left.key)}, right_on=${quote(right.key)}`;
  return join.how === 'left' ? `${on}, how="left"` : on;
}

function renaming(taken: readonly ITakenName[]): string {
  const pairs = taken
    .filter(({ from, to }) => from !== to)
    .map(({ from, to }) => `${quote(from)}: ${quote(to)}`);
  return pairs.length > 0 ? `.rename(columns={${pairs.join(', ')}})` : '';
}

function list(names: readonly string[]): string {
  return `[${names.map(name => quote(name)).join(', ')}]`;
}
