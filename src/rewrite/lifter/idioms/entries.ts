/**
 * Looping over a dictionary or set that was filled from rows: its entries in the
 * order in which their keys came up first.
 */
import type { IRows } from '../idiom';
import type { Keyed } from '../keyedbuild';
import { leftJoin, take } from '../lookups';
import type { Machine } from '../machine';
import type { IDistinct, IJoin } from '../plan';
import { LiftRefusal } from '../refusal';
import { sameExpr } from '../traversal';
import { scalar } from '../values';
import type { Value } from '../values';

/** `d.items()`, `d.keys()`, `d.values()`. */
export function rowsOfKeyed(
  build: Keyed,
  method: string,
  machine: Machine
): Value | null {
  if (!/^(items|keys|values)$/.test(method) || build.shape !== 'dict') {
    return null;
  }
  const { plan, key, value } = entriesOf(build, machine);
  const element: Value =
    method === 'keys'
      ? key
      : method === 'values'
        ? value
        : { kind: 'tuple', shape: 'tuple', items: [key, value] };
  return { kind: 'rows', plan, element };
}

/** The keys, as rows. */
export function keysOf(build: Keyed, machine: Machine): IRows {
  const { plan, key } = entriesOf(build, machine);
  return { plan, element: key };
}

function entriesOf(
  build: Keyed,
  machine: Machine
): { plan: IRows['plan']; key: Value; value: Value } {
  const { plan, added, line } = build.contents();
  const { key, value } = added;
  const known = ENTRIES.get(build);
  if (known) {
    return known;
  }
  const unique =
    plan.op === 'group' ||
    (plan.op === 'distinct' && sameExpr(plan.key, key) && !build.reordered);
  if (unique || !value) {
    const distinct: IDistinct = {
      op: 'distinct',
      input: plan,
      key,
      keep: 'first',
      line
    };
    const entries = {
      plan: unique ? plan : distinct,
      key: scalar(key),
      value: value ?? scalar(key)
    };
    ENTRIES.set(build, entries);
    return entries;
  }
  const input = build.reordered ? originalOrder(plan) : plan;
  const firsts: IDistinct = { op: 'distinct', input, key, keep: 'first', line };
  const row = machine.newRow(firsts);
  const join: IJoin = leftJoin(row, build, key, line);
  join.how = 'inner';
  const entries = { plan: join, key: scalar(key), value: take(value, join) };
  ENTRIES.set(build, entries);
  return entries;
}

const ENTRIES = new WeakMap<
  Keyed,
  { plan: IRows['plan']; key: Value; value: Value }
>();

/** The rows before they were sorted to find the best of each key. */
function originalOrder(plan: IRows['plan']): IRows['plan'] {
  if (plan.op !== 'distinct' || plan.input.op !== 'sort') {
    throw new LiftRefusal(1, 'The order of this dictionary is not known.');
  }
  return plan.input.input;
}
