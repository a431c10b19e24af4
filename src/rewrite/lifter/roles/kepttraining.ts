/**
 * Trainings by hand: their statements in the `fit` of a small estimator, and how the
 * original predicts in its `predict`.
 */
import { walk } from 'py-ast';
import type { StmtNode } from 'py-ast';

import type { IFinding } from '../../interfaces';
import type { IAnalysis } from '../analysis';
import { rootName } from '../kept/parts';
import { planTraining } from '../kept/training/handtraining';
import type { ITrainingPlan } from '../kept/training/handtraining';
import {
  findPrediction,
  predictionWhileTraining
} from '../kept/training/prediction';
import type {
  IPrediction,
  IPredictionContext
} from '../kept/training/prediction';
import { RowParts } from '../kept/training/rowparts';
import type { IReplacement } from '../kept/training/rowparts';
import { stepsWithout, trainingSlice, viewsIn } from '../kept/training/slice';
import type { IKnownStep } from '../kept/training/slice';
import { editedLines } from '../kept/source';
import type { Table } from '../plan';
import { LiftRefusal } from '../refusal';
import type { IFit, IHandTraining } from '../run';
import type { CellWriter } from './cellwriter';
import { keptSplit } from './keptsplit';
import type { IWritten } from './prepare';
import { pipelineRun } from './train';

interface ITraining {
  fit: IFit;
  byHand: IHandTraining;
  plan: ITrainingPlan;
  prediction: IPrediction | null;
  writer: CellWriter;
  analysis: IAnalysis;
  /** Features or labels that the original holds in pandas. */
  inPandas: ReadonlySet<string>;
}

/** Write a training by hand as an estimator. */
export function writeKeptTraining(
  writer: CellWriter,
  fit: IFit,
  byHand: IHandTraining,
  table: Table,
  analysis: IAnalysis,
  name: string
): IWritten {
  const plan = planTraining(fit, byHand, table, analysis);
  const { path } = analysis.machine;
  const context: IPredictionContext = {
    ...byHand,
    steps: plan.steps.filter(({ cell }) => cell.index >= fit.cell),
    training: new Set(
      plan.steps.filter(({ statement }) => isIn(statement, plan.slice.steps))
    ),
    made: plan.slice.made,
    isFixed: plan.isFixed,
    path: path.bind(analysis.machine)
  };
  const prediction =
    findPrediction(context) ??
    predictionOfObject(plan, byHand) ??
    predictionWhileTraining(context);
  const training: ITraining = {
    fit,
    byHand,
    plan,
    prediction,
    writer,
    analysis,
    inPandas: namesInPandas(plan, byHand, analysis)
  };
  for (const name of [...plan.slice.made, ...localFunctions(plan)]) {
    writer.drop(name);
  }
  const split = splitOf(training, table);
  const after = afterwards(training);
  writer.add(estimator(training, after.learned));
  if (split !== null) {
    writer.add(split);
  }
  const run = pipelineRun(name, split !== null, table, analysis);
  writer.import('import palimpsest');
  writer.add(
    [run, ...(after.source === '' ? [] : [after.source])].join('\n\n')
  );
  return {
    observation: { kind: 'variable', name: byHand.output },
    findings: [keptFinding(training), ...after.lost]
  };
}

/** Functions that read what the training makes go where it is. */
function localFunctions({ steps, isFixed }: ITrainingPlan): string[] {
  return steps.flatMap(({ statement }) =>
    statement.nodeType === 'FunctionDef' && !isFixed(statement.name)
      ? [statement.name]
      : []
  );
}

/** An object that is fitted, or asked for predictions, can predict. */
function predictionOfObject(
  plan: ITrainingPlan,
  { output, features }: IHandTraining
): IPrediction | null {
  const asked = plan.steps.flatMap(({ statement }) =>
    [...walk(statement)].flatMap(node =>
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      /^(fit|score|predict)$/.test(node.func.attr)
        ? [node.func.value]
        : []
    )
  );
  const same = new Set(viewsIn(plan.slice.steps).get(output) ?? [output]);
  const roots = asked.map(node => rootName(node));
  const isPart = asked.some(
    node => node.nodeType === 'Subscript' && rootName(node) === output
  );
  return !isPart && roots.some(name => name !== null && same.has(name))
    ? {
        lines: [],
        result: `${output}.predict(${features})`,
        learned: new Set([output]),
        place: null
      }
    : null;
}

