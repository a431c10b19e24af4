/**
 * Lifting one cell: find its role, write it, and say what is odd about it.
 */
import { CONTRACT_FUNCTION } from '../interfaces';
import type {
  ICandidate,
  ICodeCell,
  IFinding,
  ILiftResult,
  IRefusal,
  Role
} from '../interfaces';
import { analyse } from './analysis';
import type { IAnalysis, INamedResult } from './analysis';
import type { IOutputs } from './outputs';
import { findingsOf } from './findings';
import { guessedOutputs } from './guess';
import type { ICellRun, IFit } from './run';
import { handTraining } from './kept/training/handtraining';
import { LiftRefusal } from './refusal';
import { CellWriter } from './roles/cellwriter';
import { writeEncode } from './roles/encode';
import { writeKeptFeatures } from './roles/keptfeatures';
import { writeKeptLabel } from './roles/keptlabel';
import { writeKeptTraining } from './roles/kepttraining';
import { writeLabel } from './roles/label';
import type { Table } from './plan';
import { writePrepare } from './roles/prepare';
import type { IWritten } from './roles/prepare';
import { writeTrain } from './roles/train';

/** What only the caller knows. */
export interface ILiftOptions {
  /** Name of the pipeline, e.g. the notebook's. */
  name?: string;
  /** What a cell that does several things is asked for; its last role by default. */
  role?: Role;
  /** The variable or file that holds the result of each stage, where it is known. */
  outputs?: IOutputs;
  /** The files that there are, relative to the notebook, as far as they are known. */
  files?: readonly string[];
  /**
   * Keep how rows are collected even where the rules know better: from tables, or
   * from the lines of files, which no reader takes in another way.
   */
  keep?: 'tables' | 'lines';
}

/** In the order in which a pipeline needs them. */
const ROLES: readonly Role[] = ['prepare', 'encode', 'label', 'train'];

/**
 * Rewrite a cell by rules.
 *
 * @param cells - all code cells of the notebook, in order.
 * @param cellId - the cell to rewrite.
 */
export function lift(
  cells: readonly ICodeCell[],
  cellId: string,
  options: ILiftOptions = {}
): ILiftResult {
  const analysis = analysed(cells, options);
  const index = cells.findIndex(cell => cell.id === cellId);
  const cell = analysis.cells[index];
  if (!cell) {
    throw new Error(`There is no cell ${cellId} among those given.`);
  }
  const findings = findingsOf(cell, analysis, cells, edited =>
    codeOf(edited, cellId, options)
  );
  try {
    const candidate = candidateOf(cell, cells, analysis, findings, options);
    return { candidate, refusals: [], findings: candidate.findings };
  } catch (error) {
    if (!(error instanceof LiftRefusal)) {
      throw error;
    }
    return {
      candidate: null,
      refusals: refusalsOf(error, cell),
      findings
    };
  }
}

/** What each cell does for the pipeline, by its id; cells that do nothing are left out. */
export function cellRoles(
  cells: readonly ICodeCell[],
  options: ILiftOptions = {}
): ReadonlyMap<string, readonly Role[]> {
  const analysis = tried(() => analysed(cells, options));
  return analysis instanceof LiftRefusal
    ? new Map()
    : new Map(
        [...analysis.roles].map(([index, roles]) => [
          cells[index].id,
          ROLES.filter(role => roles.includes(role))
        ])
      );
}

/** What the cells do, also where nobody said what holds the results of the stages. */
function analysed(
  cells: readonly ICodeCell[],
  options: ILiftOptions
): IAnalysis {
  const found = analysedAs(cells, options);
  if (isWhole(found)) {
    return found;
  }
  const outputs = guessedOutputs(found, options.outputs);
  const again = tried(() => analysedAs(cells, { ...options, outputs }));
  return again instanceof LiftRefusal ||
    problemOfTable(again) ||
    again.roles.size <= found.roles.size
    ? found
    : again;
}

