/**
 * The training: `make_model(n_features)`, the split, the pipeline and its run, and
 * what the original goes on to do with the model.
 */
import type { StmtNode } from 'py-ast';

import type { IFinding } from '../../interfaces';
import type { IAnalysis } from '../analysis';
import { unselected } from '../analysis';
import { loadedNames, storedNames } from '../celltext';
import type { Expr } from '../expression';
import { negate } from '../logic';
import type { ICellRun, IFit } from '../run';
import type { Table } from '../plan';
import { LiftRefusal } from '../refusal';
import { sameExpr } from '../traversal';
import { PURE_BUILTINS } from '../typing';
import type { ISplit, Selection, Value } from '../values';
import type { CellWriter } from './cellwriter';
import { frameFunction } from './label';
import { sourcesOf } from './prepare';
import { fittedRows, keptSplit } from './keptsplit';
import type { IFitted } from './keptsplit';
import type { IWritten } from './prepare';

/** Write the cell that trains. */
export function writeTrain(
  writer: CellWriter,
  fit: IFit,
  table: Table,
  analysis: IAnalysis,
  name: string
): IWritten {
  const { cell } = writer;
  writer.import('import palimpsest');
  if (fit.estimator.name !== null) {
    writer.drop(fit.estimator.name);
  }
  const model = `def make_model(n_features):\n    return ${fit.estimator.text}`;
  const split = splitFunction(fit, table, writer, analysis);
  const running = pipelineRun(name, split !== null, table, analysis);
  const { source: after, lost } = afterwards(cell, fit, writer, analysis);
  writer.add(model);
  if (split) {
    writer.add(split);
  }
  writer.add([running, ...(after === '' ? [] : [after])].join('\n\n'));
  return {
    observation: { kind: 'variable', name: fit.estimator.name ?? 'model' },
    findings: lost
  };
}

/** The pipeline and its run. */
export function pipelineRun(
  name: string,
  isSplit: boolean,
  table: Table,
  analysis: IAnalysis
): string {
  const parts = ['prepare', 'encode_features', 'extract_label', 'make_model'];
  const options = isSplit ? ['split=in_training', 'fit_encoders_on="all"'] : [];
  const sources = sourcesOf(table, analysis)
    .signature()
    .map(source => `${source.name}=${source.path}`);
  return [
    'pipeline = palimpsest.Pipeline(',
    `    "${name}",`,
    ...[...parts, ...options].map(part => `    ${part},`),
    ')',
    `run = pipeline.run(${sources.join(', ')})`
  ].join('\n');
}

// --- the split --------------------------------------------------------------------

/** How the training rows were chosen; null when all were used. */
export function selectionOf(fit: IFit): Selection | null {
  const selections = [fit.features, fit.labels].map(value =>
    value?.kind === 'selected' ? value.selection : null
  );
  const [features, labels] = selections;
  if (!features && !labels) {
    return null;
  }
  if (!features || !labels || !sameSelection(features, labels)) {
    throw new LiftRefusal(
      fit.line,
      'Features and labels are not of the same rows.'
    );
  }
  return features;
}

function sameSelection(a: Selection, b: Selection): boolean {
  return a.by === 'mask'
    ? b.by === 'mask' && sameExpr(a.mask, b.mask)
    : b.by === 'split' && a.split === b.split && a.part === b.part;
}

function splitFunction(
  fit: IFit,
  table: Table,
  writer: CellWriter,
  analysis: IAnalysis
): string | null {
  if (isUnknown(fit.features) || isUnknown(fit.labels)) {
    return keptSplit(fit, table, writer, analysis);
  }
  const selection = selectionOf(fit);
  if (!selection) {
    return null;
  }
  return selection.by === 'mask'
    ? frameFunction('in_training', selection.mask, table, writer, analysis)
    : callSplit(selection.split, writer);
}

function isUnknown(value: Value | null): boolean {
  return (
    value?.kind === 'unknown' ||
    value?.kind === 'pandas' ||
    (value?.kind === 'selected' && isUnknown(value.of))
  );
}

/** The rows that `train_test_split` chooses depend on their number alone. */
function callSplit(split: ISplit, writer: CellWriter): string {
  writer.import('import numpy as np');
  writer.import('from sklearn.model_selection import train_test_split');
  return [
    'def in_training(frame):',
    '    rows = np.arange(len(frame))',
    `    chosen, _ = train_test_split(rows, ${split.arguments.join(', ')})`,
    '    return np.isin(rows, chosen)'
  ].join('\n');
}

// --- what comes after ---------------------------------------------------------------

/** The statements behind the training that still make sense, with their variables. */
function afterwards(
  cell: ICellRun,
  fit: IFit,
  writer: CellWriter,
  analysis: IAnalysis
): { source: string; lost: IFinding[] } {
  const kept = isUnknown(fit.features) || isUnknown(fit.labels);
  const context: IBindingContext = {
    fit,
    fitted: kept ? fittedRows(fit, analysis) : null,
    writer,
    analysis
  };
  const lost: IFinding[] = [];
  const bound = new Map<string, string>();
  const stored = new Set<string>();
  const lines: string[] = [];
  for (const statement of cell.text?.module.body ?? []) {
    if (isReplaced(statement, cell, fit, analysis)) {
      continue;
    }
    const needed = [...loadedNames(statement)].filter(
      name => !stored.has(name) && !storedNames([statement]).has(name)
    );
    const bindings = needed.map(
      name => [name, bindingOf(name, context)] as const
    );
    const unknown =
      bindings.find(([, source]) => source === null) ??
      bindings.find(([, source]) => isFrameAgain(source, statement, writer));
    if (unknown) {
      lost.push(lostStatement(statement, unknown[0], writer));
      continue;
    }
    for (const [name, source] of bindings) {
      if (source !== null && source !== name) {
        bound.set(name, source);
      }
    }
    storedNames([statement]).forEach(name => stored.add(name));
    lines.push(writer.text.statementSource(statement));
  }
  return { source: [...assignments(bound), ...lines].join('\n'), lost };
}