function isIn(statement: StmtNode, steps: readonly IKnownStep[]): boolean {
  return steps.some(step => step.statement === statement);
}

function keptFinding({ plan, prediction }: ITraining): IFinding {
  const [first] = plan.slice.steps;
  return {
    kind: 'kept-code',
    severity: 'info',
    message:
      'The training stays as it is, as the `fit` of an estimator.' +
      (prediction
        ? ''
        : ' How the original predicts was not found, so the estimator has no `predict`.'),
    line: first?.statement.lineno ?? 1
  };
}

// --- the estimator ------------------------------------------------------------------

/** What an attribute is called that holds a variable of the training. */
function attributeOf(name: string): string {
  return name.endsWith('_') ? name : `${name}_`;
}

const indented = (lines: readonly string[], by = 8): string[] =>
  lines.map(line => (line === '' ? '' : ' '.repeat(by) + line));

function estimator(training: ITraining, asked: ReadonlySet<string>): string {
  const { plan, byHand, prediction, writer } = training;
  const { features, labels, output } = byHand;
  writer.import('from sklearn.base import BaseEstimator');
  if (prediction?.result.startsWith('np.array(')) {
    writer.import('import numpy as np');
  }
  const learned = [
    ...new Set([output, ...(prediction?.learned ?? []), ...asked])
  ].sort((a, b) => Number(b === output) - Number(a === output));
  const fit = [
    ...pandasLines([features, labels], training),
    ...copyLines(training),
    ...plan.slice.steps.flatMap(step =>
      linesOf(step, [...plan.counts, ...(plan.separated?.replacements ?? [])])
    ),
    ...learned.map(name => `self.${attributeOf(name)} = ${name}`),
    'return self'
  ];
  const predict = prediction && [
    '',
    `    def predict(self, ${features}):`,
    ...indented([
      ...pandasLines([features], training),
      ...predictLines(prediction)
    ])
  ];
  const name = writer.define('TrainedByHand', own =>
    [
      `class ${own}(BaseEstimator):`,
      `    def fit(self, ${features}, ${labels}):`,
      ...indented(fit),
      ...(predict ?? [])
    ].join('\n')
  );
  return `def make_model(n_features):\n    return ${name}()`;
}

/** `return self.model_.predict(X)`; what is read more than once gets its name back. */
function predictLines({ learned, lines, result }: IPrediction): string[] {
  const [only] = learned;
  const start = `${only}.`;
  if (learned.size === 1 && lines.length === 0 && result.startsWith(start)) {
    const rest = result.slice(start.length);
    if (!new RegExp(`\\b${only}\\b`).test(rest)) {
      return [`return self.${attributeOf(only)}.${rest}`];
    }
  }
  return [
    ...[...learned].map(name => `${name} = self.${attributeOf(name)}`),
    ...lines,
    `return ${result}`
  ];
}

/** The lines of a statement of the training. */
function linesOf(
  { statement, text }: IKnownStep,
  replacements: readonly IReplacement[]
): string[] {
  const inside = replacements.filter(({ node }) =>
    [...walk(statement)].includes(node)
  );
  if (inside.length === 0) {
    return text.statementSource(statement).split('\n');
  }
  return editedLines(text, statement, {
    insertions: inside.map(each => ({
      at: text.range(each.node).start,
      text: each.text
    })),
    cuts: inside.map(({ node }) => {
      const { start, end } = text.range(node);
      return { from: start, to: end };
    })
  });
}

/** An estimator is given arrays; the original may have frames and series. */
function pandasLines(names: readonly string[], training: ITraining): string[] {
  const { inPandas, byHand, writer } = training;
  return names
    .filter(name => inPandas.has(name))
    .map(name => {
      writer.import('import palimpsest.pandas as pd');
      const type = name === byHand.features ? 'DataFrame' : 'Series';
      return `${name} = pd.${type}(${name})`;
    });
}

