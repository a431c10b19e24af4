/**
 * A way to compute an expression on whole columns that means exactly what Python
 * means; null when it does not apply.
 */
import type { Expr } from '../../expression';
import type { IPrinted } from '../scope';
import { LEVEL } from '../scope';
import type { SeriesPrinter } from '../series';

export type VectorRule = (expr: Expr, series: SeriesPrinter) => IPrinted | null;

/** Code that binds as tightly as a name. */
export function primary(text: string): IPrinted {
  return { text, level: LEVEL.primary };
}
