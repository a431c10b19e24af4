/**
 * The text of one cell with its syntax tree: parsing, comments, and the source
 * behind a node.
 */
import { Lexer, TokenType, parse, walk } from 'py-ast';
import type { ASTNodeUnion, Module, StmtNode } from 'py-ast';

import { LiftRefusal } from './refusal';

/** A node with a place in the source. */
export interface IPlaced {
  lineno?: number;
  col_offset?: number;
  end_lineno?: number;
  end_col_offset?: number;
}

/** A comment of the original. */
export interface IComment {
  /** 1-based. */
  line: number;
  /** With its `#`. */
  text: string;
  /** Whether code stands before it on its line. */
  trailing: boolean;
}

/** A cell that Python cannot parse. */
export class SyntaxProblem extends Error {
  constructor(
    message: string,
    readonly line: number,
    readonly column: number
  ) {
    super(message);
  }
}

/** The source of a cell, parsed. */
export class CellText {
  /** @throws {SyntaxProblem} when it is not Python. */
  constructor(source: string) {
    const { module, text } = parseCell(source);
    this.module = module;
    this.text = text;
    this.lines = text.split('\n');
    this.comments = commentsOf(text);
    let start = 0;
    for (const line of this.lines) {
      this._starts.push(start);
      start += line.length + 1;
    }
  }

  readonly module: Module;
  readonly text: string;
  readonly lines: readonly string[];
  readonly comments: readonly IComment[];

  /** The source text of a node. */
  source(node: IPlaced): string {
    const { start, end } = this.range(node);
    return this.text.slice(start, end);
  }

  /** The source text of a node, with other text for some of its names. */
  sourceWith(
    node: ASTNodeUnion & IPlaced,
    replacements: ReadonlyMap<string, string>
  ): string {
    const { start, end } = this.range(node);
    const edits: { start: number; end: number; text: string }[] = [];
    for (const part of walk(node)) {
      const text =
        part.nodeType === 'Name' && part.ctx.nodeType === 'Load'
          ? replacements.get(part.id)
          : undefined;
      if (text !== undefined && part.nodeType === 'Name') {
        const range = this.range(part);
        if (this.text.slice(range.start, range.end) !== part.id) {
          throw LiftRefusal.at(
            part,
            'A name inside this string cannot be found in the source.'
          );
        }
        edits.push({ ...range, text });
      }
    }
    edits.sort((a, b) => b.start - a.start);
    return edits.reduce(
      (source, edit) =>
        source.slice(0, edit.start - start) +
        edit.text +
        source.slice(edit.end - start),
      this.text.slice(start, end)
    );
  }

  /** Where a node's text starts and ends in the source. */
  range(node: IPlaced): { start: number; end: number } {
    return {
      start: this._offset(node.lineno ?? 1, node.col_offset ?? 0),
      end: this._offset(node.end_lineno ?? 1, node.end_col_offset ?? 0)
    };
  }

  /** The lines of a statement, with the comments above it and its decorators. */
  statementSource(statement: StmtNode): string {
    let first = (statement.lineno ?? 1) - 1;
    if ('decorator_list' in statement) {
      for (const decorator of statement.decorator_list) {
        first = Math.min(first, (decorator.lineno ?? 1) - 1);
      }
    }
    while (first > 0 && /^#/.test(this.lines[first - 1])) {
      first -= 1;
    }
    const last = statement.end_lineno ?? statement.lineno ?? 1;
    return this.lines.slice(first, last).join('\n').trimEnd();
  }

  /** py-ast counts columns in UTF-8 bytes, as CPython does. */
  private _offset(line: number, byteColumn: number): number {
    const start = this._starts[line - 1] ?? this.text.length;
    return start + fromBytes(this.lines[line - 1] ?? '', byteColumn);
  }

  private readonly _starts: number[] = [];
}

/** The index in a string of a UTF-8 byte offset. */
function fromBytes(text: string, bytes: number): number {
  let left = bytes;
  let index = 0;
  for (const character of text) {
    if (left <= 0) {
      break;
    }
    const code = character.codePointAt(0) ?? 0;
    left -= code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    index += character.length;
  }
  return index;
}

function parseCell(source: string): { module: Module; text: string } {
  const text = source.replace(/\r\n?/g, '\n');
  try {
    return { module: parse(text), text };
  } catch (error) {
    // Line magics are not Python; without them the cell may be.
    const plain = text.replace(/^(\s*)([%!].*)$/gm, '$1# $2');
    if (plain !== text) {
      try {
        return { module: parse(plain), text: plain };
      } catch {
        throw problemOf(error);
      }
    }
    throw problemOf(error);
  }
}

function problemOf(error: unknown): SyntaxProblem {
  const place = error as { lineno?: number; col_offset?: number };
  const message = error instanceof Error ? error.message : String(error);
  return new SyntaxProblem(
    message.replace(/ at line \d+, column \d+$/, ''),
    place.lineno ?? 1,
    place.col_offset ?? 0
  );
}

function commentsOf(text: string): IComment[] {
  if (!text.includes('#')) {
    return [];
  }
  const lines = text.split('\n');
  return new Lexer(text)
    .tokenize()
    .filter(token => token.type === TokenType.COMMENT)
    .map(token => ({
      line: token.lineno,
      text: token.value,
      trailing: !/^\s*#/.test(lines[token.lineno - 1])
    }));
}

/** The names that statements assign, in any nested block but not in functions. */
export function storedNames(statements: readonly StmtNode[]): Set<string> {
  const names = new Set<string>();
  for (const statement of statements) {
    for (const node of walkScope(statement)) {
      if (node.nodeType === 'Name' && node.ctx.nodeType !== 'Load') {
        names.add(node.id);
      } else if (
        node.nodeType === 'FunctionDef' ||
        node.nodeType === 'ClassDef'
      ) {
        names.add(node.name);
      } else if (node.nodeType === 'Import' || node.nodeType === 'ImportFrom') {
        for (const alias of node.names) {
          names.add(alias.asname ?? alias.name.split('.')[0]);
        }
      }
    }
  }
  return names;
}

/** The names that are read anywhere in a tree. */
export function loadedNames(root: ASTNodeUnion): Set<string> {
  const names = new Set<string>();
  for (const node of walk(root)) {
    if (node.nodeType === 'Name' && node.ctx.nodeType === 'Load') {
      names.add(node.id);
    }
  }
  return names;
}

/** The nodes of the scope that a node is in: not the insides of functions. */
function* walkScope(root: ASTNodeUnion): Generator<ASTNodeUnion> {
  const inner = new Set<ASTNodeUnion>();
  for (const node of walk(root)) {
    if (inner.has(node)) {
      continue;
    }
    yield node;
    if (SCOPES.has(node.nodeType)) {
      for (const nested of walk(node)) {
        if (nested !== node) {
          inner.add(nested);
        }
      }
    }
  }
}

const SCOPES: ReadonlySet<string> = new Set([
  'FunctionDef',
  'AsyncFunctionDef',
  'ClassDef',
  'Lambda',
  'ListComp',
  'SetComp',
  'DictComp',
  'GeneratorExp'
]);