/** What is changed in place must not be the matrix that was given. */
function copyLines({ plan, byHand }: ITraining): string[] {
  return [byHand.features, byHand.labels]
    .filter(name =>
      plan.slice.steps.some(({ effects }) => effects.mutates.has(name))
    )
    .map(name => `${name} = ${name}.copy()`);
}

/** Which of features and labels are read as frames or series. */
function namesInPandas(
  plan: ITrainingPlan,
  byHand: IHandTraining,
  analysis: IAnalysis
): Set<string> {
  const parts = new RowParts(byHand.features, byHand.labels, node =>
    analysis.machine.path(node)
  );
  const names = new Set<string>();
  for (const { statement } of plan.steps) {
    for (const node of walk(statement)) {
      if (
        node.nodeType === 'Attribute' &&
        /^(values|iloc|loc|to_numpy|index|columns)$/.test(node.attr)
      ) {
        const part = parts.of(node.value);
        if (part && /^(loc|index|columns)$/.test(node.attr)) {
          throw LiftRefusal.at(
            node,
            `The training reads \`.${node.attr}\`, which the matrix does not have.`
          );
        }
        if (part) {
          names.add(part.of === 'features' ? byHand.features : byHand.labels);
        }
      }
    }
    parts.note(statement);
  }
  return names;
}

// --- split --------------------------------------------------------------------------

/** The rows that a training was given, chosen outside of it. */
function splitOf(
  { fit, plan, writer, analysis }: ITraining,
  table: Table
): string | null {
  const { separated } = plan;
  if (!separated) {
    return null;
  }
  const chosen: IFit = {
    ...fit,
    line: separated.step.statement.lineno ?? fit.line,
    featuresNode: separated.features,
    labelsNode: separated.labels
  };
  return keptSplit(chosen, table, writer, { ...analysis, fit: chosen });
}

// --- what comes after -----------------------------------------------------------------

interface IAfter {
  source: string;
  /** What it reads of the training. */
  learned: Set<string>;
  lost: IFinding[];
}

/** The other statements of the cell, with what they read of run and model. */
function afterwards(training: ITraining): IAfter {
  const { plan, byHand } = training;
  const { separated } = plan;
  const given = new Map([
    [byHand.features, 'run.X'],
    [byHand.labels, 'run.y']
  ]);
  if (separated && separated.index !== null) {
    given.set(separated.index, 'run.train');
  }
  const learned = new Set<string>([byHand.output]);
  const read = new Set<string>();
  const lost: IFinding[] = [];
  const chosen = new Set<StmtNode>();
  for (const step of plan.others) {
    if (isSaidElsewhere(step, given, plan)) {
      continue;
    }
    const changed = changedSince(step, plan);
    const problem = [...step.effects.reads].some(name => changed.has(name))
      ? 'it comes before the training has ended'
      : neededFor(step, training, given, chosen, { learned, read });
    if (problem !== null && !separated?.choosing.has(step.statement)) {
      lost.push(lostStatement(step, problem));
    }
  }
  const lines = plan.steps
    .filter(({ statement }) => chosen.has(statement))
    .flatMap(step => tailLines(step, training));
  const bindings = [
    ...[...given]
      .filter(([name]) => read.has(name) && !learned.has(name))
      .map(([name, source]) => [name, pandasSource(name, source, training)]),
    ...[...learned].map(name => [name, `run.model.${attributeOf(name)}`])
  ];
  return {
    source: [
      ...bindings.map(([name, source]) => `${name} = ${source}`),
      ...lines
    ].join('\n'),
    learned,
    lost
  };
}

/** Constants stay, chosen rows are the run's, random numbers are drawn in `fit`. */
function isSaidElsewhere(
  { effects }: IKnownStep,
  given: ReadonlyMap<string, string>,
  plan: ITrainingPlan
): boolean {
  return (
    effects.writes.size > 0 &&
    [...effects.writes].every(
      name => given.has(name) || name.startsWith('<') || plan.isFixed(name)
    )
  );
}

