/**
 * What nobody said: which variables hold the results of the stages, told by what is
 * trained on and by what the features are made of.
 */
import { walk } from 'py-ast';
import type { ExprNode, StmtNode } from 'py-ast';

import type { IAnalysis } from './analysis';
import { filesWritten, variablesLeft, wordsRead } from '../cutpoints';
import { stepsOf, writtenNames } from './kept/slicing';
import type { IStep } from './kept/slicing';
import type { IOutputs } from './outputs';

/** The outputs that are said, and those that can only be meant. */
export function guessedOutputs(
  analysis: IAnalysis,
  said: IOutputs = {}
): IOutputs {
  const { fit, cells } = analysis;
  if (!fit || fit.byHand) {
    return said;
  }
  const steps = stepsOf(cells).filter(({ cell }) => cell.index <= fit.cell);
  const encode = said.encode ?? madeIn(fit.featuresNode, steps, fit.cell);
  const label =
    said.label ??
    (fit.labelsNode ? madeIn(fit.labelsNode, steps, fit.cell) : null);
  const train = said.train ?? fit.estimator.name;
  const prepare =
    said.prepare ?? (encode ? tableOf(encode, label, steps) : null);
  return {
    ...(prepare ? { prepare } : {}),
    ...(encode ? { encode } : {}),
    ...(label ? { label } : {}),
    ...(train ? { train } : {})
  };
}

/**
 * The variable that what is trained on is taken from: `X` of `X[rows]`, also where
 * the cell that trains cuts or collects it first.
 */
function madeIn(
  node: ExprNode,
  steps: readonly IStep[],
  fitCell: number
): string | null {
  const name = rootOf(node);
  const writing = steps.filter(
    step => name !== null && writtenNames(step).has(name)
  );
  const last = writing[writing.length - 1];
  if (name === null || last?.cell.index !== fitCell) {
    return last ? name : null;
  }
  const earlier = new Set(
    steps
      .filter(({ cell }) => cell.index < fitCell)
      .flatMap(step => [...writtenNames(step)])
  );
  const roots = writing
    .filter(({ cell }) => cell.index === fitCell)
    .flatMap(({ statement }) => partsOf(name, statement).map(rootOf))
    .filter((root): root is string => root !== null && earlier.has(root));
  return new Set(roots).size === 1 ? roots[0] : name;
}

/** What a statement puts into a variable: all of it, or one part after the other. */
function partsOf(name: string, statement: StmtNode): ExprNode[] {
  if (statement.nodeType === 'Assign') {
    const value = sourceFor(name, statement.targets[0], statement.value);
    return value ? [value] : [];
  }
  return [...walk(statement)].flatMap(node =>
    node.nodeType === 'Call' &&
    node.func.nodeType === 'Attribute' &&
    node.func.attr === 'append' &&
    rootOf(node.func.value) === name
      ? node.args.slice(0, 1)
      : []
  );
}

/** What an assignment gives a name: the part at its place, where both are tuples. */
function sourceFor(
  name: string,
  target: ExprNode,
  value: ExprNode
): ExprNode | null {
  if (target.nodeType === 'Name') {
    return target.id === name ? value : null;
  }
  if (target.nodeType !== 'Tuple' || value.nodeType !== 'Tuple') {
    return null;
  }
  const place = target.elts.findIndex(
    each => each.nodeType === 'Name' && each.id === name
  );
  return value.elts[place] ?? null;
}

/** The variable behind `X[rows]` and `np.array(X)`. */
function rootOf(node: ExprNode): string | null {
  switch (node.nodeType) {
    case 'Name':
      return node.id;
    case 'Subscript':
      return rootOf(node.value);
    case 'Call':
      return node.func.nodeType === 'Attribute' &&
        /^(as)?array$/.test(node.func.attr) &&
        node.args.length > 0
        ? rootOf(node.args[0])
        : null;
    default:
      return null;
  }
}

/** The one variable or file of an earlier cell that the features, or the labels too, are made of. */
function tableOf(
  features: string,
  labels: string | null,
  steps: readonly IStep[]
): string | null {
  const cellOf = (name: string | null): number | undefined =>
    steps.filter(step => name !== null && writtenNames(step).has(name)).pop()
      ?.cell.index;
  const readIn = (index: number | undefined): Set<string> =>
    wordsRead(
      steps
        .filter(({ cell }) => cell.index === index)
        .map(({ statement }) => statement)
    );
  const encoding = cellOf(features);
  const read = readIn(encoding);
  const used = steps
    .filter(({ cell }) => encoding !== undefined && cell.index < encoding)
    .flatMap(({ cell, statement }) =>
      [...variablesLeft([statement]), ...filesWritten([statement])]
        .filter(({ name }) => read.has(name))
        .map(({ name }) => ({ name, cell: cell.index }))
    );
  const latest = Math.max(...used.map(({ cell }) => cell));
  const names = [
    ...new Set(
      used.filter(({ cell }) => cell === latest).map(({ name }) => name)
    )
  ];
  const readToo = readIn(cellOf(labels));
  const both = names.filter(name => readToo.has(name));
  const chosen = names.length === 1 ? names : both;
  return chosen.length === 1 ? chosen[0] : null;
}
