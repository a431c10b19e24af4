/**
 * Puts a rewritten cell together: imports, what stays of the original, helper
 * functions, and the contract function.
 */
import { parse } from 'py-ast';
import type { StmtNode } from 'py-ast';

import type { CellText } from '../celltext';
import { loadedNames } from '../celltext';
import type { IAnalysis } from '../analysis';
import type { IBlock } from '../expression';
import type { ICellRun } from '../run';
import { PythonPrinter } from '../printer/python';
import type { IDefinitions } from '../printer/scope';
import { isOverRows } from '../row';
import { unused } from '../naming';

/** Collects the parts of one rewritten cell. */
export class CellWriter implements IDefinitions {
  constructor(
    readonly cell: ICellRun,
    private readonly _analysis: IAnalysis
  ) {
    if (!cell.text) {
      throw new Error('A cell that does not parse cannot be rewritten.');
    }
    this.text = cell.text;
    this._taken = namesOf(_analysis.cells);
  }

  readonly text: CellText;

  /** Import a module or something from it. */
  import(line: string): void {
    this._imports.add(line);
  }

  /** A function with this body; the same body is defined once. */
  define(wanted: string, source: (name: string) => string): string {
    const key = source('');
    const known = this._functions.get(key);
    if (known) {
      return known.name;
    }
    const name = unused(wanted, this._taken);
    this._taken.add(name);
    this._functions.set(key, { name, source: source(name) });
    return name;
  }

  block(block: IBlock): string {
    const inputs = [...block.inputs];
    const parameters = inputs.filter(([, expr]) => isOverRows(expr));
    const constants = inputs.filter(([, expr]) => !isOverRows(expr));
    const printer = new PythonPrinter(
      { column: () => '', binding: () => null },
      this
    );
    const body = [
      ...constants.map(([name, expr]) => `${name} = ${printer.source(expr)}`),
      ...reindented(block.text, block.statement),
      `return ${block.result}`
    ];
    return this.define(
      `${block.result}_of`,
      name =>
        `def ${name}(${parameters.map(([parameter]) => parameter).join(', ')}):\n` +
        body.map(line => (line === '' ? '' : `    ${line}`)).join('\n')
    );
  }

  /** Do not keep a definition of the original. */
  drop(name: string): void {
    this._dropped.add(name);
  }

  /** A function of the contract, or what runs at the end. */
  add(contract: string): void {
    this._contract.push(contract);
  }

  /** A constant that the contract functions share. */
  constant(source: string): void {
    this._constants.add(source);
  }

  /** The source of the cell, around its contract functions. */
  compose(): string {
    const contract = this._contract;
    const constants = [...this._constants];
    const functions = [...this._functions.values()].map(({ source }) => source);
    const written = [...constants, ...functions, ...contract].join('\n');
    const kept = this._kept(written);
    const imports = importLines([...this._imports, ...kept.imports]);
    const head = [
      imports.join('\n'),
      kept.constants.join('\n'),
      constants.join('\n')
    ];
    const sections = [
      head.filter(part => part !== '').join('\n\n'),
      ...kept.functions,
      ...functions,
      ...contract
    ].filter(part => part !== '');
    return `${sections.join('\n\n\n')}\n`;
  }

  private readonly _contract: string[] = [];
  private readonly _constants = new Set<string>();
  private readonly _dropped = new Set<string>();
  private readonly _imports = new Set<string>();
  private readonly _functions = new Map<
    string,
    { name: string; source: string }
  >();
  private readonly _taken: Set<string>;

  /** Definitions of the original that something still uses. */
  private _kept(written: string): {
    imports: string[];
    constants: string[];
    functions: string[];
  } {
    const statements = [...new Set(this.cell.kept.values())].filter(
      statement =>
        !namesDefined(statement, this.cell).some(name =>
          this._dropped.has(name)
        )
    );
    const needed = this._neededNames(written, statements);
    const kept = statements.filter(
      statement =>
        this._isHelper(statement) ||
        namesDefined(statement, this.cell).some(name => needed.has(name))
    );
    const source = (statement: StmtNode) =>
      this.text.statementSource(statement);
    const of = (kinds: readonly string[]) =>
      kept.filter(statement => kinds.includes(statement.nodeType)).map(source);
    return {
      imports: kept
        .filter(({ nodeType }) => /^Import(From)?$/.test(nodeType))
        .map(statement => tracked(neededImport(statement, needed, source))),
      constants: of(['Assign']),
      functions: of(['FunctionDef', 'ClassDef'])
    };
  }

