/**
 * Small questions about Python source, answered from its syntax tree.
 */
import { parse } from 'py-ast';
import type { ASTNodeUnion, Constant, Module } from 'py-ast';

/** A syntax error with its place. */
export interface ISyntaxProblem {
  message: string;
  /** 1-based. */
  line: number;
  /** 0-based. */
  column: number;
}

/** The tree of a cell, or why there is none. */
export type ParsedCell =
  { ok: true; module: Module } | { ok: false; problem: ISyntaxProblem };

/** Parse a cell; a syntax error is a value, not an exception. */
export function parseCell(source: string): ParsedCell {
  try {
    return { ok: true, module: parse(source) };
  } catch (error) {
    const place = error as { lineno?: number; col_offset?: number };
    const message = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      problem: {
        // The parser appends the place to its message; it is told separately here.
        message: message.replace(/ at line \d+, column \d+$/, ''),
        line: place.lineno ?? 1,
        column: place.col_offset ?? 0
      }
    };
  }
}

/**
 * The same text for sources that differ only in layout, quotes and comments.
 *
 * #### Notes
 * A source that does not parse is its own normal form, less outer blanks.
 */
export function normalForm(source: string): string {
  const parsed = parseCell(source);
  if (!parsed.ok) {
    return source.trim();
  }
  const lines = source.split('\n');
  return JSON.stringify(parsed.module, (key, value) => {
    if (LAYOUT.has(key)) {
      return undefined;
    }
    return isConstant(value) ? [spelling(value, lines)] : value;
  });
}

/** What of the tree depends on how the source is laid out. */
const LAYOUT: ReadonlySet<string> = new Set([
  'lineno',
  'col_offset',
  'end_lineno',
  'end_col_offset',
  'quote_style',
  'kind'
]);

function isConstant(value: unknown): value is Constant {
  return (value as ASTNodeUnion | null)?.nodeType === 'Constant';
}

/** A constant such that 1 and 1.0, 'a' and b'a' are told apart. */
function spelling(node: Constant, lines: readonly string[]): string {
  if (typeof node.value === 'string') {
    const bytes = /b/i.test(node.quote_style ?? '');
    // An ellipsis has the value '...' but no quotes.
    const kind = node.quote_style === undefined ? '' : bytes ? 'b' : 's';
    return `${kind}:${node.value}`;
  }
  // The tree holds numbers as JavaScript does, for which 1.0 is 1.
  const line = lines[(node.lineno ?? 1) - 1] ?? '';
  return `n:${line.slice(node.col_offset, node.end_col_offset)}`;
}
