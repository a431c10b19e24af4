/**
 * The number of the pass of a loop that a statement is in.
 */
import type { Call, ExprNode } from 'py-ast';

import type { Anchors } from './anchors';
import type { IPlace, Loop } from './blocks';
import { calledName } from './expressions';

/** An expression for the number of the pass, if there is one. */
export function stepOf(place: IPlace, anchors: Anchors): string | null {
  if (place.class !== null) {
    return isTrainedByTrainer(place, anchors) ? 'self.global_step' : null;
  }
  const counters = place.loops.map(counter);
  const [outer] = counters;
  const inner = counters.at(-1) ?? null;
  if (counters.length < 2 || outer === null || inner === null) {
    return inner ?? outer ?? countingArgument(place);
  }
  const length = passes(place.loops[place.loops.length - 1]);
  return length === null ? null : `${outer} * ${length} + ${inner}`;
}

/** Whether a place is in a method of a model that counts its steps. */
function isTrainedByTrainer(place: IPlace, anchors: Anchors): boolean {
  const base = anchors.bases.get(place.class?.name ?? '') ?? '';
  return /LightningModule$/.test(base);
}

/** An argument of the function around that is the number of the pass, such as `epoch`. */
function countingArgument(place: IPlace): string | null {
  const names = place.function?.args.args.map(({ arg }) => arg) ?? [];
  return names.find(name => /^(epoch|step|it|iteration)$/.test(name)) ?? null;
}

/** The number of a pass of a loop: its variable over a range or an enumeration. */
function counter(loop: Loop): string | null {
  if (loop.nodeType !== 'For') {
    return null;
  }
  const kind = countedBy(loop);
  if (kind === 'range' && loop.target.nodeType === 'Name') {
    return loop.target.id;
  }
  const first = loop.target.nodeType === 'Tuple' ? loop.target.elts[0] : null;
  return kind === 'enumerate' && first?.nodeType === 'Name' ? first.id : null;
}

/** Whether a loop is over a range or an enumeration, also inside a progress bar. */
function countedBy(loop: Loop): 'range' | 'enumerate' | null {
  if (loop.nodeType !== 'For' || loop.iter.nodeType !== 'Call') {
    return null;
  }
  for (const node of [loop.iter, ...loop.iter.args]) {
    if (node.nodeType === 'Call' && node.func.nodeType === 'Name') {
      if (/^(range|trange)$/.test(node.func.id)) {
        return 'range';
      }
      if (node.func.id === 'enumerate') {
        return 'enumerate';
      }
    }
  }
  return null;
}

/** How many passes a loop over an enumeration or range of a name has. */
function passes(loop: Loop): string | null {
  if (loop.nodeType !== 'For' || loop.iter.nodeType !== 'Call') {
    return null;
  }
  const { func, args } = loop.iter;
  if (func.nodeType !== 'Name' || args[0]?.nodeType !== 'Name') {
    return null;
  }
  if (func.id === 'enumerate') {
    return `len(${args[0].id})`;
  }
  return func.id === 'range' && args.length === 1 ? args[0].id : null;
}

/** The call of `range` that a loop counts with, also inside a progress bar. */
export function rangeOf(node: ExprNode): Call | null {
  if (node.nodeType !== 'Call') {
    return null;
  }
  const name = calledName(node.func);
  if (name === 'range' || name === 'trange') {
    return node;
  }
  return name === 'tqdm' && node.args.length > 0 ? rangeOf(node.args[0]) : null;
}
