/**
 * What a cell reads, told from the code alone: files by the paths it names, and
 * variables that may hold a frame.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, Module, StmtNode } from 'py-ast';

import type { ICodeCell } from './interfaces';
import { parseCell } from './syntax';

/** Names of sources; nothing is known of them yet. */
export interface ISourceNames {
  /** Paths as the code names them. */
  files: string[];
  /** Names of variables. */
  frames: string[];
}

/** Paths that end like a table. */
const DATA_FILE =
  /^[^\n*?{}]{0,300}\.(csv|tsv|tab|txt|dat|data|psv|json|jsonl|ndjson|parquet)$/i;

/**
 * The sources of a cell: what it names itself, and what the statements before it
 * name that make the variables it uses.
 */
export function sourceNames(
  cells: readonly ICodeCell[],
  cellId: string
): ISourceNames {
  const index = cells.findIndex(cell => cell.id === cellId);
  const [target, ...before] = cells
    .slice(0, index + 1)
    .reverse()
    .map(cell => statementsOf(cell));
  if (!target) {
    return { files: [], frames: [] };
  }
  const earlier = before.flatMap(statements => [...statements].reverse());
  const used = new Set(target.flatMap(namesRead));
  const needed = [...target];
  // Backwards: what makes a needed variable may itself need others.
  for (const statement of earlier) {
    if (namesBound(statement).some(name => used.has(name))) {
      needed.push(statement);
      namesRead(statement).forEach(name => used.add(name));
    }
  }
  const bound = new Set(target.flatMap(namesBound));
  const own = new Set(target.flatMap(namesRead));
  const written = new Set(needed.flatMap(pathsWritten));
  return {
    files: unique(needed.flatMap(textsIn)).filter(
      text => DATA_FILE.test(text) && !written.has(text)
    ),
    frames: [...own].filter(
      name => !bound.has(name) && !isImport(name, earlier)
    )
  };
}

function statementsOf(cell: ICodeCell): StmtNode[] {
  const parsed = parseCell(cell.originalSource ?? cell.source);
  return parsed.ok ? (parsed.module as Module).body : [];
}

/** Paths that the code itself makes files at. */
function pathsWritten(statement: StmtNode): string[] {
  const found: string[] = [];
  for (const node of walk(statement)) {
    if (node.nodeType !== 'Call') {
      continue;
    }
    const { func, args } = node;
    const opens =
      func.nodeType === 'Name' &&
      func.id === 'open' &&
      args
        .slice(1)
        .some(mode => textsIn(mode).some(text => /[wax]/.test(text)));
    const saves = func.nodeType === 'Attribute' && /^to_\w+$/.test(func.attr);
    if (opens || saves) {
      found.push(...args.slice(0, 1).flatMap(textsIn));
    }
  }
  return found;
}

function textsIn(node: ASTNodeUnion): string[] {
  const found: string[] = [];
  for (const inner of walk(node)) {
    if (inner.nodeType === 'Constant' && typeof inner.value === 'string') {
      found.push(inner.value);
    }
  }
  return found;
}

function namesRead(statement: StmtNode): string[] {
  return names(statement, 'Load');
}

function namesBound(statement: StmtNode): string[] {
  if (
    statement.nodeType === 'FunctionDef' ||
    statement.nodeType === 'ClassDef'
  ) {
    return [statement.name];
  }
  return names(statement, 'Store');
}

function names(statement: StmtNode, context: 'Load' | 'Store'): string[] {
  const found: string[] = [];
  for (const node of walk(statement)) {
    if (node.nodeType === 'Name' && node.ctx?.nodeType === context) {
      found.push(node.id);
    }
  }
  return found;
}

function isImport(name: string, statements: readonly StmtNode[]): boolean {
  return statements.some(
    statement =>
      (statement.nodeType === 'Import' ||
        statement.nodeType === 'ImportFrom') &&
      statement.names.some(
        alias => (alias.asname ?? alias.name.split('.')[0]) === name
      )
  );
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
