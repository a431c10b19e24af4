/**
 * Which rows of which variable are given to `fit`, read from the source.
 */
import type { Call, ExprNode } from 'py-ast';

import { isAfter } from './slicing';
import type { IStep } from './slicing';

/** How rows were chosen from a variable. */
export type Choice =
  | { by: 'all' }
  /** An index, mask or slice, with the step that it is in. */
  | { by: 'index'; index: ExprNode; step: IStep }
  /** The training part of `train_test_split`. */
  | { by: 'split'; call: Call; step: IStep };

export interface IChosen {
  /** The variable that holds all rows; null when it cannot be told. */
  name: string | null;
  choice: Choice;
}

/** What an argument of `fit` is made from. */
export function chosenRows(
  node: ExprNode,
  here: IStep,
  steps: readonly IStep[],
  path: (node: ExprNode) => string | null
): IChosen {
  const all = (name: string | null): IChosen => ({
    name,
    choice: { by: 'all' }
  });
  const inner = (part: ExprNode) => chosenRows(part, here, steps, path);
  switch (node.nodeType) {
    case 'Name': {
      const found = definitionOf(node.id, here, steps, path);
      return found ?? all(node.id);
    }
    case 'Attribute':
      return node.attr === 'values' ? inner(node.value) : all(null);
    case 'Subscript': {
      const { value } = node;
      const base =
        value.nodeType === 'Attribute' && /^i?loc$/.test(value.attr)
          ? value.value
          : value;
      const of = inner(base);
      const index =
        node.slice.nodeType === 'Tuple' ? node.slice.elts[0] : node.slice;
      return of.choice.by === 'all'
        ? { name: of.name, choice: { by: 'index', index, step: here } }
        : all(null);
    }
    case 'Call': {
      const called = path(node.func);
      if (/^numpy\.(array|asarray)$/.test(called ?? '') && node.args[0]) {
        return inner(node.args[0]);
      }
      return node.func.nodeType === 'Attribute' &&
        /^(ravel|to_numpy|copy|astype|toarray)$/.test(node.func.attr)
        ? inner(node.func.value)
        : all(null);
    }
    default:
      return all(null);
  }
}

/** A variable that holds chosen rows of another one. */
function definitionOf(
  name: string,
  here: IStep,
  steps: readonly IStep[],
  path: (node: ExprNode) => string | null
): IChosen | null {
  for (const step of [...steps].reverse()) {
    const { statement } = step;
    if (isAfter(step, here) || statement.nodeType !== 'Assign') {
      continue;
    }
    for (const target of statement.targets) {
      if (target.nodeType === 'Name' && target.id === name) {
        return statement.value.nodeType === 'Subscript'
          ? chosenIf(statement.value, step, steps, path)
          : null;
      }
      if (target.nodeType !== 'Tuple') {
        continue;
      }
      const at = target.elts.findIndex(
        part => part.nodeType === 'Name' && part.id === name
      );
      if (at >= 0) {
        return partOf(statement.value, at, step, steps, path);
      }
    }
  }
  return null;
}

/** Columns of a variable are no choice of rows. */
function chosenIf(
  node: ExprNode,
  step: IStep,
  steps: readonly IStep[],
  path: (node: ExprNode) => string | null
): IChosen | null {
  if (node.nodeType !== 'Subscript') {
    return null;
  }
  const { slice } = node;
  const columns =
    slice.nodeType === 'List' ||
    (slice.nodeType === 'Constant' && typeof slice.value === 'string') ||
    (slice.nodeType === 'Name' &&
      /^(features?|feature_cols|cols?|columns|predictors|feats)$/i.test(
        slice.id
      ));
  return columns ? null : chosenRows(node, step, steps, path);
}

function partOf(
  value: ExprNode,
  at: number,
  step: IStep,
  steps: readonly IStep[],
  path: (node: ExprNode) => string | null
): IChosen | null {
  if (value.nodeType === 'Tuple') {
    return chosenIf(value.elts[at], step, steps, path);
  }
  if (
    value.nodeType === 'Call' &&
    path(value.func) === 'sklearn.model_selection.train_test_split' &&
    at % 2 === 0
  ) {
    const of = value.args[at / 2];
    const inner = of && chosenRows(of, step, steps, path);
    return inner && inner.choice.by === 'all'
      ? { name: inner.name, choice: { by: 'split', call: value, step } }
      : null;
  }
  return null;
}