/** Whether a statement takes the arrays of the run for frames. */
function isFrameAgain(
  source: string | null,
  statement: StmtNode,
  writer: CellWriter
): boolean {
  return (
    (source === 'run.X' || source === 'run.y') &&
    /\.(iloc|loc|values|columns|index|to_numpy|head)\b/.test(
      writer.text.source(statement)
    )
  );
}

function lostStatement(
  statement: StmtNode,
  name: string,
  writer: CellWriter
): IFinding {
  const [first] = writer.text.source(statement).split('\n');
  return {
    kind: 'lost-statement',
    severity: 'warning',
    message: `\`${first}\` is left out: the rewritten cells have no \`${name}\`.`,
    line: statement.lineno ?? 1
  };
}

/** What the run has under a name in one line, the rest a line each. */
function assignments(bound: ReadonlyMap<string, string>): string[] {
  const parts = ['run.model', 'run.X', 'run.y', 'run.train'];
  const direct = [...bound]
    .filter(([, source]) => parts.includes(source))
    .sort(([, a], [, b]) => parts.indexOf(a) - parts.indexOf(b));
  const others = [...bound].filter(([, source]) => !parts.includes(source));
  const names = direct.map(([name]) => name).join(', ');
  const sources = direct.map(([, source]) => source).join(', ');
  return [
    ...(direct.length > 0 ? [`${names} = ${sources}`] : []),
    ...others.map(([name, source]) => `${name} = ${source}`)
  ];
}

/** Definitions, the training itself, and what prepares it. */
function isReplaced(
  statement: StmtNode,
  cell: ICellRun,
  fit: IFit,
  analysis: IAnalysis
): boolean {
  if ([...cell.kept.values()].includes(statement)) {
    return true;
  }
  const first = statement.lineno ?? 1;
  const last = statement.end_lineno ?? first;
  if (fit.line >= first && fit.line <= last) {
    return true;
  }
  const names = [...storedNames([statement])];
  return (
    names.length > 0 &&
    names.every(name =>
      analysis.machine.events.some(
        event =>
          event.cell === cell.index &&
          event.name === name &&
          event.line >= first &&
          event.line <= last &&
          isPipelineValue(event.value)
      )
    )
  );
}

function isPipelineValue(value: Value): boolean {
  return ['array', 'matrix', 'selected', 'list', 'rows'].includes(value.kind);
}

interface IBindingContext {
  fit: IFit;
  /** What is fitted, where it had to be read from the source. */
  fitted: IFitted | null;
  writer: CellWriter;
  analysis: IAnalysis;
}

/** Source for a variable of the original after the run; null when there is none. */
function bindingOf(name: string, context: IBindingContext): string | null {
  const { fit, analysis } = context;
  if (name === fit.estimator.name) {
    return 'run.model';
  }
  if (name === context.fitted?.features.name) {
    return 'run.X';
  }
  if (name === context.fitted?.labels?.name) {
    return 'run.y';
  }
  const value = analysis.machine.env.get(name);
  if (value === undefined) {
    return PURE_BUILTINS.has(name) || name === 'print' ? name : null;
  }
  if (value.kind === 'scalar') {
    return value.expr.kind === 'name' ? name : null;
  }
  if (value.kind === 'list') {
    return positionsSource(value, context);
  }
  return arraySource(value, context);
}

function arraySource(value: Value, context: IBindingContext): string | null {
  const { fit } = context;
  if (value.kind === 'selected') {
    const of = arraySource(value.of, context);
    const mask = maskSource(value.selection, context);
    return of === null || mask === null ? null : `${of}[${mask}]`;
  }
  if (value === unselected(fit.features)) {
    return 'run.X';
  }
  if (fit.labels && value === unselected(fit.labels)) {
    return 'run.y';
  }
  return value.kind === 'array'
    ? maskSource({ by: 'mask', mask: value.expr }, context)
    : null;
}

/** A mask by what the run knows: the training rows, or all others. */
function maskSource(
  selection: Selection,
  { fit, fitted }: IBindingContext
): string | null {
  if (fitted) {
    return null;
  }
  const train = selectionOf(fit);
  if (!train) {
    return null;
  }
  if (sameSelection(selection, train)) {
    return 'run.train';
  }
  if (selection.by === 'split') {
    return train.by === 'split' && selection.split === train.split
      ? '~run.train'
      : null;
  }
  return train.by === 'mask' && complement(selection.mask, train.mask)
    ? '~run.train'
    : null;
}

function complement(a: Expr, b: Expr): boolean {
  return sameExpr(a, negate(b)) || sameExpr(negate(a), b);
}

/** Row numbers chosen by a condition. */
function positionsSource(
  value: Extract<Value, { kind: 'list' }>,
  context: IBindingContext
): string | null {
  const [entry] = value.build.entries;
  if (
    entry?.added.kind !== 'scalar' ||
    entry.added.expr.kind !== 'position' ||
    entry.path.length !== 1
  ) {
    return null;
  }
  const mask = maskSource(
    { by: 'mask', mask: entry.path[0].condition },
    context
  );
  if (mask === null) {
    return null;
  }
  context.writer.import('import numpy as np');
  return `np.flatnonzero(${mask})`;
}
