/**
 * Starts rewrites of cells: from the active cell of a notebook to a proposal
 * beside it.
 */
import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ActionsFactory, ProposalManager } from '../diff/manager';
import type { Proposal } from '../diff/proposal';
import type { IProposalActions } from '../diff/proposalview';
import type { INotes } from '../llm/notes';
import { Chronicle } from '../rewrite/chronicle';
import { cutPoints, onlyCutPoint } from '../rewrite/cutpoints';
import type { ICutPoint } from '../rewrite/cutpoints';
import type {
  ICandidateSource,
  IRewriteRequest,
  IVerifier,
  StageOutputs
} from '../rewrite/interfaces';
import { lift } from '../rewrite/lifter';
import type { IRewriteOptions } from '../rewrite/loop';
import { type ModelUse, RewriteSession } from '../rewrite/session';
import { roleOf, taskByName, tasksFor } from '../rewrite/tasks/registry';
import { chooseCutPoint } from './dialogs';
import { codeCells, findModel } from './notebookcells';

/** What a rewrite needs from outside. */
export interface IRewriterOptions {
  /** Proposes rewrites of cells of a notebook. */
  sources: (panel: NotebookPanel) => readonly ICandidateSource[];
  /** Verifies in the folder and with the interpreter of the notebook's kernel. */
  verifier: (panel: NotebookPanel) => IVerifier;
  /** Where exchanges with the model are kept; null when they are not. */
  notes: (panel: NotebookPanel) => INotes | null;
  /** Whether a model can be asked. */
  hasModel: () => Promise<boolean>;
  /** How long the model is asked. */
  persistence: () => Pick<IRewriteOptions, 'rounds' | 'critic'>;
  /** The open notebook at a path. */
  panel: (path: string) => NotebookPanel | null;
  /** Makes the keeper of the proposals, whose buttons the rewriter serves. */
  proposals: (actions: ActionsFactory) => ProposalManager;
  trans: TranslationBundle;
}

/** Starts rewrites and serves the buttons of their proposals. */
export class Rewriter {
  constructor(private readonly _options: IRewriterOptions) {
    this.proposals = _options.proposals(proposal => this._actions(proposal));
  }

  /** Where the proposals go. */
  readonly proposals: ProposalManager;

  /** Whether some task applies to the cell. */
  applies(panel: NotebookPanel, cellId: string): boolean {
    const model = panel.content.model;
    return !!model && tasksFor(codeCells(model), cellId).length > 0;
  }

  /** Rewrite a cell, as it is now. */
  async rewrite(
    panel: NotebookPanel,
    cellId: string,
    use: ModelUse
  ): Promise<void> {
    const { trans } = this._options;
    const request = this._request(panel, cellId);
    if (!request) {
      await showErrorMessage(
        trans.__('Nothing to rewrite'),
        trans.__(
          'This cell neither prepares data, nor makes features, labels or a model. Choose a cell that does.'
        )
      );
      return;
    }
    await (await this.propose(panel, request))?.start(use);
  }

  /**
   * Put a proposal for a request beside its cell, not started yet; null when the
   * user would rather not rewrite.
   */
  async propose(
    panel: NotebookPanel,
    request: IRewriteRequest
  ): Promise<Proposal | null> {
    const outputs = await this._outputs(request);
    if (outputs === null) {
      return null;
    }
    const { cellId, cells, notebookPath: path } = request;
    const session = this._session({ ...request, outputs }, panel);
    const source = cells.find(other => other.id === cellId)?.source ?? '';
    return this.proposals.add({ path, cellId, source }, session);
  }

  private _session(
    request: IRewriteRequest,
    panel: NotebookPanel
  ): RewriteSession {
    const { sources, verifier, persistence, notes } = this._options;
    const session = new RewriteSession(
      request,
      sources(panel),
      verifier(panel),
      persistence()
    );
    const kept = notes(panel);
    if (kept) {
      new Chronicle(session, kept, error => this._warn(error));
    }
    return session;
  }

  /**
   * What holds the result of the cell, asked of the user when that is not clear;
   * null when the user would rather not rewrite.
   */
  private async _outputs(
    request: IRewriteRequest
  ): Promise<StageOutputs | null> {
    const { cells, cellId, task } = request;
    // What the rules can lift, they can also tell the result of.
    if (lift(cells, cellId).candidate) {
      return {};
    }
    const role = roleOf(taskByName(task), request);
    const points = cutPoints(cells, cellId, role);
    const known = onlyCutPoint(points, role);
    if (known || points.length === 0) {
      return known ? { [role]: known.name } : {};
    }
    const helps = points.some(({ name }) => {
      const outputs = { [role]: name };
      return lift(cells, cellId, { outputs }).candidate !== null;
    });
    // Where nobody can rewrite the cell, there is nothing to ask for.
    if (!helps && !(await this._options.hasModel())) {
      return {};
    }
    const key = JSON.stringify([request.notebookPath, cellId, points]);
    const chosen =
      this._chosen.get(key) ??
      (await chooseCutPoint(points, this._options.trans));
    if (chosen === null) {
      return null;
    }
    this._chosen.set(key, chosen);
    return chosen === 'unknown' ? {} : { [role]: chosen.name };
  }

  /** Say once that exchanges are not kept; rewriting goes on without. */
  private _warn(error: unknown): void {
    if (!this._warned) {
      this._warned = true;
      Notification.warning(
        this._options.trans.__(
          'What the model says cannot be kept: %1',
          error instanceof Error ? error.message : String(error)
        )
      );
    }
  }

  /** What the buttons of a proposal do. */
  private _actions(proposal: Proposal): IProposalActions {
    const { path, cellId } = proposal.address;
    const again = (cell: string, use: ModelUse) => {
      const panel = this._options.panel(path);
      if (panel) {
        this._report(this.rewrite(panel, cell, use));
      }
    };
    return {
      accept: () => void proposal.accept(),
      reject: () => proposal.reject(),
      stop: () => proposal.stop(),
      next: () => proposal.next(),
      retry: remark => this._report(proposal.retry(remark)),
      verifyEdited: () => this._report(proposal.verifyEdited()),
      tryFix: code => this._report(proposal.tryFix(code)),
      rebase: () => again(cellId, 'if-needed'),
      rewriteOther: other => again(other, 'if-needed')
    };
  }

  private _report(work: Promise<unknown>): void {
    work.catch(error =>
      showErrorMessage(this._options.trans.__('Rewriting failed'), error)
    );
  }

  private _request(
    panel: NotebookPanel,
    cellId: string
  ): IRewriteRequest | null {
    const model = panel.content.model;
    if (!model || !findModel(model, cellId)) {
      return null;
    }
    const cells = codeCells(model);
    const task = tasksFor(cells, cellId).at(0);
    return task
      ? { task: task.name, notebookPath: panel.context.path, cells, cellId }
      : null;
  }

  /** What the user said holds the result of a cell, to be asked once only. */
  private readonly _chosen = new Map<string, ICutPoint | 'unknown'>();
  private _warned = false;
}