/** Whether each stage has a cell of its own. */
function isWhole({ roles }: IAnalysis): boolean {
  return ROLES.every(role =>
    [...roles.values()].some(each => each.length === 1 && each[0] === role)
  );
}

/**
 * What the cells do. Where the preparation cannot be written as the rules understand
 * it, its rows are collected as the original does it.
 */
function analysedAs(
  cells: readonly ICodeCell[],
  { outputs, files, keep }: ILiftOptions
): IAnalysis {
  const known = { outputs, files };
  if (keep) {
    const csvAsLines = keep === 'lines';
    return analyse(cells, { ...known, keepRows: true, csvAsLines });
  }
  const first = tried(() => analyse(cells, known));
  const problem = first instanceof LiftRefusal ? first : problemOfTable(first);
  if (first instanceof LiftRefusal || problem) {
    const second = tried(() => analyse(cells, { ...known, keepRows: true }));
    if (!(second instanceof LiftRefusal) && !problemOfTable(second)) {
      return second;
    }
  }
  if (first instanceof LiftRefusal) {
    throw first;
  }
  return first;
}

/** Why the preparation cannot be written; null when it can. */
function problemOfTable(analysis: IAnalysis): LiftRefusal | null {
  const { table } = analysis;
  if (!table) {
    return new LiftRefusal(1, 'There is no training table.');
  }
  const written = tried(() => {
    const cell = analysis.cells[table.cell];
    return writePrepare(new CellWriter(cell, analysis), table.table, analysis);
  });
  return written instanceof LiftRefusal ? written : null;
}

/** The lifted source of a cell in an edited notebook; null when refused. */
function codeOf(
  cells: readonly ICodeCell[],
  cellId: string,
  options: ILiftOptions
): string | null {
  const analysis = analysed(cells, options);
  const cell = analysis.cells[cells.findIndex(each => each.id === cellId)];
  try {
    return candidateOf(cell, cells, analysis, [], options).code;
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return null;
    }
    throw error;
  }
}

function candidateOf(
  cell: ICellRun,
  cells: readonly ICodeCell[],
  analysis: IAnalysis,
  findings: IFinding[],
  options: ILiftOptions
): ICandidate {
  const roles = rolesOf(cell, analysis, options.role);
  checkNames(analysis);
  const { code, last } = writeCell(cell, roles, analysis, options);
  const more = last.findings ?? [];
  const role = roles[roles.length - 1];
  return {
    id: ['rules', ...(options.keep ? [options.keep] : []), cell.id].join('-'),
    origin: 'rules',
    role,
    code,
    ...(last.observation ? { observation: last.observation } : {}),
    findings: [...relevant(findings, more), ...more].sort(
      (a, b) => a.line - b.line
    ),
    prerequisites: prerequisitesOf(cell, role, cells, analysis, options)
  };
}

/** What is kept as it is was not left out. */
function relevant(
  findings: readonly IFinding[],
  more: readonly IFinding[]
): readonly IFinding[] {
  return more.some(({ kind }) => kind === 'kept-code')
    ? findings.filter(({ kind }) => kind !== 'lost-statement')
    : findings;
}

/** The rewritten cell with the functions of all its roles, and what the last one is. */
function writeCell(
  cell: ICellRun,
  roles: readonly Role[],
  analysis: IAnalysis,
  options: ILiftOptions
): { code: string; last: IWritten } {
  const writer = new CellWriter(cell, analysis);
  const written = roles.map(role => write(role, writer, analysis, options));
  return { code: writer.compose(), last: written[written.length - 1] };
}

/** The functions of the contract must not meet others of the same name. */
function checkNames(analysis: IAnalysis): void {
  const names = new Set([...Object.values(CONTRACT_FUNCTION), 'in_training']);
  for (const cell of analysis.cells) {
    for (const name of cell.kept.keys()) {
      if (names.has(name)) {
        throw new LiftRefusal(
          1,
          `Cell ${cell.index + 1} defines \`${name}\`, which is the name of a function that the rewritten cells define. Rename it first.`
        );
      }
    }
  }
}

