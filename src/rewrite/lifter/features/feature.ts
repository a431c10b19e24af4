/**
 * How a block of the feature matrix becomes a step of a ColumnTransformer. A kind
 * of feature is one file here and one line in its registry.
 */
import type { Column, Expr } from '../expression';
import { LiftRefusal } from '../refusal';
import { columnsOf } from '../traversal';
import type { INamedBlock } from '../values';
import type { CellWriter } from '../roles/cellwriter';

/** A step of a ColumnTransformer, as source. */
export interface IStep {
  transformer: string;
  /** A column name for one series, or a list of names for a frame. */
  columns: string;
}

export interface IFeatureContext {
  writer: CellWriter;
  /** The names of the training table's columns. */
  names: ReadonlyMap<Column, string>;
}

export type FeatureRule = (
  block: INamedBlock,
  context: IFeatureContext
) => IStep | null;

/** The columns that an expression reads, by name. */
export function inputsOf(expr: Expr, context: IFeatureContext): string[] {
  return columnsOf(expr).map(column => {
    const name = context.names.get(column);
    if (name === undefined) {
      throw new LiftRefusal(
        1,
        'A feature uses a value that is not in the training table.'
      );
    }
    return name;
  });
}

/** The name of the only column that an expression is. */
export function plainInput(
  expr: Expr,
  context: IFeatureContext
): string | null {
  return expr.kind === 'column' ? inputsOf(expr, context)[0] : null;
}

/** A column selector for one or several columns. */
export function selector(inputs: readonly string[]): string {
  return inputs.length === 1
    ? `"${inputs[0]}"`
    : `[${inputs.map(name => `"${name}"`).join(', ')}]`;
}
