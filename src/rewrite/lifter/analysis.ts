/**
 * What the cells of a notebook do for its pipeline: which one makes the training
 * table, the feature matrix, the labels and the model.
 */
import { parse } from 'py-ast';
import type { StmtNode } from 'py-ast';

import type { ICodeCell, Role } from '../interfaces';
import { CellText, SyntaxProblem, loadedNames, storedNames } from './celltext';
import type { Expr } from './expression';
import { collectedTables } from './collected';
import { IDIOMS } from './idioms';
import { readerOf } from './kept/given';
import { handTraining } from './kept/training/handtraining';
import { handedOn, keptRows, makerOf } from './kept/rows/keptrows';
import { boundNames, stepsOf, writtenNames } from './kept/slicing';
import { Machine } from './machine';
import type { ICellRun, IEvent, IFit } from './run';
import type { IOutputs } from './outputs';
import type { PandasObject } from './pandasobject';
import type { Plan, Table } from './plan';
import { LiftRefusal } from './refusal';
import { fittedRows } from './roles/keptsplit';
import { chosenFrame, tableOfFrame } from './tablechoice';
import { tableOf } from './tables';
import { sameExpr } from './traversal';
import type { Block, INamedBlock, Value } from './values';

/** The feature matrix. */
export interface IMatrix {
  name: string;
  plan: Plan;
  blocks: readonly INamedBlock[];
}

/** The labels: one value a row. */
export interface ILabel {
  name: string;
  plan: Plan;
  expr: Expr;
}

/** A variable and the cell that makes it. */
export interface INamedResult {
  name: string;
  cell: number;
}

/** The parts of the pipeline that were found, and where. */
export interface IAnalysis {
  machine: Machine;
  cells: readonly ICellRun[];
  table: { cell: number; table: Table } | null;
  matrix: { cell: number; matrix: IMatrix } | null;
  label: { cell: number; label: ILabel } | null;
  fit: IFit | null;
  /** The variables that hold features and labels, where nothing more is known. */
  named: { encode: INamedResult | null; label: INamedResult | null };
  /** The roles of each cell, by index. */
  roles: ReadonlyMap<number, readonly Role[]>;
}

/** Run a notebook symbolically and find the parts of its pipeline. */
export function analyse(
  cells: readonly ICodeCell[],
  options: {
    staleAsConstant?: boolean;
    outputs?: IOutputs;
    /** The files that there are, as far as they are known. */
    files?: readonly string[];
    /** Keep how rows are collected even where the rules know better. */
    keepRows?: boolean;
    /** What is kept reads files of the csv module as lines. */
    csvAsLines?: boolean;
  } = {}
): IAnalysis {
  const runs = cells.map(cellRun);
  const machine = new Machine(runs, IDIOMS, {
    staleAsConstant: options.staleAsConstant ?? false,
    csvAsLines: options.csvAsLines,
    files: options.files
  });
  const tables: Table[] = [];
  machine.run(cell => {
    keepRows(machine, cell, options);
    tables.push(...collectedTables(machine, cell));
  });
  const fit = trainingOf(machine, options.outputs);
  const analysis: IAnalysis = {
    machine,
    cells: runs,
    fit,
    table: null,
    matrix: null,
    label: null,
    named: { encode: null, label: null },
    roles: new Map()
  };
  const fitted = fit ? fittedNames(fit, analysis) : null;
  analysis.matrix =
    matrixOf(machine, fit) ?? namedMatrix(machine, fitted?.features);
  analysis.label = labelOf(machine, fit) ?? namedLabel(machine, fitted?.labels);
  const { matrix, label } = analysis;
  const plan = matrix?.matrix.plan ?? label?.label.plan ?? null;
  analysis.table =
    trainingTable(machine, tables, plan, options.outputs) ??
    frameTable(analysis, fitted?.features, options.outputs);
  analysis.named = namedResults(analysis, options.outputs);
  analysis.roles = rolesOf(analysis);
  return analysis;
}

/** The last call of `fit`; a training by hand where there is none for the result. */
function trainingOf(machine: Machine, outputs: IOutputs = {}): IFit | null {
  const last = machine.fits[machine.fits.length - 1] ?? null;
  const { train } = outputs;
  const isMeant =
    last !== null &&
    (train === undefined || last.estimator.name === train) &&
    isSettled(last, machine);
  return isMeant ? last : (handTraining(machine, outputs) ?? last);
}

