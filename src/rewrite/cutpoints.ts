/**
 * Where the result of a cell may be cut out: the variables and files that it leaves
 * and that something after it reads.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, StmtNode } from 'py-ast';

import type { ICodeCell, Role } from './interfaces';
import { parseCell } from './syntax';

/** A variable or file that may hold the result of a stage. */
export interface ICutPoint {
  kind: 'variable' | 'file';
  name: string;
  /** 1-based line of the cell that makes it. */
  line: number;
}

/** What each stage's result is usually called. */
const USUAL: Readonly<Record<Role, RegExp>> = {
  prepare:
    /^(df|data|rows|table|records|train|dataset|merged|samples)(_\w+)?$/i,
  encode: /^(X|features?|feats|matrix)(_\w+)?$/i,
  label: /^(y|labels?|targets?)(_\w+)?$/i,
  train: /^(model|clf|classifier|regressor|estimator|net|lr)(_\w+)?$/i
};

/**
 * The places where a cell's result may be cut out, the most probable first.
 *
 * #### Notes
 * What no later cell reads counts only when nothing else is there.
 */
export function cutPoints(
  cells: readonly ICodeCell[],
  cellId: string,
  role: Role
): ICutPoint[] {
  const index = cells.findIndex(cell => cell.id === cellId);
  const own = index < 0 ? [] : statementsOf(cells[index]);
  const later = cells.slice(index + 1).flatMap(statementsOf);
  const read = wordsRead(later);
  const left = [...filesWritten(own), ...variablesLeft(own)];
  const used = left.filter(point => read.has(point.name));
  const points = used.length > 0 ? used : left;
  const rank = (point: ICutPoint) =>
    (USUAL[role].test(point.name) ? 0 : 2) +
    (role === 'prepare' && point.kind === 'file' ? 0 : 1);
  return points
    .map((point, place) => ({ point, place }))
    .sort((a, b) => rank(a.point) - rank(b.point) || b.place - a.place)
    .map(({ point }) => point);
}

/**
 * The one place that the result can only be at, or null when there are several
 * or none.
 */
export function onlyCutPoint(
  points: readonly ICutPoint[],
  role: Role
): ICutPoint | null {
  const usual = points.filter(({ name }) => USUAL[role].test(name));
  if (points.length === 1) {
    return points[0];
  }
  return role !== 'prepare' && usual.length === 1 ? usual[0] : null;
}

function statementsOf(cell: ICodeCell): StmtNode[] {
  const parsed = parseCell(cell.originalSource ?? cell.source);
  return parsed.ok ? parsed.module.body : [];
}

/** Names and texts that some code mentions. */
export function wordsRead(statements: readonly StmtNode[]): Set<string> {
  const found = new Set<string>();
  for (const statement of statements) {
    for (const node of walk(statement)) {
      if (node.nodeType === 'Name' && node.ctx?.nodeType === 'Load') {
        found.add(node.id);
      } else if (isText(node)) {
        found.add(node.value);
      }
    }
  }
  return found;
}

/** Files that are opened for writing, or that a frame is saved to. */
export function filesWritten(statements: readonly StmtNode[]): ICutPoint[] {
  const found: ICutPoint[] = [];
  for (const statement of statements) {
    for (const node of walk(statement)) {
      if (node.nodeType !== 'Call') {
        continue;
      }
      const [path, mode] = node.args;
      const { func } = node;
      const opens =
        func.nodeType === 'Name' &&
        func.id === 'open' &&
        mode !== undefined &&
        isText(mode) &&
        /[wax]/.test(mode.value);
      const saves = func.nodeType === 'Attribute' && func.attr === 'to_csv';
      if ((opens || saves) && path !== undefined && isText(path)) {
        found.push({ kind: 'file', name: path.value, line: node.lineno ?? 1 });
      }
    }
  }
  return found;
}

/** Variables that the top level binds and that are no loop variables or helpers. */
export function variablesLeft(statements: readonly StmtNode[]): ICutPoint[] {
  const found = new Map<string, ICutPoint>();
  for (const statement of statements) {
    for (const [name, line] of assigned(statement)) {
      found.delete(name);
      found.set(name, { kind: 'variable', name, line });
    }
  }
  return [...found.values()];
}

function assigned(statement: StmtNode): [string, number][] {
  const line = statement.lineno ?? 1;
  switch (statement.nodeType) {
    case 'Assign':
      if (holdsNoRows(statement.value)) {
        return [];
      }
      return statement.targets.flatMap(target => namesIn(target, line));
    case 'AnnAssign':
    case 'AugAssign':
      return namesIn(statement.target, line);
    case 'With':
      return statement.body.flatMap(assigned);
    case 'If':
      return [...statement.body, ...statement.orelse].flatMap(assigned);
    default:
      // What a loop assigns belongs to its rows.
      return [];
  }
}

/** Constants, open files and readers are no results. */
function holdsNoRows(value: ASTNodeUnion): boolean {
  if (value.nodeType !== 'Call') {
    return value.nodeType === 'Constant';
  }
  const { func } = value;
  const name =
    func.nodeType === 'Attribute'
      ? func.attr
      : func.nodeType === 'Name'
        ? func.id
        : '';
  return ['open', 'reader', 'DictReader', 'writer'].includes(name);
}

function namesIn(target: ASTNodeUnion, line: number): [string, number][] {
  if (target.nodeType === 'Name') {
    return [[target.id, line]];
  }
  return target.nodeType === 'Tuple' || target.nodeType === 'List'
    ? target.elts.flatMap(part => namesIn(part, line))
    : [];
}

function isText(node: ASTNodeUnion): node is ASTNodeUnion & { value: string } {
  return node.nodeType === 'Constant' && typeof node.value === 'string';
}
