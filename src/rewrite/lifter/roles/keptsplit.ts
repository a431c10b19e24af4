/**
 * Splits by hand: the statements that choose the training rows, as a function of
 * the table.
 */
import { walk } from 'py-ast';
import type { ExprNode } from 'py-ast';

import type { IAnalysis } from '../analysis';
import { loadedNames } from '../celltext';
import { givenTable } from '../kept/given';
import type { Choice, IChosen } from '../kept/selection';
import { chosenRows } from '../kept/selection';
import { sliceOf, stepsOf, writtenNames } from '../kept/slicing';
import type { IStep } from '../kept/slicing';
import type { Table } from '../plan';
import { LiftRefusal } from '../refusal';
import type { IFit } from '../run';
import type { CellWriter } from './cellwriter';
import { isAfterFit, isKeptName } from './keptfeatures';

/** What is given to `fit`: variables, and how their rows are chosen. */
export interface IFitted {
  features: IChosen;
  labels: IChosen | null;
}

/** Read from the source what a model is fitted on. */
export function fittedRows(fit: IFit, analysis: IAnalysis): IFitted {
  const steps = stepsOf(analysis.cells);
  const here = steps.find(
    ({ cell, statement }) =>
      cell.index === fit.cell &&
      (statement.lineno ?? 1) <= fit.line &&
      (statement.end_lineno ?? fit.line) >= fit.line
  );
  if (!here) {
    throw new LiftRefusal(fit.line, 'The training is inside a function.');
  }
  const path = (node: ExprNode) => analysis.machine.path(node);
  return {
    features: chosenRows(fit.featuresNode, here, steps, path),
    labels: fit.labelsNode
      ? chosenRows(fit.labelsNode, here, steps, path)
      : null
  };
}

/** A function that says which rows of the table a model is trained on. */
export function keptSplit(
  fit: IFit,
  table: Table,
  writer: CellWriter,
  analysis: IAnalysis
): string | null {
  const { features, labels } = fittedRows(fit, analysis);
  const whole = analysis.matrix?.matrix.name ?? analysis.named.encode?.name;
  if (features.choice.by === 'all' && whole && features.name !== whole) {
    return byNumbers(fit, whole, table, writer, analysis);
  }
  if (!sameChoice(features.choice, labels?.choice ?? features.choice)) {
    throw new LiftRefusal(
      fit.line,
      'Features and labels are not of the same rows.'
    );
  }
  const { choice } = features;
  if (choice.by === 'all') {
    return null;
  }
  const names = { features: features.name, labels: labels?.name ?? null };
  return choice.by === 'split'
    ? splitCall(choice, names, writer)
    : indexed(choice, names, table, writer, analysis);
}

/** Calls that put chosen rows together again. */
const GATHERING = /^(numpy\.(array|asarray|vstack|stack|concatenate)|list)$/;

/**
 * Rows that are gathered one by one: the statements that gather them, run on the
 * numbers of the rows in place of their features.
 */
function byNumbers(
  fit: IFit,
  whole: string,
  table: Table,
  writer: CellWriter,
  analysis: IAnalysis
): string {
  const refuse = (node: ExprNode): never => {
    throw LiftRefusal.at(
      node,
      'Which rows of the features are trained on cannot be told.'
    );
  };
  const { machine } = analysis;
  const given = givenTable(table, analysis);
  const labels = analysis.label?.label.name ?? analysis.named.label?.name;
  const known = new Set([...given.names, whole, ...(labels ? [labels] : [])]);
  const isKept = (name: string) => isKeptName(name, analysis);
  const before = given.after.filter(step => !isAfterFit(step, analysis));
  const wanted = [...loadedNames(fit.featuresNode)];
  const { steps: sliced, missing } = sliceOf(
    before.filter(step => !writes(step, [...known])),
    wanted,
    { given: known, isKept }
  );
  const steps = sliced.length > 0 ? withRandomness(sliced, before) : [];
  const nodes = [...steps.map(step => step.statement), fit.featuresNode];
  const used = new Set(nodes.flatMap(node => [...loadedNames(node)]));
  if (missing.length > 0 || !used.has(whole)) {
    refuse(fit.featuresNode);
  }
  for (const node of walk(fit.featuresNode)) {
    if (node.nodeType === 'Call') {
      const path = machine.path(node.func);
      if (path === null || !GATHERING.test(path)) {
        refuse(node);
      }
    }
  }
  writer.import('import numpy as np');
  const text = analysis.cells[fit.cell].text;
  const chosen = text?.source(fit.featuresNode) ?? '';
  const lines = [
    ...([...given.names].some(name => used.has(name))
      ? given.prelude(used, false)
      : []),
    `${whole} = np.arange(len(frame))  # the numbers of the rows in their place`,
    ...(labels && used.has(labels)
      ? [`${labels} = np.asarray(extract_label(frame))`]
      : []),
    ...steps.flatMap(step =>
      step.text.statementSource(step.statement).split('\n')
    )
  ];
  return [
    'def in_training(frame):',
    ...lines.map(line => (line === '' ? '' : `    ${line}`)),
    `    return np.isin(np.arange(len(frame)), ${chosen})`
  ].join('\n');
}

function sameChoice(a: Choice, b: Choice): boolean {
  if (a.by === 'index' && b.by === 'index') {
    return a.step.text.source(a.index) === b.step.text.source(b.index);
  }
  return a.by === 'split' && b.by === 'split'
    ? a.call === b.call
    : a.by === b.by;
}