/** Whether an estimator is made of what stays: no variable of a loop, no own class. */
function isSettled({ estimator }: IFit, machine: Machine): boolean {
  const names = [...loadedNames(parse(estimator.text))];
  const kept = machine.cells.flatMap(cell =>
    [...cell.kept].flatMap(([name, statement]) =>
      cell.text?.module.body.includes(statement) &&
      statement.nodeType !== 'ClassDef'
        ? [name]
        : []
    )
  );
  return names.every(name => kept.includes(name) || !machine.env.has(name));
}

/** Rows that the rules cannot follow are collected as the original does it. */
function keepRows(
  machine: Machine,
  cell: ICellRun,
  options: { outputs?: IOutputs; keepRows?: boolean }
): void {
  const said = options.outputs?.prepare;
  const names =
    said !== undefined
      ? makerOf(said, machine) === cell
        ? [said]
        : []
      : handedOn(cell, machine);
  const lost = names.filter(
    name => options.keepRows === true || !isFollowed(machine.env.get(name))
  );
  const kept = lost.flatMap(name => {
    try {
      return [{ name, ...keptRows(name, cell, machine) }];
    } catch (error) {
      if (!(error instanceof LiftRefusal)) {
        throw error;
      }
      if (said !== undefined) {
        error.cell ??= cell.index;
        cell.refusals.push(error);
      }
      return [];
    }
  });
  const [only] = kept;
  if (only && kept.length === 1) {
    const { name, value, line } = only;
    machine.env.set(name, value);
    machine.events.push({ cell: cell.index, name, value, line });
  }
}

/** Whether the rules know what a variable holds. */
function isFollowed(value: Value | undefined): boolean {
  return (
    value !== undefined &&
    !['unknown', 'carried', 'stale'].includes(value.kind) &&
    !(value.kind === 'list' && !value.build.isKnown())
  );
}

function rolesOf({
  table,
  matrix,
  label,
  fit,
  named
}: IAnalysis): ReadonlyMap<number, readonly Role[]> {
  const roles = new Map<number, Role[]>();
  const add = (cell: number | undefined, role: Role): void => {
    if (cell !== undefined) {
      roles.set(cell, [...(roles.get(cell) ?? []), role]);
    }
  };
  add(table?.cell, 'prepare');
  add(matrix?.cell ?? named.encode?.cell, 'encode');
  add(label?.cell ?? named.label?.cell, 'label');
  add(fit?.cell, 'train');
  return roles;
}

/** The variables of features and labels by their names alone. */
function namedResults(
  analysis: IAnalysis,
  outputs: IOutputs = {}
): IAnalysis['named'] {
  const { fit, table } = analysis;
  if (!table || (table.table.made.file && !readerOf(table.table, analysis))) {
    return { encode: null, label: null };
  }
  const fitted = fit ? fittedNames(fit, analysis) : null;
  const find = (
    said: string | undefined,
    used: string | null | undefined,
    usual: RegExp
  ): INamedResult | null => {
    const steps = stepsOf(analysis.cells).filter(
      ({ cell }) => (!fit || cell.index <= fit.cell) && cell.index >= table.cell
    );
    const names = new Set(
      steps.flatMap(({ statement }) => [...storedNames([statement])])
    );
    const name = [said, used, ...names].find(
      (each): each is string =>
        typeof each === 'string' &&
        names.has(each) &&
        (each === said || each === used || (!fit && usual.test(each)))
    );
    const last = steps
      .filter(step => name !== undefined && writtenNames(step).has(name))
      .pop();
    const sure = name === said || name === used;
    return name !== undefined && last && (sure || last.cell.index > table.cell)
      ? { name, cell: last.cell.index }
      : null;
  };
  const { matrix, label } = analysis;
  return {
    encode: find(
      outputs.encode,
      fitted?.features ?? matrix?.matrix.name,
      /^(X|features|feats)$/
    ),
    label: find(
      outputs.label,
      fitted?.labels ?? label?.label.name,
      /^(y|labels?|targets?)$/i
    )
  };
}

