/**
 * Rows of a table, fetched in chunks as they come into view.
 */
import type { ITableRow } from '../companion/arrow';

/** Rows in a chunk. */
export const CHUNK_SIZE = 200;

/** How many chunks are kept: those longest out of view go first. */
const KEPT_CHUNKS = 50;

/** The chunks of one table under one filter. */
export class RowCache {
  /** The row at a position, or undefined while it is not there. */
  rowAt(index: number): ITableRow | undefined {
    return this._chunks.get(Math.floor(index / CHUNK_SIZE))?.[
      index % CHUNK_SIZE
    ];
  }

  /** The first of the chunks of rows `first` to `stop` that is missing. */
  missing(first: number, stop: number): number | null {
    for (
      let chunk = Math.floor(first / CHUNK_SIZE);
      chunk * CHUNK_SIZE < stop;
      chunk++
    ) {
      if (!this._chunks.has(chunk)) {
        return chunk;
      }
    }
    return null;
  }

  /** Keep a chunk. */
  put(chunk: number, rows: readonly ITableRow[]): void {
    this._chunks.delete(chunk);
    this._chunks.set(chunk, rows);
    if (this._chunks.size > KEPT_CHUNKS) {
      const [oldest] = this._chunks.keys();
      this._chunks.delete(oldest);
    }
  }

  private readonly _chunks = new Map<number, readonly ITableRow[]>();
}
