/**
 * Frames while they are printed.
 */
import { quote } from '../expression';
import type { Column, ILet } from '../expression';

/** A Python variable that holds a frame, and what its columns are called. */
export interface IFrame {
  variable: string;
  names: Map<Column, string>;
  bindings: Map<ILet, string>;
  /** All columns that the frame has, needed or not. */
  physical: Set<string>;
}

/** A frame with these columns. */
export function frameOf(variable: string, names: Map<Column, string>): IFrame {
  return {
    variable,
    names,
    bindings: new Map(),
    physical: new Set(names.values())
  };
}

/** A further column, as an argument of `assign`. */
export function assignment(name: string, code: string): string {
  return /^[A-Za-z_]\w*$/.test(name)
    ? `${name}=${code}`
    : `**{${quote(name)}: ${code}}`;
}
