/**
 * At most so many things at once; the others wait for their turn.
 */

/** Gives out a fixed number of places. */
export class Slots {
  constructor(private _free: number) {}

  /**
   * Wait for a place.
   *
   * Resolves to what gives it back, to be called once; rejects with the signal's
   * reason when it is aborted before.
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) {
      throw signal.reason;
    }
    if (this._free > 0) {
      this._free--;
    } else {
      await this._turn(signal);
    }
    return () => this._give();
  }

  private _turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this._waiting = this._waiting.filter(other => other !== enter);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      this._waiting.push(enter);
    });
  }

  private _give(): void {
    const next = this._waiting.shift();
    if (next) {
      next();
    } else {
      this._free++;
    }
  }

  private _waiting: (() => void)[] = [];
}