  /** Helpers stay, used or not; those that became part of the cell do not. */
  private _isHelper(statement: StmtNode): boolean {
    return (
      (statement.nodeType === 'FunctionDef' ||
        statement.nodeType === 'ClassDef') &&
      !this.cell.inlined.has(statement.name)
    );
  }

  private _neededNames(
    written: string,
    statements: readonly StmtNode[]
  ): Set<string> {
    const needed = loadedNames(parse(written));
    for (const cell of this._analysis.cells) {
      if (cell !== this.cell && cell.text) {
        loadedNames(cell.text.module).forEach(name => needed.add(name));
      }
    }
    for (const statement of [...statements].reverse()) {
      const used =
        this._isHelper(statement) ||
        namesDefined(statement, this.cell).some(name => needed.has(name));
      if (used) {
        loadedNames(statement).forEach(name => needed.add(name));
      }
    }
    return needed;
  }
}

/** Pandas is imported from us. */
function tracked(line: string): string {
  return line
    .replace(/^import pandas as (\w+)/, 'import palimpsest.pandas as $1')
    .replace(/^import pandas$/, 'import palimpsest.pandas as pandas')
    .replace(/^from pandas import/, 'from palimpsest.pandas import');
}

/** `import a, b` where only one is needed. */
function neededImport(
  statement: StmtNode,
  needed: ReadonlySet<string>,
  source: (statement: StmtNode) => string
): string {
  if (statement.nodeType !== 'Import' || statement.names.length === 1) {
    return source(statement);
  }
  const aliases = statement.names
    .filter(({ name, asname }) => needed.has(asname ?? name.split('.')[0]))
    .map(({ name, asname }) => (asname ? `${name} as ${asname}` : name));
  return `import ${aliases.join(', ')}`;
}

function namesDefined(statement: StmtNode, cell: ICellRun): string[] {
  return [...cell.kept]
    .filter(([, other]) => other === statement)
    .map(([name]) => name);
}

/** All names that the notebook uses. */
function namesOf(cells: readonly ICellRun[]): Set<string> {
  const names = new Set<string>();
  for (const cell of cells) {
    for (const name of cell.text?.text.match(/[A-Za-z_]\w*/g) ?? []) {
      names.add(name);
    }
  }
  return names;
}

/** The lines of a nested statement, moved to the left margin. */
function reindented(text: CellText, statement: StmtNode): string[] {
  const first = (statement.lineno ?? 1) - 1;
  const last = statement.end_lineno ?? statement.lineno ?? 1;
  const lines = text.lines.slice(first, last);
  const margin = /^\s*/.exec(lines[0])?.[0].length ?? 0;
  return lines.map(line =>
    line.slice(Math.min(margin, line.length - line.trimStart().length))
  );
}

/** Plain imports before those of names; one line a module. */
function importLines(lines: readonly string[]): string[] {
  const plain = new Set<string>();
  const names = new Map<string, Set<string>>();
  for (const line of lines) {
    const from = /^from (\S+) import ([\w, ]+)$/.exec(line);
    if (from) {
      const known = names.get(from[1]) ?? new Set();
      from[2].split(', ').forEach(name => known.add(name));
      names.set(from[1], known);
    } else {
      plain.add(line);
    }
  }
  const froms = [...names].map(
    ([module, of]) => `from ${module} import ${[...of].sort().join(', ')}`
  );
  return [...[...plain].sort(byModule), ...froms.sort()];
}

/** Modules before names, as sorted imports have it. */
function byModule(a: string, b: string): number {
  const rank = (line: string) => (/^import /.test(line) ? 0 : 1);
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}
