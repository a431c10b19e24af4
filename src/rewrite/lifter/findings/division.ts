/**
 * Where a notebook divides its rows into those to train on and others.
 */
import type { Call, ExprNode, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import { loadedNames } from '../celltext';
import { stepsOf, writtenNames } from '../kept/slicing';
import type { IStep } from '../kept/slicing';
import type { ICellRun } from '../run';

const SPLITTERS =
  /^(train_test_split|KFold|StratifiedKFold|ShuffleSplit|StratifiedShuffleSplit|GroupShuffleSplit|TimeSeriesSplit)$/;

/** The statement that divides rows into those to train on and others. */
export function divisionIn(cells: readonly ICellRun[]): IStep | null {
  const steps = stepsOf(cells);
  const called = steps.find(({ statement }) =>
    [...walk(statement)].some(
      node => node.nodeType === 'Call' && SPLITTERS.test(nameOf(node))
    )
  );
  return called ?? steps.find(step => trainsOnSome(step, steps)) ?? null;
}

/** Whether a model is fitted to a part of the rows: `fit(X[:cut], y[:cut])`. */
function trainsOnSome({ statement }: IStep, steps: readonly IStep[]): boolean {
  return [...walk(statement)].some(node => {
    if (node.nodeType !== 'Call' || nameOf(node) !== 'fit') {
      return false;
    }
    const [argument] = node.args;
    return argument?.nodeType === 'Name'
      ? steps.some(step => givesSome(step.statement, argument.id))
      : argument !== undefined && isSomeRows(argument);
  });
}

/** Whether a statement gives a variable some of the rows of another. */
function givesSome(statement: StmtNode, name: string): boolean {
  if (statement.nodeType !== 'Assign') {
    return false;
  }
  const { value } = statement;
  return statement.targets.some(target => {
    const [targets, values] =
      target.nodeType === 'Tuple' && value.nodeType === 'Tuple'
        ? [target.elts, value.elts]
        : [[target], [value]];
    return targets.some(
      (each, at) =>
        each.nodeType === 'Name' &&
        each.id === name &&
        values[at] !== undefined &&
        isSomeRows(values[at])
    );
  });
}

/** `X[:cut]`, `X[mask]`, `frame.iloc[rows]`, but no columns and no single row. */
function isSomeRows(node: ExprNode): boolean {
  if (node.nodeType !== 'Subscript') {
    return false;
  }
  const { slice } = node;
  const rows = slice.nodeType === 'Tuple' ? (slice.elts[0] ?? slice) : slice;
  const all =
    rows.nodeType === 'Slice' && !rows.lower && !rows.upper && !rows.step;
  return (
    !all && !['Constant', 'List', 'ListComp', 'Tuple'].includes(rows.nodeType)
  );
}

/** The name of what is called, without what it is called on. */
export function nameOf({ func }: Call): string {
  return func.nodeType === 'Name'
    ? func.id
    : func.nodeType === 'Attribute'
      ? func.attr
      : '';
}

/** The statements that what a model is fitted to is made of. */
export function behindFeatures(steps: readonly IStep[]): ReadonlySet<IStep> {
  const needed = new Set<string>();
  const behind = new Set<IStep>();
  for (const step of [...steps].reverse()) {
    const features = featuresIn(step.statement);
    const written = [...writtenNames(step)].some(name => needed.has(name));
    // A call that divides features and labels goes on with its first argument.
    const loaded = features ?? (written ? step.statement : null);
    if (loaded) {
      behind.add(step);
      loadedNames(loaded).forEach(name => needed.add(name));
    }
  }
  return behind;
}

/** What a statement divides or fits a model to. */
function featuresIn(statement: StmtNode): ExprNode | null {
  if (statement.nodeType === 'FunctionDef') {
    return null;
  }
  for (const node of walk(statement)) {
    if (
      node.nodeType === 'Call' &&
      (nameOf(node) === 'fit' || nameOf(node) === 'train_test_split')
    ) {
      return node.args[0] ?? null;
    }
  }
  return null;
}