/** Whether nothing changed a frame after that could not be followed. */
function isFinal(
  { object, event }: { object: PandasObject; event: IEvent },
  { cells }: IAnalysis,
  features: { cell: number; line: number } | null
): boolean {
  const last = stepsOf(cells)
    .filter(
      step =>
        step.cell.index === event.cell &&
        (features?.cell !== event.cell ||
          (step.statement.lineno ?? 1) < features.line) &&
        writtenNames(step).has(event.name)
    )
    .pop();
  return last?.statement === object.step.statement;
}

/** The frame of pandas that the features are made from. */
function frameTable(
  analysis: IAnalysis,
  fitted: string | null | undefined,
  outputs: IOutputs = {}
): IAnalysis['table'] {
  const { machine, matrix, fit } = analysis;
  const name = outputs.encode ?? fitted ?? matrix?.matrix.name ?? 'X';
  const steps = stepsOf(analysis.cells).filter(
    step =>
      writtenNames(step).has(name) && (!fit || step.cell.index <= fit.cell)
  );
  const [first] = steps;
  const last = steps[steps.length - 1];
  const features = last
    ? {
        cell: last.cell.index,
        line: (first.cell === last.cell ? first : last).statement.lineno ?? 1
      }
    : null;
  const events = fit
    ? machine.events.filter(event => event.cell <= fit.cell)
    : machine.events;
  const found = chosenFrame(events, { said: outputs.prepare, features });
  return found && isFinal(found, analysis, features)
    ? {
        cell: found.event.cell,
        table: tableOfFrame(found.object, found.event)
      }
    : null;
}

function fittedNames(
  fit: IFit,
  analysis: IAnalysis
): { features: string | null; labels: string | null } | null {
  try {
    const { features, labels } = fittedRows(fit, analysis);
    return { features: features.name, labels: labels?.name ?? null };
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return null;
    }
    throw error;
  }
}

function cellRun(cell: ICodeCell, index: number): ICellRun {
  const run: ICellRun = {
    index,
    id: cell.id,
    text: null,
    problem: null,
    refusals: [],
    outputs: [],
    inlined: new Set(),
    kept: new Map()
  };
  try {
    return { ...run, text: new CellText(cell.originalSource ?? cell.source) };
  } catch (error) {
    if (error instanceof SyntaxProblem) {
      return { ...run, problem: error };
    }
    throw error;
  }
}

// --- the training table ---------------------------------------------------------

function trainingTable(
  machine: Machine,
  tables: readonly Table[],
  plan: Plan | null,
  outputs: IOutputs = {}
): IAnalysis['table'] {
  if (plan?.op === 'table') {
    return { cell: plan.table.made.cell, table: plan.table };
  }
  if (plan?.op === 'frame') {
    return null;
  }
  const made = [...tables];
  for (const file of machine.files) {
    if (file.spoiled === null && file.entries.length > 0) {
      try {
        made.push(tableOf(file));
      } catch (error) {
        if (!(error instanceof LiftRefusal)) {
          throw error;
        }
        error.cell ??= file.cell;
        machine.cells[file.cell].refusals.push(error);
      }
    }
  }
  made.sort((a, b) => a.made.cell - b.made.cell || a.made.line - b.made.line);
  const said = made.find(
    table =>
      outputs.prepare !== undefined &&
      (table.made.variable === outputs.prepare ||
        table.made.file?.path.value === outputs.prepare)
  );
  const frames = machine.events.some(
    ({ value }) => value.kind === 'pandas' && value.object.type === 'frame'
  );
  const last = said ?? (frames ? undefined : made[made.length - 1]);
  const sure = last && (last === said || !isOvertaken(last, machine));
  return last && sure ? { cell: last.made.cell, table: last } : null;
}

/** Whether later cells go on with something else of the same cell. */
function isOvertaken({ made }: Table, machine: Machine): boolean {
  const steps = stepsOf(machine.cells);
  const before = new Set(
    steps
      .filter(({ cell }) => cell.index === made.cell)
      .flatMap(step => [...writtenNames(step)])
  );
  const read = new Set(
    steps
      .filter(({ cell }) => cell.index > made.cell)
      .flatMap(({ statement }) => namesRead(statement))
  );
  return [...read].some(name => {
    const value = machine.env.get(name);
    const lost =
      value?.kind === 'unknown' ||
      (value?.kind === 'list' && !value.build.isKnown());
    return lost && before.has(name);
  });
}

