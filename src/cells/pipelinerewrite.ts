/**
 * The rewrite of a whole notebook: cell by cell, each against the rewrites before
 * it, and a final verdict from the raw files to predictions.
 *
 * Every cell gets a proposal of its own, which is reviewed and accepted like any
 * other; nothing enters the notebook before that.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Obstacle, Proposal } from '../diff/proposal';
import type {
  ICodeCell,
  IRewriteRequest,
  IVerdict,
  IVerifyProgress,
  Observation
} from '../rewrite/interfaces';
import { cellRoles, lift } from '../rewrite/lifter';
import type { ModelUse } from '../rewrite/session';
import { best } from '../rewrite/sessionstate';
import { pipelineTasks } from '../rewrite/tasks/registry';
import { type IPipelineVerifier, wholeComparison } from '../rewrite/whole';
import { codeCells } from './notebookcells';

/** How far one cell is. */
export type CellStatus =
  'waiting' | 'working' | 'verified' | 'unverified' | 'accepted' | 'rejected';

/** One cell of the pipeline that is rewritten. */
export interface IPipelineCell {
  readonly cellId: string;
  /** Name of the task. */
  readonly task: string;
  status: CellStatus;
  proposal: Proposal | null;
}

/** What the rewrite of a pipeline needs from outside. */
export interface IPipelineRewriteOptions {
  panel: NotebookPanel;
  /** Puts a proposal beside a cell; null when the user would rather not. */
  propose: (request: IRewriteRequest) => Promise<Proposal | null>;
  verifier: IPipelineVerifier;
}

/** Rewrites the cells of one notebook, for a view to follow. */
export class PipelineRewrite implements IDisposable {
  constructor(private readonly _options: IPipelineRewriteOptions) {
    const { model } = _options.panel.content;
    this._now = model ? codeCells(model) : [];
    const messy = new Set(
      this._now.filter(({ role }) => role === undefined).map(({ id }) => id)
    );
    this.cells = pipelineTasks(this._now, cellRoles(this._now))
      .filter(({ cellId }) => messy.has(cellId))
      .map(({ cellId, task }) => ({
        cellId,
        task: task.name,
        status: 'waiting',
        proposal: null
      }));
    this._observed = new Map(observationsOf(this._now));
  }

  /** The cells that seem to be part of a pipeline, in order. */
  readonly cells: readonly IPipelineCell[];

  /** Emitted when anything a view shows has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** `whole`: both versions of the notebook are being compared from the raw files on. */
  get phase(): 'cells' | 'whole' | 'finished' | 'stopped' {
    return this._phase;
  }

  /** The final verdict; null while there is none, or nothing to compare. */
  get verdict(): IVerdict | null {
    return this._verdict;
  }

  /** How far the final verification is. */
  get progress(): IVerifyProgress | null {
    return this._progress;
  }

  /** Why it could not go on, or why not all could be accepted. */
  get problem(): Error | Obstacle | null {
    return this._problem;
  }

  /** Rewrite the cells one after the other; resolves when all is said. */
  async run(use: ModelUse): Promise<void> {
    try {
      for (const cell of this.cells) {
        await this._rewrite(cell, use);
        if (this._abort.signal.aborted) {
          return this._end('stopped');
        }
      }
      await this._verify();
    } catch (error) {
      this._problem = this._abort.signal.aborted ? null : (error as Error);
    }
    this._end(this._abort.signal.aborted ? 'stopped' : 'finished');
  }

  /** Stop at once; what was verified stays beside its cells. */
  stop(): void {
    this._abort.abort(new DOMException('Stopped.', 'AbortError'));
    this.cells.forEach(({ proposal }) => {
      if (proposal && !proposal.isDisposed) {
        proposal.stop();
      }
    });
  }

  /** Accept what is verified, in order, up to the first that cannot be. */
  acceptAll(): void {
    this._problem = null;
    for (const { proposal, status } of this.cells) {
      if (status === 'verified' && proposal) {
        this._problem = proposal.accept();
        if (this._problem) {
          break;
        }
      }
    }
    this._changed.emit();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.stop();
    Signal.clearData(this);
  }

  private async _rewrite(cell: IPipelineCell, use: ModelUse): Promise<void> {
    const { panel, propose } = this._options;
    const proposal = await propose({
      task: cell.task,
      notebookPath: panel.context.path,
      cells: this._now,
      cellId: cell.cellId,
      pending: this._pending
    });
    if (!proposal) {
      return this._move(cell, 'rejected');
    }
    cell.proposal = proposal;
    proposal.closed.connect((_, how) => this._move(cell, how));
    this._move(cell, 'working');
    await proposal.start(use);
    if (cell.status === 'working') {
      this._move(cell, this._take(proposal) ? 'verified' : 'unverified');
    }
  }

  /** Go on with the best candidate, if it is equivalent; tells whether it is. */
  private _take({ session }: Proposal): boolean {
    const judged = best(session.state);
    if (judged?.verdict.status !== 'equivalent') {
      return false;
    }
    const { cellId, code, metadata } = session.accept(judged.id, 'faithful');
    const { role, originalSource } = metadata;
    this._now = this._now.map(cell =>
      cell.id === cellId
        ? { id: cellId, source: code, role, originalSource }
        : cell
    );
    this._pending = [...this._pending, cellId];
    const { observation } = judged.candidate;
    if (observation) {
      this._observed.set(cellId, observation);
    }
    return true;
  }

  private async _verify(): Promise<void> {
    const comparison = wholeComparison(this._now, this._observed);
    if (!comparison) {
      return;
    }
    this._phase = 'whole';
    this._changed.emit();
    this._verdict = await this._options.verifier.verifyWhole(comparison, {
      signal: this._abort.signal,
      onProgress: progress => {
        this._progress = progress;
        this._changed.emit();
      }
    });
  }

  private _move(cell: IPipelineCell, status: CellStatus): void {
    cell.status = status;
    this._changed.emit();
  }

  private _end(phase: 'finished' | 'stopped'): void {
    this._phase = phase;
    this._progress = null;
    this._changed.emit();
  }

  /** The cells as they are when what was verified so far is accepted. */
  private _now: ICodeCell[];
  private _pending: readonly string[] = [];
  private readonly _observed: Map<string, Observation>;
  private readonly _abort = new AbortController();
  private _changed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _phase: PipelineRewrite['phase'] = 'cells';
  private _problem: Error | Obstacle | null = null;
  private _progress: IVerifyProgress | null = null;
  private _verdict: IVerdict | null = null;
}

/** What shows the results of cells that were rewritten before. */
function observationsOf(cells: readonly ICodeCell[]): [string, Observation][] {
  const originals = cells.map(({ id, source, originalSource }) => ({
    id,
    source: originalSource ?? source
  }));
  return cells
    .filter(({ role }) => role !== undefined)
    .flatMap(({ id }): [string, Observation][] => {
      const observation = lift(originals, id).candidate?.observation;
      return observation ? [[id, observation]] : [];
    });
}
