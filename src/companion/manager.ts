/**
 * One companion for each open notebook.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { type ISignal, Signal } from '@lumino/signaling';

import type { ICompanionChange, ICompanionManager } from '../tokens';
import type { ICompanion } from './client';
import { SessionCompanion } from './session';

/** Keeps the companions of the open notebooks. */
export class CompanionManager implements ICompanionManager {
  get changed(): ISignal<ICompanionManager, ICompanionChange> {
    return this._changed;
  }

  async forNotebook(panel: NotebookPanel): Promise<ICompanion> {
    let companion = this._companions.get(panel);
    if (!companion) {
      companion = this._add(panel);
    }
    await companion.connect();
    return companion;
  }

  private _add(panel: NotebookPanel): SessionCompanion {
    const companion = new SessionCompanion(panel.sessionContext);
    this._companions.set(panel, companion);
    companion.changed.connect((_, isConnected) =>
      this._changed.emit({ notebook: panel, isConnected })
    );
    panel.disposed.connect(() => companion.dispose());
    return companion;
  }

  private readonly _companions = new WeakMap<NotebookPanel, SessionCompanion>();
  private readonly _changed = new Signal<ICompanionManager, ICompanionChange>(
    this
  );
}
