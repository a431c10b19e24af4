/**
 * A statement that the rules cannot lift.
 */
import type { IRefusal } from '../interfaces';
import type { IPlaced } from './celltext';

/** Ends the lifting of a statement, with the reason for the user. */
export class LiftRefusal extends Error {
  constructor(
    readonly line: number,
    readonly reason: string,
    readonly column?: number
  ) {
    super(reason);
  }

  /** Index of the cell in which the line is; set where it is caught. */
  cell: number | null = null;

  static at(node: IPlaced, reason: string): LiftRefusal {
    return new LiftRefusal(node.lineno ?? 1, reason, node.col_offset);
  }

  toJSON(): IRefusal {
    return {
      line: this.line,
      ...(this.column === undefined ? {} : { column: this.column }),
      reason: this.reason
    };
  }
}
