/**
 * Waiting that ends when a signal is aborted, even when what is waited for
 * ignores the signal.
 */

/** The promise's value, or the signal's reason as soon as it is aborted. */
export function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) {
      onAbort();
    }
    signal.addEventListener('abort', onAbort, { once: true });
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** An iteration that can be left from outside. */
export interface IIteration<T> {
  next(): Promise<IteratorResult<T>>;
  /** Let the producer clean up. */
  close(): Promise<void>;
}

/**
 * Iterate until the signal is aborted.
 *
 * #### Notes
 * `for await` would wait for a producer that hangs. Here an abortion ends the wait
 * at once; the producer is told, and cleans up in its own time.
 */
export function iterate<T>(
  iterable: AsyncIterable<T>,
  signal: AbortSignal
): IIteration<T> {
  const iterator = iterable[Symbol.asyncIterator]();
  const close = async () => {
    await iterator.return?.();
  };
  return {
    next: async () => {
      try {
        return await abortable(iterator.next(), signal);
      } catch (error) {
        if (signal.aborted) {
          // Nobody waits for the clean-up, so its failure has no reader either.
          close().catch(() => undefined);
        }
        throw error;
      }
    },
    close
  };
}
