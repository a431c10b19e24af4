/**
 * What printing an expression needs to know of its surroundings.
 */
import type { Keyed } from '../keyedbuild';
import type { Column, IBlock, ILet } from '../expression';

/** Printed code with how tightly it binds. */
export interface IPrinted {
  text: string;
  level: number;
  /** Set when Python is called for each value: then no rows give no type. */
  mapped?: boolean;
}

/** How tightly Python's constructs bind, loosest first. */
export const LEVEL = {
  lambda: 0,
  conditional: 1,
  or: 2,
  and: 3,
  not: 4,
  compare: 5,
  bitOr: 6,
  bitXor: 7,
  bitAnd: 8,
  shift: 9,
  add: 10,
  multiply: 11,
  unary: 12,
  power: 13,
  primary: 15
} as const;

/** In parentheses when it binds less tightly than needed. */
export function atLevel(printed: IPrinted, level: number): string {
  return printed.level < level ? `(${printed.text})` : printed.text;
}

/** The names by which columns and row variables can be reached. */
export interface INames {
  column(column: Column): string;
  /** The column that holds a row variable; null when it is printed in place. */
  binding(binding: ILet): string | null;
}

/** Functions that a cell defines for its own use. */
export interface IDefinitions {
  /** Import a module or something from it. */
  import(line: string): void;
  /** Define a function; the same body is defined once. Returns its name. */
  define(wanted: string, source: (name: string) => string): string;
  /** The name of the function that a block of statements becomes. */
  block(block: IBlock): string;
}

/** A frame that series are taken from. */
export interface IView extends INames {
  /** The Python variable of the frame. */
  variable: string;
  /** All columns that the frame is known to have. */
  physical: ReadonlySet<string>;
  /** Source of the keys of a collection, to test membership with `isin`. */
  keys(of: Keyed): string;
}
