/**
 * Small questions about Python source, answered from its syntax tree.
 */
import { parse, unparse } from 'py-ast';
import type { Module } from 'py-ast';

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
  return parsed.ok ? unparse(parsed.module) : source.trim();
}
