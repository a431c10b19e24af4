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
import type { IAnalysis } from './analysis';
import { findingsOf } from './findings';
import type { ICellRun } from './run';
import { LiftRefusal } from './refusal';
import { writeEncode } from './roles/encode';
import { writeLabel } from './roles/label';
import { writePrepare } from './roles/prepare';
import type { IWritten } from './roles/prepare';
import { writeTrain } from './roles/train';

/** Names that only the caller knows. */
export interface ILiftOptions {
  /** Name of the pipeline, e.g. the notebook's. */
  name?: string;
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
  const analysis = analyse(cells);
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

/** The lifted source of a cell in an edited notebook; null when refused. */
function codeOf(
  cells: readonly ICodeCell[],
  cellId: string,
  options: ILiftOptions
): string | null {
  const analysis = analyse(cells);
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
  const role = roleOf(cell, analysis);
  checkNames(analysis);
  const {
    code,
    observation,
    findings: more = []
  } = write(role, cell, analysis, options);
  return {
    id: `rules-${cell.id}`,
    origin: 'rules',
    role,
    code,
    ...(observation ? { observation } : {}),
    findings: [...findings, ...more].sort((a, b) => a.line - b.line),
    prerequisites: prerequisitesOf(role, cells, analysis, options)
  };
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

/** The one thing that a cell does for the pipeline. */
function roleOf(cell: ICellRun, analysis: IAnalysis): Role {
  if (cell.problem) {
    const { line, message, column } = cell.problem;
    throw new LiftRefusal(
      line,
      `The cell is not valid Python: ${message}.`,
      column
    );
  }
  const roles = analysis.roles.get(cell.index) ?? [];
  if (roles.length > 1) {
    throw new LiftRefusal(
      1,
      `The cell does several things at once (${roles.map(role => WORK[role]).join('; ')}). Split it into one cell for each.`
    );
  }
  if (roles.length === 0) {
    const [refusal] = cell.refusals;
    throw (
      refusal ??
      new LiftRefusal(
        1,
        'The cell makes no training table, features, labels or model.'
      )
    );
  }
  return roles[0];
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
  cell: ICellRun,
  analysis: IAnalysis,
  options: ILiftOptions
): IWritten {
  const { table, matrix, label, fit } = analysis;
  if (!table) {
    throw missing('training table', cell, analysis);
  }
  switch (role) {
    case 'prepare':
      return writePrepare(cell, table.table, analysis);
    case 'encode':
      if (!matrix) {
        throw missing('feature matrix', cell, analysis);
      }
      return writeEncode(cell, matrix.matrix, table.table, analysis);
    case 'label':
      if (!label) {
        throw missing('labels', cell, analysis);
      }
      return writeLabel(cell, label.label, table.table, analysis);
    case 'train':
      if (!fit || !matrix || !label) {
        throw missing(matrix ? 'labels' : 'feature matrix', cell, analysis);
      }
      return writeTrain(
        cell,
        fit,
        table.table,
        analysis,
        options.name ?? 'pipeline'
      );
  }
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
  for (const [index, roles] of analysis.roles) {
    const needed = roles.find(each => before.includes(each));
    if (!needed || cells[index].role !== undefined) {
      continue;
    }
    const other = analysis.cells[index];
    try {
      const own = roleOf(other, analysis);
      const { code } = write(own, other, analysis, options);
      prerequisites[other.id] = { role: own, code };
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
