/**
 * Events of several producers, in the order in which they come, for one consumer.
 */

/** A queue that is filled from anywhere and read as an iteration. */
export class EventQueue<T> implements AsyncIterable<T> {
  push(event: T): void {
    this._events.push(event);
    this._wake();
  }

  /** No more events come; with an error, the iteration fails after the last one. */
  end(error?: unknown): void {
    this._ended = { error };
    this._wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this._events.length > 0) {
        yield this._events.shift() as T;
      }
      if (this._ended) {
        if (this._ended.error !== undefined) {
          throw this._ended.error;
        }
        return;
      }
      await new Promise<void>(resolve => {
        this._wake = resolve;
      });
    }
  }

  private _ended: { error?: unknown } | null = null;
  private readonly _events: T[] = [];
  private _wake: () => void = () => undefined;
}
