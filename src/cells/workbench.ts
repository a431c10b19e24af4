/**
 * Everything that rewriting needs once it is used: loaded with the first notebook.
 */
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import { CompanionVerifier } from '../companion/verifier';
import { ProposalManager } from '../diff/manager';
import { RulesSource } from '../rewrite/candidatesource';
import { ModelSource } from '../rewrite/modelsource';
import type { ICompanionManager, ILlm } from '../tokens';
import { Rewriter } from './rewriter';

/** What the parts of the application are. */
export interface IWorkbenchOptions {
  tracker: INotebookTracker;
  companions: ICompanionManager;
  llm: ILlm | null;
  settings: ISettingRegistry.ISettings | null;
  trans: TranslationBundle;
}

/** The rewriter and the proposals it makes. */
export interface IWorkbench {
  rewriter: Rewriter;
  proposals: ProposalManager;
}

/** Put rewriter and proposals together. */
export function createWorkbench(options: IWorkbenchOptions): IWorkbench {
  const { tracker, companions, llm, settings, trans } = options;
  const rewriter = new Rewriter({
    trans,
    sources: [new RulesSource(), ...(llm ? [new ModelSource(llm)] : [])],
    panel: path => tracker.find(panel => panel.context.path === path) ?? null,
    verifier: panel =>
      new CompanionVerifier(() => companions.forNotebook(panel), {
        mutations: settings?.composite.mutations as number | undefined,
        timeLimit: settings?.composite.timeLimit as number | undefined
      }),
    proposals: actions => new ProposalManager(tracker, actions, trans)
  });
  return { rewriter, proposals: rewriter.proposals };
}
