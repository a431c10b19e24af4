/**
 * Starts rewrites of cells: from the active cell of a notebook to a proposal
 * beside it.
 */
import { showErrorMessage } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ActionsFactory, ProposalManager } from '../diff/manager';
import type { Proposal } from '../diff/proposal';
import type { IProposalActions } from '../diff/proposalview';
import type {
  ICandidateSource,
  IRewriteRequest,
  IVerifier
} from '../rewrite/interfaces';
import { type ModelUse, RewriteSession } from '../rewrite/session';
import { tasksFor } from '../rewrite/tasks/registry';
import { codeCells, findModel } from './notebookcells';

/** What a rewrite needs from outside. */
export interface IRewriterOptions {
  sources: readonly ICandidateSource[];
  /** Verifies in the folder and with the interpreter of the notebook's kernel. */
  verifier: (panel: NotebookPanel) => IVerifier;
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
    const session = new RewriteSession(
      request,
      this._options.sources,
      this._options.verifier(panel)
    );
    const cell = request.cells.find(other => other.id === cellId);
    const proposal = this.proposals.add(
      { path: panel.context.path, cellId, source: cell?.source ?? '' },
      session
    );
    await proposal.start(use);
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
}
