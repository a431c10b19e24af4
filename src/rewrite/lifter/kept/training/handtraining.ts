/**
 * Trainings by hand: which statements they are, which rows they learn from, and what
 * the original goes on to do.
 */
import { walk } from 'py-ast';
import type { ExprNode } from 'py-ast';

import type { IAnalysis } from '../../analysis';
import { loadedNames, storedNames } from '../../celltext';
import type { Machine } from '../../machine';
import type { IOutputs } from '../../outputs';
import type { Table } from '../../plan';
import { LiftRefusal } from '../../refusal';
import type { IFit, IHandTraining } from '../../run';
import { givenTable } from '../given';
import type { IGivenTable } from '../given';
import { stepsOf, writtenNames } from '../slicing';
import type { IStep } from '../slicing';
import { Definitions, RANDOM, freeNames } from './effects';
import { separateSelection } from './selection';
import type { ISeparated } from './selection';
import { knownSteps, stepsWithout, trainingSlice } from './slice';
import type { IReplacement } from './rowparts';
import type { IKnownStep, ITrainingSlice } from './slice';

const USUAL = {
  encode: /^(X|features|feats)$/,
  label: /^(y|labels?|targets?)$/,
  train:
    /^(model|clf|net|final_model|best_model|best|w|weights|theta|beta|betas|coefs?|params|centroids)$/i
} as const;

/**
 * The training of a notebook that calls no `fit` of its own, or whose result is
 * another variable.
 */
export function handTraining(
  machine: Machine,
  outputs: IOutputs = {}
): IFit | null {
  const steps = stepsOf(machine.cells);
  const find = (said: string | undefined, usual: RegExp): string | undefined =>
    said ??
    steps
      .flatMap(({ statement }) => [...storedNames([statement])])
      .filter(name => usual.test(name))
      .pop();
  const features = find(outputs.encode, USUAL.encode);
  const labels = find(outputs.label, USUAL.label);
  const output = find(outputs.train, USUAL.train);
  if (!features || !labels || !output) {
    return null;
  }
  const until = steps.filter(step => makes(step, [features, labels]));
  const after = steps.slice(steps.indexOf(until[until.length - 1]) + 1);
  const makers = after.filter(
    step => writtenNames(step).has(output) && !isDefinition(step)
  );
  const last = makers[makers.length - 1];
  const own = last && after.filter(({ cell }) => cell === last.cell);
  const nodes = own?.flatMap(({ statement }) => [...walk(statement)]) ?? [];
  const read = (name: string) =>
    nodes.find(
      (node): node is Extract<ExprNode, { nodeType: 'Name' }> =>
        node.nodeType === 'Name' && node.id === name
    );
  const featuresNode = read(features);
  if (!last || !featuresNode) {
    return null;
  }
  const unknown = {
    kind: 'unknown',
    refusal: LiftRefusal.at(last.statement, 'The training is by hand.')
  } as const;
  return {
    cell: last.cell.index,
    line: own[0].statement.lineno ?? 1,
    estimator: { name: output, text: '' },
    features: unknown,
    labels: unknown,
    featuresNode,
    labelsNode: read(labels) ?? null,
    byHand: { output, features, labels }
  };
}

/** Whether a step gives a variable its value anew, from other ones. */
function makes(step: IStep, names: readonly string[]): boolean {
  const stored = storedNames([step.statement]);
  const read = loadedNames(step.statement);
  return names.some(name => stored.has(name)) && !names.some(n => read.has(n));
}

function isDefinition({ statement }: IStep): boolean {
  return /^(FunctionDef|ClassDef|Import|ImportFrom)$/.test(statement.nodeType);
}

/** The statements of a training, and those that follow. */
export interface ITrainingPlan {
  slice: ITrainingSlice;
  /** Statements of the training's cell that are no part of it. */
  others: IKnownStep[];
  /** All statements that may belong to it, in order. */
  steps: IKnownStep[];
  /** `len(rows)` of the table: there are as many rows of features. */
  counts: IReplacement[];
  /** How its rows were chosen outside of it. */
  separated: ISeparated | null;
  isFixed(name: string): boolean;
}

