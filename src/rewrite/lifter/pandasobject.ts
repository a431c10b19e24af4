/**
 * Frames and series of pandas: what a notebook does with pandas already says what
 * it means, and stays as it is.
 */
import type { StmtNode } from 'py-ast';

import type { CellText } from './celltext';
import { Column } from './expression';
import type { Expr } from './expression';
import type { IFrameRows, IKeptCode, IPath } from './plan';
import type { Value } from './values';

/** What kind of thing pandas made. */
export type PandasType =
  'frame' | 'series' | 'groups' | 'array' | 'number' | 'names';

/** A statement of pandas, kept as it is. */
export interface IPandasStep {
  /** In the order in which the original runs. */
  number: number;
  cell: number;
  line: number;
  statement: StmtNode;
  text: CellText;
  /** What it reads, by name. */
  reads: ReadonlyMap<string, Value>;
  /** The names that it gives new values. */
  writes: readonly string[];
  /** Files that it reads, by the place of their paths in the source. */
  paths: readonly { start: number; end: number; path: IPath }[];
  /** Another way to write it; null when it stays as it is. */
  instead: string | null;
  /** The statements that it stands for, when it is more than one. */
  kept?: IKeptCode;
  /** Columns that it sets from the rows of what it reads, in place of all else. */
  series?: ReadonlyMap<string, Expr>;
}

/** What a variable of pandas holds between two statements. */
export class PandasObject {
  constructor(
    readonly name: string,
    readonly type: PandasType,
    readonly step: IPandasStep
  ) {
    this.rows = { op: 'frame', object: this, line: step.line };
  }

  /** Its rows, to loop over. */
  readonly rows: IFrameRows;
  /** Columns that a loop reads. */
  readonly columns = new Map<string, Column>();
  /** Columns that a loop over its rows is setting. */
  readonly changes = new Map<string, Expr>();
  /** Statements that give it further names. */
  readonly aliases: IPandasStep[] = [];

  /** Whether some statement before gives it a column of this name. */
  mayHave(column: string): boolean {
    return stepsBehind([this]).some(({ statement, text, series, kept }) => {
      const source = text.source(statement);
      return (
        kept !== undefined ||
        (series?.has(column) ??
          (/["']/.test(source) && source.includes(column)))
      );
    });
  }

  /** A column, by name. */
  column(name: string): Column {
    const known = this.columns.get(name);
    if (known) {
      return known;
    }
    const column = new Column('unknown', name);
    this.columns.set(name, column);
    return column;
  }
}

/** The statements that an object depends on, in order. */
export function stepsBehind(
  objects: readonly PandasObject[],
  given: PandasObject | null = null
): IPandasStep[] {
  const steps = new Set<IPandasStep>();
  const seen = new Set<PandasObject>();
  const visit = (object: PandasObject): void => {
    if (seen.has(object) || object === given) {
      return;
    }
    seen.add(object);
    for (const step of [object.step, ...object.aliases]) {
      if (steps.has(step)) {
        continue;
      }
      steps.add(step);
      for (const value of step.reads.values()) {
        if (value.kind === 'pandas') {
          visit(value.object);
        }
      }
    }
  };
  objects.forEach(visit);
  return [...steps].sort((a, b) => a.number - b.number);
}
