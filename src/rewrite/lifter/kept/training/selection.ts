/**
 * Trainings on chosen rows, seen apart from how the rows were chosen: `X[train]` is
 * what an estimator is given.
 */
import { walk } from 'py-ast';
import type { ExprNode, StmtNode } from 'py-ast';

import { LiftRefusal } from '../../refusal';
import type { IHandTraining } from '../../run';

import type { IReplacement } from './rowparts';
import { stepsWithout, trainingSlice } from './slice';
import type { IKnownStep, ITrainingSlice } from './slice';
import { RANDOM } from './effects';

/** A training on the rows that it is given. */
export interface ISeparated {
  slice: ITrainingSlice;
  replacements: IReplacement[];
  /** `X[train]`, and `y[train]` where it is read. */
  features: ExprNode;
  labels: ExprNode | null;
  step: IKnownStep;
  /** The name of the index, where it is a variable. */
  index: string | null;
  /** The statements that choose them. */
  choosing: ReadonlySet<StmtNode>;
  /** Whether the chosen rows stand in the order of the table. */
  keepsOrder: boolean;
}

interface IChoice {
  node: Extract<ExprNode, { nodeType: 'Subscript' }>;
  step: IKnownStep;
  index: ExprNode;
  base: string;
}

/** Find the one choice of rows that a training reads features and labels by. */
export function separateSelection(
  steps: readonly IKnownStep[],
  training: IHandTraining,
  isFixed: (name: string) => boolean
): ISeparated | null {
  const choices = steps.flatMap(step => choicesIn(step, training));
  const texts = new Set(choices.map(choice => textOf(choice)));
  for (const text of texts) {
    const same = choices.filter(choice => textOf(choice) === text);
    const found = separatedBy(same, steps, training, isFixed);
    if (found) {
      return found;
    }
  }
  return null;
}

function choicesIn(step: IKnownStep, training: IHandTraining): IChoice[] {
  return [...walk(step.statement)].flatMap(node => {
    if (
      node.nodeType !== 'Subscript' ||
      node.ctx.nodeType !== 'Load' ||
      node.value.nodeType !== 'Name' ||
      ![training.features, training.labels].includes(node.value.id)
    ) {
      return [];
    }
    const index =
      node.slice.nodeType === 'Tuple' ? node.slice.elts[0] : node.slice;
    const others =
      node.slice.nodeType === 'Tuple' ? node.slice.elts.slice(1) : [];
    const isRows =
      others.every(
        other => other.nodeType === 'Slice' && !other.lower && !other.upper
      ) && !['Constant', 'List'].includes(index.nodeType);
    return isRows ? [{ node, step, index, base: node.value.id }] : [];
  });
}

function textOf({ index, step }: IChoice): string {
  return step.text.source(index);
}

function separatedBy(
  choices: readonly IChoice[],
  steps: readonly IKnownStep[],
  training: IHandTraining,
  isFixed: (name: string) => boolean
): ISeparated | null {
  const [first] = choices;
  const index = first.index.nodeType === 'Name' ? first.index.id : null;
  const replacements: IReplacement[] = choices.map(({ node, base }) => ({
    node,
    text: base
  }));
  if (index !== null) {
    const isMask = holdsMask(index, steps);
    for (const { statement } of steps) {
      for (const node of walk(statement)) {
        if (isCountOf(node as ExprNode, index, isMask)) {
          replacements.push({
            node: node as ExprNode,
            text: `len(${training.features})`
          });
        }
      }
    }
  }
  const reduced = stepsWithout(
    steps,
    new Set([
      ...replacements.map(({ node }) => node),
      ...steps.flatMap(step => widthsIn(step, training))
    ])
  );
  const slice = sliced(reduced, training, isFixed);
  const names = namesIn(first.index);
  const own = slice && new Set(slice.steps.map(({ statement }) => statement));
  const features = choices.find(
    ({ base, step }) => base === training.features && own?.has(step.statement)
  );
  const labels = choices.find(
    ({ base, step }) => base === training.labels && own?.has(step.statement)
  );
  if (
    !slice ||
    !features ||
    slice.missing.length > 0 ||
    names.some(name => slice.made.has(name))
  ) {
    return null;
  }
  return {
    slice,
    replacements,
    features: features.node,
    labels: labels?.node ?? null,
    step: features.step,
    index,
    ...choosingOf(first, steps, isFixed)
  };
}

