/**
 * Choosing rows of arrays: by a mask, by row numbers, by `train_test_split`.
 */
import type { Call } from 'py-ast';

import { pathCondition } from '../builds';
import type { IIdiom } from '../idiom';
import type { Machine } from '../machine';
import type { Plan } from '../plan';
import { LiftRefusal } from '../refusal';
import { typeOf } from '../typing';
import { describe } from '../values';
import type { ISplit, Selection, Value } from '../values';

export const selecting: IIdiom = {
  name: 'selecting',

  call(path, node, machine) {
    return path === 'sklearn.model_selection.train_test_split'
      ? trainTestSplit(node, machine)
      : null;
  },

  subscript(object, node, machine) {
    if (object.kind !== 'array' && object.kind !== 'matrix') {
      return null;
    }
    if (node.slice.nodeType === 'Slice') {
      throw LiftRefusal.at(
        node,
        'Rows chosen by a range depend on their order, which a rewrite does not keep.'
      );
    }
    const selection = selectionOf(
      machine.evaluate(node.slice),
      object.plan,
      node
    );
    return { kind: 'selected', of: object, selection };
  }
};

function selectionOf(
  index: Value,
  plan: Plan,
  node: { lineno?: number }
): Selection {
  if (
    index.kind === 'array' &&
    index.plan === plan &&
    typeOf(index.expr) === 'bool'
  ) {
    return { by: 'mask', mask: index.expr };
  }
  if (index.kind === 'list') {
    const { added, plan: rows } = index.build.contents();
    const [entry] = index.build.entries;
    if (
      added.kind === 'scalar' &&
      added.expr.kind === 'position' &&
      added.expr.over === plan &&
      index.build.entries.length === 1
    ) {
      return { by: 'mask', mask: pathCondition(entry.path) };
    }
    if (
      rows === plan &&
      added.kind === 'scalar' &&
      typeOf(added.expr) === 'bool'
    ) {
      return { by: 'mask', mask: added.expr };
    }
  }
  throw LiftRefusal.at(node, `Cannot choose rows by ${describe(index)}.`);
}

/** The parts come in the order train, test for each array. */
function trainTestSplit(node: Call, machine: Machine): Value {
  const arrays = node.args.map(argument => machine.evaluate(argument));
  const split = splitOf(node, machine);
  const part = (of: Value, which: 'train' | 'test'): Value => ({
    kind: 'selected',
    of,
    selection: { by: 'split', part: which, split }
  });
  return {
    kind: 'tuple',
    shape: 'list',
    items: arrays.flatMap(of => [part(of, 'train'), part(of, 'test')])
  };
}

function splitOf(node: Call, machine: Machine): ISplit {
  const options = node.keywords.map(keyword => {
    if (keyword.arg === 'stratify' || keyword.arg === undefined) {
      throw LiftRefusal.at(node, 'A stratified split is not understood.');
    }
    return `${keyword.arg}=${machine.source(keyword.value)}`;
  });
  if (!options.some(option => option.startsWith('random_state='))) {
    throw LiftRefusal.at(
      node,
      'A split without `random_state` is another one at every run.'
    );
  }
  return { arguments: options, line: node.lineno ?? 1 };
}