/** What the training changes after a statement. */
function changedSince(step: IKnownStep, plan: ITrainingPlan): Set<string> {
  const at = plan.steps.indexOf(step);
  const later = plan.steps.slice(at + 1);
  return new Set(
    later
      .filter(({ statement }) => isIn(statement, plan.slice.steps))
      .flatMap(({ effects }) => [...effects.writes])
  );
}

function pandasSource(
  name: string,
  source: string,
  { inPandas, byHand, writer }: ITraining
): string {
  if (!inPandas.has(name)) {
    return source;
  }
  writer.import('import palimpsest.pandas as pd');
  return `pd.${name === byHand.features ? 'DataFrame' : 'Series'}(${source})`;
}

/** Choose a statement and those it depends on; why it cannot be kept, or null. */
function neededFor(
  step: IKnownStep,
  training: ITraining,
  given: ReadonlyMap<string, string>,
  chosen: Set<StmtNode>,
  found: { learned: Set<string>; read: Set<string> }
): string | null {
  const { plan, byHand } = training;
  const { made } = plan.slice;
  const learnedHere = (name: string): boolean =>
    made.has(name) && !(plan.separated && given.has(name));
  const isGiven = (name: string): boolean =>
    given.has(name) || learnedHere(name) || plan.isFixed(name);
  const before = plan.steps.slice(0, plan.steps.indexOf(step));
  const usable = stepsWithout(
    before.filter(
      other =>
        !isIn(other.statement, plan.slice.steps) &&
        ![...other.effects.writes].some(name => given.has(name))
    ),
    new Set(training.prediction?.place ? [training.prediction.place.node] : [])
  );
  const reads = readsOf(step, training);
  const wanted = reads.filter(name => !isGiven(name));
  if (
    [...step.effects.reads].some(name => name.startsWith('<') && made.has(name))
  ) {
    return 'it goes on drawing random numbers where the training stopped';
  }
  let slice;
  try {
    slice = trainingSlice(usable, wanted, isGiven);
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return error.reason;
    }
    throw error;
  }
  const [missing] = slice.missing.filter(
    name => !isGiven(name) && !step.effects.writes.has(name)
  );
  if (missing !== undefined) {
    return `the rewritten cells have no \`${missing}\``;
  }
  for (const each of [...slice.steps, step]) {
    chosen.add(each.statement);
    for (const name of readsOf(each, training)) {
      if (plan.isFixed(name)) {
        continue;
      }
      if (learnedHere(name) && !(name === byHand.features && !made.has(name))) {
        found.learned.add(name);
      } else if (given.has(name)) {
        found.read.add(name);
      }
    }
  }
  return null;
}

/** What a statement reads that it did not bind itself, as it is written in the end. */
function readsOf(
  step: IKnownStep,
  { prediction, byHand }: ITraining
): string[] {
  const place = prediction?.place;
  const hidden =
    place?.step.statement === step.statement ? new Set([place.node]) : null;
  const [seen] = hidden ? stepsWithout([step], hidden) : [step];
  const bound = new Set(
    [...walk(step.statement)].flatMap(node =>
      node.nodeType === 'For'
        ? [...walk(node.target)].flatMap(part =>
            part.nodeType === 'Name' ? [part.id] : []
          )
        : []
    )
  );
  return [
    ...[...seen.effects.reads].filter(name => !bound.has(name)),
    ...(place && hidden
      ? (place.rows.match(/[A-Za-z_]\w*/g) ?? []).filter(
          name => step.effects.reads.has(name) || name === byHand.features
        )
      : [])
  ];
}

/** A statement behind the training, which asks the model where it predicts. */
function tailLines(
  step: IKnownStep,
  { prediction, plan }: ITraining
): string[] {
  const place = prediction?.place;
  const asked =
    place?.step.statement === step.statement
      ? [{ node: place.node, text: `run.model.predict(${place.rows})` }]
      : [];
  return linesOf(step, [...plan.counts, ...asked]);
}

function lostStatement({ statement, text }: IKnownStep, why: string): IFinding {
  const [first] = text.source(statement).split('\n');
  return {
    kind: 'lost-statement',
    severity: 'warning',
    message: `\`${first}\` is left out: ${why}.`,
    line: statement.lineno ?? 1
  };
}