function sliced(
  steps: readonly IKnownStep[],
  training: IHandTraining,
  isFixed: (name: string) => boolean
): ITrainingSlice | null {
  try {
    return trainingSlice(steps, [training.output], isFixed);
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return null;
    }
    throw error;
  }
}

/** `X.shape[1]`: how many features there are is the same for any rows. */
function widthsIn(
  { statement }: IKnownStep,
  { features }: IHandTraining
): ExprNode[] {
  return [...walk(statement)].flatMap(node =>
    node.nodeType === 'Subscript' &&
    node.value.nodeType === 'Attribute' &&
    node.value.attr === 'shape' &&
    node.value.value.nodeType === 'Name' &&
    node.value.value.id === features &&
    node.slice.nodeType === 'Constant' &&
    node.slice.value === 1
      ? [node]
      : []
  );
}

/** Whether an index says of each row whether it is chosen. */
function holdsMask(index: string, steps: readonly IKnownStep[]): boolean {
  const [last] = steps
    .filter(({ effects }) => effects.sets.has(index))
    .slice(-1);
  const value =
    last?.statement.nodeType === 'Assign' ? last.statement.value : null;
  const isTest = (node: ExprNode): boolean =>
    node.nodeType === 'Compare' ||
    node.nodeType === 'BoolOp' ||
    (node.nodeType === 'UnaryOp' && node.op.nodeType === 'Invert') ||
    (node.nodeType === 'BinOp' && /^Bit/.test(node.op.nodeType)) ||
    (node.nodeType === 'ListComp' && isTest(node.elt)) ||
    (node.nodeType === 'Call' &&
      ((node.func.nodeType === 'Attribute' &&
        (/^(isin|between)$/.test(node.func.attr) ||
          (/^(to_numpy|astype)$/.test(node.func.attr) &&
            isTest(node.func.value)))) ||
        (node.args.length > 0 && isTest(node.args[0])))) ||
    (node.nodeType === 'Attribute' && isTest(node.value));
  return value !== null && isTest(value);
}

/** `len(train)` of numbers, `train.sum()` of a mask: how many rows there are. */
function isCountOf(node: ExprNode, index: string, isMask: boolean): boolean {
  if (node.nodeType !== 'Call') {
    return false;
  }
  const { func, args } = node;
  const isIndex = (part: ExprNode | undefined): boolean =>
    part?.nodeType === 'Name' && part.id === index;
  if (func.nodeType === 'Attribute') {
    return (
      isMask &&
      func.attr === 'sum' &&
      ((args.length === 0 && isIndex(func.value)) ||
        (args.length === 1 && isIndex(args[0])))
    );
  }
  return (
    func.nodeType === 'Name' &&
    func.id === (isMask ? 'sum' : 'len') &&
    args.length === 1 &&
    isIndex(args[0])
  );
}

function namesIn(node: ExprNode): string[] {
  return [...walk(node)].flatMap(part =>
    part.nodeType === 'Name' ? [part.id] : []
  );
}

const SHUFFLED = /argsort|sorted\(|\.sort\(|shuffle|permutation|sample|choice/;

/** Masks and slices leave rows in their order, as long as nothing was shuffled. */
function choosingOf(
  { index }: IChoice,
  steps: readonly IKnownStep[],
  isFixed: (name: string) => boolean
): Pick<ISeparated, 'choosing' | 'keepsOrder'> {
  try {
    const slice = trainingSlice(steps, namesIn(index), isFixed);
    const states: readonly string[] = Object.values(RANDOM);
    return {
      choosing: new Set(slice.steps.map(({ statement }) => statement)),
      keepsOrder:
        !states.some(state => slice.made.has(state)) &&
        !slice.steps.some(({ text, statement }) =>
          SHUFFLED.test(text.source(statement))
        )
    };
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return { choosing: new Set(), keepsOrder: false };
    }
    throw error;
  }
}
