/**
 * Rows of a table, fetched in chunks as they come into view.
 */
import { type ISignal, Signal } from '@lumino/signaling';

import type { ITableRow } from '../../companion/arrow';

/** Rows in a chunk. */
export const CHUNK_SIZE = 200;

/** How many chunks are kept: those that came first go first. */
const KEPT_CHUNKS = 50;

/** The rows of one table under one filter, as far as they are there. */
export class TableRows {
  /**
   * @param fetch - gives the rows of a chunk, or null when they cannot be had.
   */
  constructor(
    private readonly _fetch: (chunk: number) => Promise<ITableRow[] | null>
  ) {}

  /** Emitted when rows have arrived. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The row at a position, or undefined while it is not there. */
  rowAt(index: number): ITableRow | undefined {
    return this._chunks.get(Math.floor(index / CHUNK_SIZE))?.[
      index % CHUNK_SIZE
    ];
  }

  /**
   * Fetch what is missing of the rows `first` to `stop`, one chunk at a time.
   *
   * #### Notes
   * What is needed may change meanwhile, as a table is scrolled: only the rows
   * needed last are fetched on.
   */
  async need(first: number, stop: number): Promise<void> {
    this._needed = { first, stop };
    if (this._isFetching) {
      return;
    }
    this._isFetching = true;
    try {
      let chunk = this._missing();
      while (chunk !== null) {
        const rows = await this._fetch(chunk);
        if (!rows) {
          return;
        }
        this._put(chunk, rows);
        this._changed.emit();
        chunk = this._missing();
      }
    } finally {
      this._isFetching = false;
    }
  }

  /** The first of the chunks needed that is missing. */
  private _missing(): number | null {
    const { first, stop } = this._needed;
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

  private _put(chunk: number, rows: readonly ITableRow[]): void {
    this._chunks.set(chunk, rows);
    if (this._chunks.size > KEPT_CHUNKS) {
      const [oldest] = this._chunks.keys();
      this._chunks.delete(oldest);
    }
  }

  private readonly _chunks = new Map<number, readonly ITableRow[]>();
  private readonly _changed = new Signal<this, void>(this);
  private _needed = { first: 0, stop: 0 };
  private _isFetching = false;
}
