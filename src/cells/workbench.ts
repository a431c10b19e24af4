/**
 * Everything that rewriting needs once it is used: loaded with the first notebook.
 */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { ServerConnection } from '@jupyterlab/services';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import { describeSources } from '../companion/describer';
import { CompanionVerifier } from '../companion/verifier';
import { ProposalManager } from '../diff/manager';
import { type INotes, ServerNotes, folderOf } from '../llm/notes';
import { RulesSource } from '../rewrite/candidatesource';
import { ModelSource } from '../rewrite/modelsource';
import type { ICompanionManager, ILlm } from '../tokens';
import { confirmLargePrompt } from './dialogs';
import { PipelineRewrites } from './pipelines';
import { Rewriter } from './rewriter';
import { rewritingSettings } from './settings';

/** What the parts of the application are. */
export interface IWorkbenchOptions {
  tracker: INotebookTracker;
  companions: ICompanionManager;
  llm: ILlm | null;
  server: ServerConnection.ISettings;
  settings: ISettingRegistry.ISettings | null;
  trans: TranslationBundle;
}

/** The rewriters and the proposals they make. */
export interface IWorkbench {
  rewriter: Rewriter;
  pipelines: PipelineRewrites;
  proposals: ProposalManager;
}

/** Put rewriter and proposals together. */
export function createWorkbench(options: IWorkbenchOptions): IWorkbench {
  const { tracker, companions, llm, server, settings, trans } = options;
  const notesOf = (panel: NotebookPanel): INotes | null =>
    rewritingSettings(settings).keepExchanges
      ? new ServerNotes(server, folderOf(panel.context.path))
      : null;
  const modelFor = (model: ILlm, panel: NotebookPanel): ModelSource => {
    const { candidates, sampleRows, largePrompt } = rewritingSettings(settings);
    return new ModelSource(model, {
      perRound: candidates,
      largePrompt,
      showValues: sampleRows > 0,
      describe: (names, signal) =>
        inTime(
          companions
            .forNotebook(panel)
            .then(companion =>
              describeSources(companion, names, sampleRows, signal)
            ),
          trans.__('the kernel is busy')
        ),
      strategies: notesOf(panel) ?? undefined,
      confirm: size => confirmLargePrompt(size, trans)
    });
  };
  const verifier = (panel: NotebookPanel) =>
    new CompanionVerifier(() => companions.forNotebook(panel), {
      mutations: settings?.composite.mutations as number | undefined,
      timeLimit: settings?.composite.timeLimit as number | undefined
    });
  const rewriter = new Rewriter({
    trans,
    sources: panel => [
      new RulesSource(),
      ...(llm ? [modelFor(llm, panel)] : [])
    ],
    panel: path => tracker.find(panel => panel.context.path === path) ?? null,
    verifier,
    notes: llm ? notesOf : () => null,
    hasModel: async () => {
      // Why the server does not answer is told when the model is asked.
      const status = await llm?.status().catch(() => null);
      return status?.configured ?? false;
    },
    persistence: () => {
      const { rounds, critic } = rewritingSettings(settings);
      return { rounds, critic };
    },
    proposals: actions => new ProposalManager(tracker, actions, trans)
  });
  return {
    rewriter,
    pipelines: new PipelineRewrites({ rewriter, verifier, trans }),
    proposals: rewriter.proposals
  };
}

/** How long the model waits to be told of the sources. */
const PATIENCE_MS = 10_000;

/** The promise's value, or a failure for this reason when it takes too long. */
function inTime<T>(promise: Promise<T>, reason: string): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new Error(reason)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() =>
    window.clearTimeout(timer)
  );
}