interface INames {
  features: string | null;
  labels: string | null;
}

/** The rows that `train_test_split` chooses depend on their number alone. */
function splitCall(
  { call, step }: Extract<Choice, { by: 'split' }>,
  names: INames,
  writer: CellWriter
): string {
  const options = call.keywords.map(({ arg, value }) => {
    const source = step.text.source(value);
    if (arg === 'stratify' && names.labels !== null && source !== 'None') {
      const root = value.nodeType === 'Name' ? value.id : null;
      if (root !== names.labels) {
        throw LiftRefusal.at(
          value,
          'What this split is stratified by is not known.'
        );
      }
      return 'stratify=extract_label(frame)';
    }
    return `${arg ?? ''}=${source}`;
  });
  const fixed = options.some(option =>
    /^(random_state=|shuffle=False)/.test(option)
  );
  if (!fixed) {
    throw LiftRefusal.at(
      call,
      'A split without `random_state` is another one at every run.'
    );
  }
  writer.import('import numpy as np');
  writer.import('from sklearn.model_selection import train_test_split');
  return [
    'def in_training(frame):',
    '    rows = np.arange(len(frame))',
    `    chosen, _ = train_test_split(rows, ${options.join(', ')})`,
    '    return np.isin(rows, chosen)'
  ].join('\n');
}

const RANDOM = /\b(random|rng|shuffle|permutation)\b/;
const SEEDED =
  /seed\(\s*\w+|(default_rng|RandomState|Random)\(\s*\w+|random_state\s*=\s*\w+/;

/** The statements that make an index of rows. */
function indexed(
  choice: Extract<Choice, { by: 'index' }>,
  names: INames,
  table: Table,
  writer: CellWriter,
  analysis: IAnalysis
): string {
  const given = givenTable(table, analysis);
  const sized = [names.features, names.labels].filter(name => name !== null);
  const known = new Set([...given.names, ...sized]);
  const isKept = (name: string) => isKeptName(name, analysis);
  const before = given.after.filter(step => !isAfterFit(step, analysis));
  const wanted = [...loadedNames(choice.index)];
  const { steps: sliced, missing } = sliceOf(
    before.filter(step => !writes(step, sized)),
    wanted.filter(name => !known.has(name)),
    { given: known, isKept }
  );
  if (missing.length > 0) {
    throw LiftRefusal.at(
      choice.index,
      `Which rows are trained on depends on \`${missing[0]}\`.`
    );
  }
  const steps = withRandomness(sliced, before);
  checkSizes(names.features, [
    ...steps.map(step => step.statement),
    choice.index
  ]);
  const used = new Set([
    ...wanted,
    ...steps.flatMap(({ statement }) => [...loadedNames(statement)])
  ]);
  writer.import('import numpy as np');
  const lines = [
    ...([...given.names].some(name => used.has(name))
      ? given.prelude(used, false)
      : []),
    ...(names.features !== null && used.has(names.features)
      ? [`${names.features} = frame`]
      : []),
    ...(names.labels !== null && used.has(names.labels)
      ? [`${names.labels} = np.asarray(extract_label(frame))`]
      : []),
    ...steps.flatMap(step =>
      step.text.statementSource(step.statement).split('\n')
    ),
    'rows = np.arange(len(frame))'.replace(
      'rows',
      known.has('rows') ? 'numbers' : 'rows'
    )
  ];
  const numbers = known.has('rows') ? 'numbers' : 'rows';
  const index = choice.step.text.source(choice.index);
  return [
    'def in_training(frame):',
    ...lines.map(line => (line === '' ? '' : `    ${line}`)),
    `    return np.isin(${numbers}, ${numbers}[${index}])`
  ].join('\n');
}

/** Whether a step makes the features or labels and nothing else. */
function writes(step: IStep, names: readonly string[]): boolean {
  const written = [...writtenNames(step)];
  return written.length > 0 && written.every(name => names.includes(name));
}

/** What draws random numbers must be seeded, and drawn in the same order. */
function withRandomness(
  sliced: readonly IStep[],
  all: readonly IStep[]
): IStep[] {
  const isRandom = ({ statement, text }: IStep) =>
    !/^(Import|ImportFrom|FunctionDef|ClassDef)$/.test(statement.nodeType) &&
    RANDOM.test(text.source(statement));
  if (!sliced.some(isRandom)) {
    return [...sliced];
  }
  const steps = all.filter(step => sliced.includes(step) || isRandom(step));
  if (
    !steps.some(({ text, statement }) => SEEDED.test(text.source(statement)))
  ) {
    throw new LiftRefusal(
      sliced[0].statement.lineno ?? 1,
      'A split without a seed is another one at every run.'
    );
  }
  return steps;
}

/** Of the features a split may know how many rows there are, nothing else. */
function checkSizes(
  name: string | null,
  nodes: readonly Parameters<typeof walk>[0][]
): void {
  for (const node of nodes.flatMap(each => [...walk(each)])) {
    if (
      node.nodeType === 'Subscript' &&
      node.value.nodeType === 'Name' &&
      node.value.id === name
    ) {
      throw LiftRefusal.at(
        node,
        'Which rows are trained on depends on the features.'
      );
    }
  }
}