/** Find the statements of a training by hand. */
export function planTraining(
  fit: IFit,
  byHand: IHandTraining,
  table: Table,
  analysis: IAnalysis
): ITrainingPlan {
  const all = stepsOf(analysis.cells);
  const definitions = new Definitions(all);
  const given = givenOf(table, analysis);
  const whole = knownSteps(all, definitions);
  const isTraining = ({ cell, statement }: IStep): boolean =>
    cell.index > fit.cell ||
    (cell.index === fit.cell && (statement.lineno ?? 1) >= fit.line);
  const later = new Set(given.after.map(({ statement }) => statement));
  const candidates = whole.filter(step =>
    later.has(step.statement)
      ? isTraining(step) ||
        ![byHand.features, byHand.labels].some(name =>
          step.effects.writes.has(name)
        )
      : isPreparation(step)
  );
  const tables = new Set(
    [...given.names].filter(
      name => !candidates.some(({ effects }) => effects.writes.has(name))
    )
  );
  const counts = candidates.flatMap(step => countsIn(step, tables, byHand));
  const steps = stepsWithout(
    candidates,
    new Set(counts.map(({ node }) => node))
  );
  const isFixed = fixedNames(whole, analysis);
  const own = steps.filter(
    step => step.cell.index === fit.cell && isTraining(step)
  );
  const common = { steps, counts, isFixed };
  const separated = separateSelection(steps, byHand, isFixed);
  const tried = attempt(() => wholeTraining(steps, own, byHand, isFixed));
  if (separated && (separated.keepsOrder || tried instanceof LiftRefusal)) {
    refuseHidden(separated.slice.steps, definitions);
    return { ...parts(separated.slice, own), ...common, separated };
  }
  if (tried instanceof LiftRefusal) {
    throw tried;
  }
  refuseHidden(tried.steps, definitions);
  return { ...parts(tried, own), ...common, separated: null };
}

/** What comes after the table; of one that goes through a file no variables are known. */
function givenOf(
  table: Table,
  analysis: IAnalysis
): Pick<IGivenTable, 'names' | 'after'> {
  const known = attempt(() => givenTable(table, analysis));
  return known instanceof LiftRefusal
    ? {
        names: new Set(),
        after: stepsOf(analysis.cells).filter(
          ({ cell }) => cell.index > table.made.cell
        )
      }
    : known;
}

/** A training with the choice of its rows, and what it made on the way for later. */
function wholeTraining(
  steps: readonly IKnownStep[],
  own: readonly IKnownStep[],
  { output, features, labels }: IHandTraining,
  isFixed: (name: string) => boolean
): ITrainingSlice {
  const isMissing = (name: string) => name !== features && name !== labels;
  const slice = trainingSlice(steps, [output], isFixed);
  const [missing] = slice.missing.filter(isMissing);
  if (missing !== undefined) {
    throw new LiftRefusal(
      own[0]?.statement.lineno ?? 1,
      `The training depends on \`${missing}\`, which is neither features nor labels.`
    );
  }
  const chosen = new Set(slice.steps);
  const last = steps.indexOf(slice.steps[slice.steps.length - 1]);
  const before = own.filter(
    step => steps.indexOf(step) < last && !chosen.has(step)
  );
  const made = new Set(before.flatMap(({ effects }) => [...effects.sets]));
  const asked = own
    .filter(step => steps.indexOf(step) > last)
    .flatMap(({ effects }) =>
      [...effects.reads].filter(name => made.has(name))
    );
  const more = attempt(() =>
    trainingSlice(steps.slice(0, last + 1), [output, ...asked], isFixed)
  );
  return more instanceof LiftRefusal || more.missing.some(isMissing)
    ? slice
    : more;
}