/** What a statement reads that it does not bind itself. */
function namesRead(statement: StmtNode): string[] {
  const own = boundNames(statement);
  return [...loadedNames(statement)].filter(name => !own.has(name));
}

// --- features and labels ----------------------------------------------------------

/** The matrix in a variable that is trained on, whatever rows of it are. */
function namedMatrix(
  machine: Machine,
  name: string | null | undefined
): IAnalysis['matrix'] {
  const last = lastEvent(machine, name);
  const matrix = last && asMatrix(last.value, last.name);
  return last && matrix ? { cell: last.cell, matrix } : null;
}

/** How a variable got what it holds in the end; null when that is not known. */
function lastEvent(
  machine: Machine,
  name: string | null | undefined
): IEvent | null {
  const last = machine.events.filter(event => event.name === name).pop();
  return last && machine.env.get(last.name) === last.value ? last : null;
}

/** The labels in a variable that is trained on, whatever rows of it are. */
function namedLabel(
  machine: Machine,
  name: string | null | undefined
): IAnalysis['label'] {
  const last = lastEvent(machine, name);
  const label = last && asLabel(last.value, last.name);
  return last && label ? { cell: last.cell, label } : null;
}

function matrixOf(machine: Machine, fit: IFit | null): IAnalysis['matrix'] {
  if (!fit) {
    const events = machine.events.filter(
      ({ name, value }) =>
        machine.env.get(name) === value &&
        (value.kind === 'matrix' ||
          (value.kind === 'array' && /^(X|features)$/.test(name)))
    );
    const last = events[events.length - 1];
    const matrix = last && asMatrix(last.value, last.name);
    return matrix ? { cell: last.cell, matrix } : null;
  }
  const matrix = asMatrix(unselected(fit.features), 'X');
  if (!matrix) {
    return null;
  }
  const first = machine.events.find(event => {
    const other = asMatrix(event.value, event.name);
    return other !== null && sameMatrix(other, matrix);
  });
  return first
    ? { cell: first.cell, matrix: { ...matrix, name: first.name } }
    : { cell: fit.cell, matrix };
}

/** An array or matrix whatever rows of it were chosen. */
export function unselected(value: Value): Value {
  return value.kind === 'selected' ? unselected(value.of) : value;
}

function asMatrix(value: Value, name: string): IMatrix | null {
  if (value.kind === 'matrix') {
    return { name, plan: value.plan, blocks: value.blocks };
  }
  if (value.kind !== 'array') {
    return null;
  }
  const { expr, plan } = value;
  const block: Block =
    value.dimensions === 2
      ? { kind: 'number', expr }
      : { kind: 'vector', expr, flat: false };
  return { name, plan, blocks: [{ name, block, line: 1 }] };
}

function sameMatrix(a: IMatrix, b: IMatrix): boolean {
  return (
    a.plan === b.plan &&
    a.blocks.length === b.blocks.length &&
    a.blocks.every(({ block }, at) =>
      sameExpr(block.expr, b.blocks[at].block.expr)
    )
  );
}

function labelOf(machine: Machine, fit: IFit | null): IAnalysis['label'] {
  if (!fit) {
    const named = machine.events.filter(
      ({ name, value }) =>
        machine.env.get(name) === value && /^(y|labels?|targets?)$/i.test(name)
    );
    const last = named[named.length - 1];
    const label = last && asLabel(last.value, last.name);
    return label ? { cell: last.cell, label } : null;
  }
  const label = fit.labels && asLabel(unselected(fit.labels), 'y');
  if (!label) {
    return null;
  }
  const same = machine.events.filter(event => {
    const other = asLabel(event.value, event.name);
    return (
      other !== null &&
      other.plan === label.plan &&
      sameExpr(other.expr, label.expr)
    );
  });
  const last = same[same.length - 1];
  const first = same.find(event => event.name === last.name);
  return first
    ? { cell: first.cell, label: { ...label, name: first.name } }
    : { cell: fit.cell, label };
}

function asLabel(value: Value, name: string): ILabel | null {
  if (value.kind === 'array') {
    return { name, plan: value.plan, expr: value.expr };
  }
  if (value.kind !== 'list' || value.build.entries.length === 0) {
    return null;
  }
  if (!value.build.isKnown()) {
    return null;
  }
  const { plan, added } = value.build.contents();
  return added.kind === 'scalar' ? { name, plan, expr: added.expr } : null;
}
