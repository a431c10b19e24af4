/**
 * Changes to a script that leave the rest of its text as it is.
 */
import { Lexer } from 'py-ast';
import type { StmtNode } from 'py-ast';
import MagicString from 'magic-string';

import type { CellText, IPlaced } from '../lifter/celltext';

const INDENT = '    ';

/** Collects insertions around statements; positions are those of the original. */
export class Splice {
  constructor(private readonly _script: CellText) {
    this._text = new MagicString(_script.text);
  }

  /** Insert lines before a statement, at its indentation. */
  before(statement: StmtNode, lines: readonly string[]): void {
    const { start } = this._script.range(firstOf(statement));
    this._text.appendRight(
      this._lineStart(start),
      this._lines(lines, this.indentOf(statement))
    );
  }

  /** Insert lines after a statement, at its indentation. */
  after(statement: StmtNode, lines: readonly string[]): void {
    const end = this._lineEnd(this._script.range(statement).end);
    const indent = this.indentOf(statement);
    const there = this._after.get(end) ?? [];
    this._after.set(end, [
      ...there,
      { indent, text: this._lines(lines, indent) }
    ]);
  }

  /** Insert lines before everything, also before what is inserted there. */
  atStart(lines: readonly string[]): void {
    this._start += this._lines(lines, '');
  }

  /** Insert lines at the end of the script. */
  atEnd(lines: readonly string[]): void {
    this._end += this._lines(lines, '');
  }

  /** Replace the text of a node. */
  replace(node: IPlaced, text: string): void {
    const { start, end } = this._script.range(node);
    this._text.update(start, end, text);
  }

  /** Put a block under a header, one level deeper. */
  wrap(block: readonly StmtNode[], header: string): void {
    const [first] = block;
    const last = block[block.length - 1];
    this.before(first, [header]);
    const from = first.lineno ?? 1;
    const to = last.end_lineno ?? from;
    const inStrings = this._linesInStrings();
    for (let line = firstLine(first); line <= to; line++) {
      const text = this._script.lines[line - 1];
      if (text.trim() !== '' && !inStrings.has(line)) {
        this._text.appendRight(this._startOfLine(line), INDENT);
      }
    }
  }

  /** The blanks before a statement. */
  indentOf(statement: StmtNode): string {
    const line = this._script.lines[(statement.lineno ?? 1) - 1] ?? '';
    return /^\s*/.exec(line)?.[0] ?? '';
  }

  /** Whether lines can stand before and after a statement: it has its lines for itself. */
  isAlone(statement: StmtNode): boolean {
    const { text } = this._script;
    const { start } = this._script.range(firstOf(statement));
    const { end } = this._script.range(statement);
    const before = text.slice(this._lineStart(start), start);
    const after = text.slice(end, this._lineEnd(end));
    return before.trim() === '' && /^\s*(#.*)?\n?$/.test(after);
  }

  toString(): string {
    const text = this._text.clone();
    for (const [end, inserted] of this._after) {
      // A block may end where the block around it does: what is inside comes first.
      const ordered = [...inserted].sort(
        (one, other) => other.indent.length - one.indent.length
      );
      const lines = ordered.map(one => one.text).join('');
      const isCut =
        end === this._script.text.length && !this._script.text.endsWith('\n');
      text.appendLeft(end, isCut ? `\n${lines}` : lines);
    }
    const body = this._start + text.toString();
    return this._end === '' ? body : `${body.trimEnd()}\n\n${this._end}`;
  }

  private _lines(lines: readonly string[], indent: string): string {
    return lines
      .map(line => (line === '' ? '\n' : `${indent}${line}\n`))
      .join('');
  }

  /** Lines that begin inside a string: what stands there is not indentation. */
  private _linesInStrings(): Set<number> {
    const inside = new Set<number>();
    for (const token of new Lexer(this._script.text).tokenize()) {
      const height = token.value.split('\n').length;
      if (height > 1 && /["']/.test(token.value)) {
        for (let line = 1; line < height; line++) {
          inside.add(token.lineno + line);
        }
      }
    }
    return inside;
  }

  private _startOfLine(line: number): number {
    return this._script.range({ lineno: line, col_offset: 0 }).start;
  }

  private _lineStart(offset: number): number {
    return this._script.text.lastIndexOf('\n', offset - 1) + 1;
  }

  private _lineEnd(offset: number): number {
    const end = this._script.text.indexOf('\n', offset);
    return end < 0 ? this._script.text.length : end + 1;
  }

  private readonly _text: MagicString;
  private readonly _after = new Map<
    number,
    { indent: string; text: string }[]
  >();
  private _start = '';
  private _end = '';
}

/** A statement begins with its first decorator. */
function firstOf(statement: StmtNode): IPlaced {
  const decorators =
    'decorator_list' in statement ? statement.decorator_list : [];
  return (decorators[0] as IPlaced | undefined) ?? (statement as IPlaced);
}

function firstLine(statement: StmtNode): number {
  return firstOf(statement).lineno ?? 1;
}
