/**
 * A proposal: one rewriting session beside one cell, until it is accepted or
 * rejected. It lives outside the notebook; nothing of it is saved or run.
 */
import type { ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { applyChange, findModel, ICellAddress } from '../cells/notebookcells';
import { acceptableAs } from '../rewrite/acceptance';
import type { AcceptanceMode, ICellChange } from '../rewrite/acceptance';
import type { ModelUse, RewriteSession } from '../rewrite/session';
import { current, ranked } from '../rewrite/sessionstate';
import type { JudgedCandidate } from '../rewrite/sessionstate';

/** Why a proposal cannot be accepted as it stands. */
export type Obstacle =
  | { kind: 'working' }
  | { kind: 'nothing' }
  | { kind: 'edited' }
  | { kind: 'cell-changed' }
  | { kind: 'cell-gone' }
  | { kind: 'relies-on'; cellId: string }
  | { kind: 'verdict' };

/** One session beside one cell. */
export class Proposal implements IDisposable {
  /**
   * @param notebook - the notebook's model, or null while it is not open; a
   * proposal outlives the closing of its notebook.
   */
  constructor(
    readonly address: ICellAddress,
    readonly session: RewriteSession,
    private readonly _notebook: () => INotebookModel | null
  ) {
    session.subscribe(() => this._onSession());
  }

  /** Emitted when anything a view shows has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted once, when the proposal was accepted, rejected or withdrawn. */
  get closed(): ISignal<this, 'accepted' | 'rejected'> {
    return this._closed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The judged candidates, best first. */
  get candidates(): readonly JudgedCandidate[] {
    return ranked(this.session.state);
  }

  /** The candidate on show; null while none is judged. */
  get shown(): JudgedCandidate | null {
    const { candidates } = this;
    return candidates[this._index % Math.max(candidates.length, 1)] ?? null;
  }

  /** 0-based place of the shown candidate. */
  get index(): number {
    return this.candidates.length ? this._index % this.candidates.length : 0;
  }

  get isWorking(): boolean {
    return this.session.state.phase === 'working';
  }

  /** Text of the candidate that is still arriving or being verified. */
  get arriving(): string | null {
    const entry = current(this.session.state);
    switch (entry?.stage) {
      case 'streaming':
        return entry.text;
      case 'verifying':
        return entry.candidate.code;
      default:
        return null;
    }
  }

  /** The text with reverted chunks, when it differs from the candidate's. */
  get edited(): string | null {
    return this._edited;
  }

  set edited(text: string | null) {
    const code = this.shown?.candidate.code;
    const next = text === code ? null : text;
    if (next !== this._edited) {
      this._edited = next;
      this._changed.emit();
    }
  }

  /** What stands in the way of accepting, or null. */
  get obstacle(): Obstacle | null {
    if (this.isWorking) {
      return { kind: 'working' };
    }
    const { shown } = this;
    if (!shown) {
      return { kind: 'nothing' };
    }
    const model = this._model();
    if (!model) {
      return { kind: 'cell-gone' };
    }
    if (model.sharedModel.getSource() !== this.address.source) {
      return { kind: 'cell-changed' };
    }
    const missing = this._missingPrerequisite(shown);
    if (missing) {
      return { kind: 'relies-on', cellId: missing };
    }
    if (this._edited !== null) {
      return { kind: 'edited' };
    }
    return this.mode ? null : { kind: 'verdict' };
  }

  /** As what the shown candidate may be accepted, or null. */
  get mode(): AcceptanceMode | null {
    return this.shown ? (acceptableAs(this.shown.verdict)[0] ?? null) : null;
  }

  /** Look at the notebook again: something in it has changed. */
  refresh(): void {
    this._changed.emit();
  }

  async start(model: ModelUse): Promise<void> {
    await this.session.start(model);
  }

  /** Ask for something else. */
  async retry(remark: string): Promise<void> {
    this._edited = null;
    await this.session.retry(remark);
  }

  stop(): void {
    this.session.stop();
  }

  /** Show the next candidate. */
  next(): void {
    this._index = (this.index + 1) % Math.max(this.candidates.length, 1);
    this._edited = null;
    this._changed.emit();
  }

  /** Verify the text with its reverted chunks as a candidate of its own. */
  async verifyEdited(): Promise<void> {
    if (this.shown && this._edited !== null) {
      await this._judge(this._edited);
    }
  }

  /** Verify the fix of a finding as a candidate of its own. */
  async tryFix(code: string): Promise<void> {
    await this._judge(code);
  }

  /**
   * Write the shown candidate into its cell: one undoable edit.
   *
   * Returns what stood in the way, or null when it was accepted.
   */
  accept(): Obstacle | null {
    const { obstacle, shown, mode } = this;
    const model = this._model();
    if (obstacle || !shown || !mode || !model) {
      return obstacle ?? { kind: 'nothing' };
    }
    const change: ICellChange = this.session.accept(shown.id, mode);
    applyChange(model, change.code, change.metadata);
    this._close('accepted');
    return null;
  }

  /** Drop the proposal; the notebook stays as it is. */
  reject(): void {
    this._close('rejected');
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.session.dispose();
    Signal.clearData(this);
  }

  private _model(cellId = this.address.cellId): ICodeCellModel | null {
    const notebook = this._notebook();
    return notebook && findModel(notebook, cellId);
  }

  private _missingPrerequisite(shown: JudgedCandidate): string | null {
    const { cells, pending = [] } = this.session.request;
    const waiting = cells.filter(({ id }) => pending.includes(id));
    const needed: [string, string][] = [
      ...waiting.map(({ id, source }): [string, string] => [id, source]),
      ...Object.entries(shown.candidate.prerequisites).map(
        ([cellId, { code }]): [string, string] => [cellId, code]
      )
    ];
    const missing = needed.find(
      ([cellId, code]) => this._model(cellId)?.sharedModel.getSource() !== code
    );
    return missing?.[0] ?? null;
  }

  private async _judge(code: string): Promise<void> {
    const basis = this.shown?.id ?? null;
    const judged = await this.session.judgeEdited(basis, code);
    if (judged) {
      this._edited = null;
      this._index = this.candidates.findIndex(entry => entry.id === judged.id);
    }
    this._changed.emit();
  }

  private _onSession(): void {
    if (this.isWorking) {
      this._index = 0;
    }
    this._changed.emit();
  }

  private _close(how: 'accepted' | 'rejected'): void {
    this._closed.emit(how);
    this.dispose();
  }

  private _changed = new Signal<this, void>(this);
  private _closed = new Signal<this, 'accepted' | 'rejected'>(this);
  private _edited: string | null = null;
  private _index = 0;
  private _isDisposed = false;
}
