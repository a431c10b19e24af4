/**
 * The exchanges with the model that are kept beside a notebook, as a view shows them.
 */
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { INotes } from '../llm/notes';
import { NOTHING_SPENT, spend } from '../rewrite/exchange';
import type { IKeptExchange, ISpent } from '../rewrite/exchange';
import { summarise } from '../rewrite/taxonomy';
import type { IFailureMode } from '../rewrite/taxonomy';

/** Loads, sums up, exports and deletes exchanges. */
export class ExchangesModel implements IDisposable {
  constructor(private readonly _notes: INotes) {}

  /** Emitted when anything a view shows has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The exchanges, the latest first; null while they were never loaded. */
  get exchanges(): readonly IKeptExchange[] | null {
    return this._exchanges;
  }

  /** Why the last thing that was asked for failed, or null. */
  get error(): string | null {
    return this._error;
  }

  /** What all exchanges took together. */
  get spent(): ISpent {
    return (this._exchanges ?? []).reduce(spend, NOTHING_SPENT);
  }

  /** What went wrong, the most frequent first. */
  get failures(): { mode: IFailureMode; times: number }[] {
    return summarise((this._exchanges ?? []).map(({ failure }) => failure));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Load what is kept now. */
  async refresh(): Promise<void> {
    await this._do(async () => undefined);
  }

  async delete(id: string): Promise<void> {
    await this._do(() => this._notes.deleteExchanges(id));
  }

  async deleteAll(): Promise<void> {
    await this._do(() => this._notes.deleteExchanges());
  }

  /** Forget which ways of rewriting failed. */
  async forgetStrategies(): Promise<void> {
    await this._do(() => this._notes.deleteStrategies());
  }

  /** Everything that is kept, as a JSON document. */
  async export(): Promise<string> {
    const [exchanges, strategies] = await Promise.all([
      this._notes.exchanges(),
      this._notes.strategies()
    ]);
    return JSON.stringify({ version: 1, exchanges, strategies }, null, 2);
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  /** Do something and show what is kept afterwards. */
  private async _do(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this._exchanges = [...(await this._notes.exchanges())].reverse();
      this._error = null;
    } catch (error) {
      this._error = error instanceof Error ? error.message : String(error);
    }
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _error: string | null = null;
  private _exchanges: readonly IKeptExchange[] | null = null;
  private _isDisposed = false;
}
