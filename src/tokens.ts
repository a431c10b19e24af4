/**
 * The tokens through which the parts of the extension know each other, and the
 * interfaces behind them. Implementations live in the feature folders.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { ICompanion } from './companion/client';
import type { ILlm as ILlmClient } from './llm/client';

/** Ids of the commands, in one place so that menus, palette and shortcuts agree. */
export namespace CommandIDs {
  export const rewriteCell = 'palimpsest:rewrite-cell';
  export const rewriteWithModel = 'palimpsest:rewrite-cell-with-model';
  export const rewritePipeline = 'palimpsest:rewrite-pipeline';
  export const stopRewrite = 'palimpsest:stop-rewrite';
  export const acceptProposal = 'palimpsest:accept-proposal';
  export const rejectProposal = 'palimpsest:reject-proposal';
  export const nextCandidate = 'palimpsest:next-candidate';
  export const focusProposal = 'palimpsest:focus-proposal';
  export const remarkProposal = 'palimpsest:remark-proposal';
  export const openExchanges = 'palimpsest:open-exchanges';
  export const openPipeline = 'palimpsest:open-pipeline';
}

/** The companion of a notebook was lost, or has come back. */
export interface ICompanionChange {
  notebook: NotebookPanel;
  isConnected: boolean;
}

/** Gives the companion of a notebook's kernel. */
export interface ICompanionManager {
  /**
   * The companion of the notebook's kernel, connected.
   *
   * Rejects with a `CompanionError` that says what to do when there is no kernel
   * or the kernel has no companion.
   */
  forNotebook(panel: NotebookPanel): Promise<ICompanion>;
  /** Emitted when a companion was lost (restart, death) or has come back. */
  readonly changed: ISignal<ICompanionManager, ICompanionChange>;
}

export const ICompanionManager = new Token<ICompanionManager>(
  'jupyterlab-palimpsest:ICompanionManager',
  'Gives the Palimpsest companion of a notebook kernel.'
);

/** The configured language model, through the server relay. */
export const ILlm = new Token<ILlmClient>(
  'jupyterlab-palimpsest:ILlm',
  'Streams chat completions of the endpoint configured on the Jupyter server.'
);
export type ILlm = ILlmClient;