/** `len(rows)`, `len(frame)` of the table. */
function countsIn(
  { statement }: IKnownStep,
  names: ReadonlySet<string>,
  { features }: IHandTraining
): IReplacement[] {
  return [...walk(statement)].flatMap(node =>
    node.nodeType === 'Call' &&
    node.func.nodeType === 'Name' &&
    node.func.id === 'len' &&
    node.args.length === 1 &&
    node.args[0].nodeType === 'Name' &&
    names.has(node.args[0].id)
      ? [{ node: node.args[0], text: features }]
      : []
  );
}

/** Files are read by `prepare`, and global assignments cannot be told from calls. */
function refuseHidden(
  steps: readonly IKnownStep[],
  definitions: Definitions
): void {
  const reading = steps.find(step =>
    /(?<![\w.])open\(|\b(read_\w+|loadtxt|genfromtxt)\(|\.load\(/.test(
      definitions.sourceWithCallees(step)
    )
  );
  if (reading) {
    throw LiftRefusal.at(
      reading.statement,
      'The training depends on what is read here from a file.'
    );
  }
  const other = steps.find(step =>
    /^\s*(global|nonlocal)\s/m.test(definitions.sourceWithCallees(step))
  );
  if (other) {
    throw LiftRefusal.at(
      other.statement,
      'A function that assigns variables outside itself cannot be kept.'
    );
  }
}

function parts(
  slice: ITrainingSlice,
  own: readonly IKnownStep[]
): { slice: ITrainingSlice; others: IKnownStep[] } {
  const chosen = new Set(slice.steps.map(({ statement }) => statement));
  return {
    slice,
    others: own.filter(
      step => !chosen.has(step.statement) && !isDefinition(step)
    )
  };
}

function attempt<T>(make: () => T): T | LiftRefusal {
  try {
    return make();
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return error;
    }
    throw error;
  }
}

/** Before the table only definitions, and what random numbers come from, matter. */
function isPreparation({ statement, effects, text }: IKnownStep): boolean {
  return (
    /^(FunctionDef|ClassDef)$/.test(statement.nodeType) ||
    Object.values(RANDOM).some(state => effects.writes.has(state)) ||
    /(default_rng|RandomState|\bRandom)\(\s*\w*\s*\)$/.test(
      text.source(statement)
    )
  );
}

/** Which names mean the same wherever they are read. */
function fixedNames(
  steps: readonly IKnownStep[],
  analysis: IAnalysis
): (name: string) => boolean {
  const stored = new Map<string, IKnownStep[]>();
  const changed = new Set<string>();
  for (const step of steps) {
    for (const name of storedNames([step.statement])) {
      stored.set(name, [...(stored.get(name) ?? []), step]);
    }
    step.effects.mutates.forEach(name => changed.add(name));
  }
  const { env } = analysis.machine;
  const known = new Map<string, boolean>();
  const isFixed = (name: string): boolean => {
    const before = known.get(name);
    if (before !== undefined) {
      return before;
    }
    if (name.startsWith('<')) {
      return false;
    }
    const makers = stored.get(name) ?? [];
    known.set(name, true);
    const [only] = makers;
    const fixed =
      makers.length === 0
        ? true
        : makers.length > 1 || changed.has(name)
          ? false
          : isDefinition(only)
            ? [...freeNames(only.statement as never)].every(isFixed)
            : isConstantName(name, env);
    known.set(name, fixed);
    return fixed;
  };
  return isFixed;
}

function isConstantName(
  name: string,
  env: IAnalysis['machine']['env']
): boolean {
  const value = env.get(name);
  if (value?.kind !== 'scalar' || value.expr.kind !== 'name') {
    return false;
  }
  const { literal, computed } = value.expr.of;
  return (
    literal !== undefined ||
    !computed ||
    ![...walk(computed)].some(({ nodeType }) => nodeType === 'Call')
  );
}