/** What a cell does for the pipeline, up to the role that is asked for. */
function rolesOf(
  cell: ICellRun,
  analysis: IAnalysis,
  wanted: Role | undefined
): readonly Role[] {
  if (cell.problem) {
    const { line, message, column } = cell.problem;
    throw new LiftRefusal(
      line,
      `The cell is not valid Python: ${message}.`,
      column
    );
  }
  const roles = ROLES.filter(role =>
    analysis.roles.get(cell.index)?.includes(role)
  );
  const until = wanted ? roles.indexOf(wanted) + 1 : roles.length;
  if (until === 0) {
    const [refusal] = cell.refusals;
    throw (
      refusal ??
      new LiftRefusal(
        1,
        wanted && roles.length > 0
          ? `The cell is not the one for this: ${roles.map(role => WORK[role]).join('; ')}.`
          : 'The cell makes no training table, features, labels or model.'
      )
    );
  }
  return roles.slice(0, until);
}

const WORK: Readonly<Record<Role, string>> = {
  prepare: 'it makes the training table',
  encode: 'it makes the features',
  label: 'it makes the labels',
  train: 'it trains the model'
};

/** Write the cell of a role. */
function write(
  role: Role,
  writer: CellWriter,
  analysis: IAnalysis,
  options: ILiftOptions
): IWritten {
  const { cell } = writer;
  const { table, fit } = analysis;
  if (!table) {
    throw missing('training table', cell, analysis);
  }
  switch (role) {
    case 'prepare':
      return writePrepare(writer, table.table, analysis);
    case 'encode':
      return writeFeatures(writer, table.table, analysis);
    case 'label':
      return writeLabels(writer, table.table, analysis);
    case 'train':
      if (!fit) {
        throw missing('training', cell, analysis);
      }
      if (!analysis.matrix && !analysis.named.encode) {
        throw missing('feature matrix', cell, analysis);
      }
      if (!analysis.label && !analysis.named.label) {
        throw missing('labels', cell, analysis);
      }
      return writeTraining(writer, fit, table.table, analysis, options);
  }
}

/** Features as columns of a transformer; else kept as they are computed. */
function writeFeatures(
  writer: CellWriter,
  table: Table,
  analysis: IAnalysis
): IWritten {
  const { matrix, named } = analysis;
  const problem = matrix
    ? tried(() => writeEncode(writer, matrix.matrix, table))
    : missing('feature matrix', writer.cell, analysis);
  return problem instanceof LiftRefusal
    ? instead(problem, named.encode, name =>
        writeKeptFeatures(writer, name, table, analysis)
      )
    : problem;
}

/** Labels as an expression over the table; else kept as they are computed. */
function writeLabels(
  writer: CellWriter,
  table: Table,
  analysis: IAnalysis
): IWritten {
  const { label, named } = analysis;
  const problem = label
    ? tried(() => writeLabel(writer, label.label, table, analysis))
    : missing('labels', writer.cell, analysis);
  return problem instanceof LiftRefusal
    ? instead(problem, named.label, name =>
        writeKeptLabel(writer, name, table, analysis)
      )
    : problem;
}

/**
 * An estimator and its split; else the statements of the training as they are. Those
 * come first where the split was refuted: how rows were shuffled may count, too.
 */
