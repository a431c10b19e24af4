/**
 * The plugin that puts rewriting on cells: toolbar button, menus, palette,
 * shortcuts.
 */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { editIcon } from '@jupyterlab/ui-components';

import { CompanionVerifier } from '../companion/verifier';
import { ProposalManager } from '../diff/manager';
import type { Proposal } from '../diff/proposal';
import { RulesSource } from '../rewrite/candidatesource';
import { ModelSource } from '../rewrite/modelsource';
import type { ModelUse } from '../rewrite/session';
import { CommandIDs, ICompanionManager, ILlm } from '../tokens';
import { Rewriter } from './rewriter';

const PLUGIN_ID = 'jupyterlab-palimpsest:plugin';

/** Adds the rewriting commands and their buttons. */
export const cellsPlugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Rewrites notebook cells into verified declarative pipelines.',
  autoStart: true,
  requires: [INotebookTracker, ICompanionManager],
  optional: [ILlm, ISettingRegistry, ITranslator, ICommandPalette],
  activate: async (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    companions: ICompanionManager,
    llm: ILlm | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_palimpsest');
    const settings = await registry?.load(PLUGIN_ID);
    const rewriter = new Rewriter({
      trans,
      sources: [new RulesSource(), ...(llm ? [new ModelSource(llm)] : [])],
      panel: path => tracker.find(panel => panel.context.path === path) ?? null,
      verifier: panel =>
        new CompanionVerifier(() => companions.forNotebook(panel), {
          mutations: settings?.composite.mutations as number | undefined,
          timeLimit: settings?.composite.timeLimit as number | undefined
        })
    });
    const proposals = new ProposalManager(
      tracker,
      proposal => rewriter.actions(proposal),
      trans
    );
    rewriter.proposals = proposals;

    const active = (): { panel: NotebookPanel; cellId: string } | null => {
      const panel = tracker.currentWidget;
      const cell = panel?.content.activeCell;
      return panel && cell?.model.type === 'code'
        ? { panel, cellId: cell.model.id }
        : null;
    };
    const proposal = (): Proposal | null => {
      const focused = proposals.containing(document.activeElement);
      const target = active();
      return (
        focused ??
        (target && proposals.get(target.panel.context.path, target.cellId))
      );
    };
    const applies = () => {
      const target = active();
      return !!target && rewriter.applies(target.panel, target.cellId);
    };
    const rewrite = async (use: ModelUse) => {
      const target = active();
      if (target) {
        await rewriter.rewrite(target.panel, target.cellId, use);
      }
    };
    const { commands } = app;
    commands.addCommand(CommandIDs.rewriteCell, {
      label: trans.__('Rewrite Cell'),
      caption: trans.__(
        'Rewrite this cell declaratively and verify the result'
      ),
      icon: editIcon,
      isEnabled: applies,
      isVisible: args => !args.toolbar || applies(),
      execute: () => rewrite('if-needed')
    });
    commands.addCommand(CommandIDs.rewriteWithModel, {
      label: trans.__('Rewrite Cell with the Model'),
      caption: trans.__('Ask the configured language model for a rewrite'),
      isEnabled: () => llm !== null && applies(),
      execute: () => rewrite('only')
    });
    const onProposal = (
      id: string,
      label: string,
      enabled: (proposal: Proposal) => boolean,
      act: (proposal: Proposal) => void
    ) =>
      commands.addCommand(id, {
        label,
        isEnabled: () => {
          const target = proposal();
          return target !== null && enabled(target);
        },
        execute: () => {
          const target = proposal();
          if (target) {
            act(target);
          }
        }
      });
    onProposal(
      CommandIDs.stopRewrite,
      trans.__('Stop Rewriting'),
      target => target.isWorking,
      target => target.stop()
    );
    onProposal(
      CommandIDs.acceptProposal,
      trans.__('Accept Proposal'),
      target => target.obstacle === null,
      target => void target.accept()
    );
    onProposal(
      CommandIDs.rejectProposal,
      trans.__('Reject Proposal'),
      () => true,
      target => target.reject()
    );
    onProposal(
      CommandIDs.nextCandidate,
      trans.__('Show Next Candidate'),
      target => target.candidates.length > 1,
      target => target.next()
    );
    onProposal(
      CommandIDs.focusProposal,
      trans.__('Go to Proposal'),
      () => true,
      target => proposals.focus(target.address.path, target.address.cellId)
    );
    const ids = [
      CommandIDs.rewriteCell,
      CommandIDs.rewriteWithModel,
      CommandIDs.stopRewrite,
      CommandIDs.acceptProposal,
      CommandIDs.rejectProposal,
      CommandIDs.nextCandidate,
      CommandIDs.focusProposal
    ];
    for (const command of ids) {
      palette?.addItem({ command, category: trans.__('Palimpsest') });
    }
    const notify = () => ids.forEach(id => commands.notifyCommandChanged(id));
    proposals.changed.connect(notify);
    tracker.activeCellChanged.connect(notify);
  }
};
