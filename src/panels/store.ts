/**
 * The state of the panel and the companion that it is asked of: what the models of
 * all its parts share.
 */
import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import {
  CompanionError,
  type ICallOptions,
  type ICompanion
} from '../companion/client';
import type { IProgress } from '../companion/protocol.generated';
import {
  INITIAL_PANEL,
  type IPanelState,
  type Long,
  type PanelEvent,
  reducePanel
} from './state';

/** Holds the state; asks the companion, and turns what goes wrong into state. */
export class PanelStore implements IDisposable {
  /**
   * @param connect - gives the companion of the notebook's kernel, connected.
   */
  constructor(private readonly _connect: () => Promise<ICompanion>) {}

  get state(): IPanelState {
    return this._state;
  }

  /** Emitted after every change of the state. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
  }

  /** Change the state. */
  apply(event: PanelEvent): void {
    if (this._isDisposed) {
      return;
    }
    this._state = reducePanel(this._state, event);
    this._changed.emit();
  }

  /** The kernel has gone: nothing on show is certain any more. */
  disconnect(): void {
    this._companion = null;
    this.apply({ type: 'lost' });
  }

  /** Do something with the companion; what goes wrong becomes state. */
  async ask(work: (companion: ICompanion) => Promise<void>): Promise<void> {
    this.apply({ type: 'asked' });
    try {
      if (!this._companion) {
        this._companion = await this._connect();
        this.apply({ type: 'connected' });
      }
      await work(this._companion);
    } catch (error) {
      this.apply({
        type: 'failed',
        failure: {
          message: error instanceof Error ? error.message : String(error),
          hint: error instanceof CompanionError ? error.hint : null
        }
      });
    } finally {
      this.apply({ type: 'answered' });
    }
  }

  /** Do something with the companion for the run on show, when there is one. */
  async askRun(
    work: (companion: ICompanion, run: string) => Promise<void>
  ): Promise<void> {
    const run = this._state.run?.run;
    if (run !== undefined) {
      await this.ask(companion => work(companion, run));
    }
  }

  /**
   * Do long work for the run on show: it tells how far it is, and can be stopped.
   *
   * #### Notes
   * Of each kind there is one at a time: a new one stops the one before.
   */
  async askLong(
    kind: Long,
    work: (
      companion: ICompanion,
      run: string,
      options: ICallOptions & { signal: AbortSignal }
    ) => Promise<void>
  ): Promise<void> {
    this.stop(kind);
    const controller = new AbortController();
    this._long.set(kind, controller);
    const { signal } = controller;
    const show = (progress: IProgress | null) => {
      if (this._long.get(kind) === controller) {
        this.apply({ type: 'progress', kind, progress });
      }
    };
    show({ stage: '', done: 0, total: 0, detail: null });
    await this.askRun(async (companion, run) => {
      try {
        await work(companion, run, { signal, onProgress: show });
      } catch (error) {
        if (!signal.aborted) {
          throw error;
        }
      }
    });
    show(null);
    if (this._long.get(kind) === controller) {
      this._long.delete(kind);
    }
  }

  /** Stop long work of a kind. */
  stop(kind: Long): void {
    this._long.get(kind)?.abort();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _long = new Map<Long, AbortController>();
  private _companion: ICompanion | null = null;
  private _isDisposed = false;
  private _state = INITIAL_PANEL;
}