function writeTraining(
  writer: CellWriter,
  fit: IFit,
  table: Table,
  analysis: IAnalysis,
  { name = 'pipeline', outputs, keep }: ILiftOptions
): IWritten {
  if (fit.byHand) {
    return writeKeptTraining(writer, fit, fit.byHand, table, analysis, name);
  }
  const understood = (): IWritten =>
    writeTrain(writer, fit, table, analysis, name);
  const asItIs = (): IWritten => {
    const hand = handTraining(analysis.machine, outputs);
    if (!hand?.byHand) {
      throw new LiftRefusal(fit.line, 'What holds the model is not known.');
    }
    return writeKeptTraining(writer, hand, hand.byHand, table, analysis, name);
  };
  const [first, second] = keep ? [asItIs, understood] : [understood, asItIs];
  const written = tried(first);
  if (!(written instanceof LiftRefusal)) {
    return written;
  }
  const other = tried(second);
  if (other instanceof LiftRefusal) {
    throw keep ? other : written;
  }
  return other;
}

function tried<T>(write: () => T): T | LiftRefusal {
  try {
    return write();
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return error;
    }
    throw error;
  }
}

/** Another way to write a role; when it fails, the first problem is told. */
function instead(
  problem: LiftRefusal,
  named: INamedResult | null,
  write: (name: string) => IWritten
): IWritten {
  if (!named) {
    throw problem;
  }
  const other = tried(() => write(named.name));
  if (other instanceof LiftRefusal) {
    throw problem.line > 1 ? problem : other;
  }
  return other;
}

/** A part of the pipeline that could not be found, with the first reason for it. */
function missing(
  what: string,
  cell: ICellRun,
  analysis: IAnalysis
): LiftRefusal {
  const earlier = analysis.cells
    .filter(each => each.index <= cell.index)
    .flatMap(each => each.refusals.map(refusal => ({ each, refusal })));
  const [first] = earlier;
  if (!first) {
    return new LiftRefusal(
      1,
      `The ${what} that this cell relies on was not found before it.`
    );
  }
  return first.each === cell
    ? first.refusal
    : new LiftRefusal(
        1,
        `The ${what} could not be followed: cell ${first.each.index + 1}, line ${first.refusal.line}: ${first.refusal.reason}`
      );
}

/** The lifted sources of the cells that this one's rewritten form calls. */
function prerequisitesOf(
  cell: ICellRun,
  role: Role,
  cells: readonly ICodeCell[],
  analysis: IAnalysis,
  options: ILiftOptions
): Record<string, { role: Role; code: string }> {
  const before: readonly Role[] =
    role === 'train'
      ? ROLES.slice(0, 3)
      : role === 'prepare'
        ? []
        : ['prepare'];
  const prerequisites: Record<string, { role: Role; code: string }> = {};
  for (const index of analysis.roles.keys()) {
    const other = analysis.cells[index];
    const roles = ROLES.filter(
      each => before.includes(each) && analysis.roles.get(index)?.includes(each)
    );
    const needed = roles[roles.length - 1];
    if (!needed || other === cell || cells[index].role !== undefined) {
      continue;
    }
    try {
      const own = rolesOf(other, analysis, needed);
      const { code } = writeCell(other, own, analysis, options);
      prerequisites[other.id] = { role: needed, code };
    } catch (error) {
      if (error instanceof LiftRefusal) {
        throw new LiftRefusal(
          1,
          `It relies on cell ${index + 1}, which cannot be lifted: line ${error.line}: ${error.reason}`
        );
      }
      throw error;
    }
  }
  return prerequisites;
}

/** The refusal first, then the other statements of the cell that were refused. */
function refusalsOf(error: LiftRefusal, cell: ICellRun): IRefusal[] {
  const own = error.cell === null || error.cell === cell.index;
  const first = own
    ? error
    : new LiftRefusal(
        1,
        `In cell ${(error.cell ?? 0) + 1}, line ${error.line}: ${error.reason}`
      );
  const others = cell.refusals.filter(
    refusal =>
      refusal !== error &&
      (refusal.cell === null || refusal.cell === cell.index)
  );
  const seen = new Set<string>();
  return [first, ...others]
    .map(refusal => refusal.toJSON())
    .filter(refusal => {
      const key = `${refusal.line} ${refusal.reason}`;
      return !seen.has(key) && seen.add(key);
    });
}
