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
import type { CommandRegistry } from '@lumino/commands';

import type { Proposal } from '../diff/proposal';
import type { ModelUse } from '../rewrite/session';
import { CommandIDs, ICompanionManager, ILlm } from '../tokens';
import type { IWorkbench } from './workbench';

const PLUGIN_ID = 'jupyterlab-palimpsest:plugin';

/** The commands take no arguments but this one, which the toolbar passes. */
const DESCRIBED_BY = {
  args: {
    type: 'object',
    properties: {
      toolbar: {
        type: 'boolean',
        description: 'Whether a toolbar button was pressed'
      }
    }
  }
} as const;

/** Adds the rewriting commands and their buttons. */
export const cellsPlugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Rewrites notebook cells into verified declarative pipelines.',
  autoStart: true,
  requires: [INotebookTracker, ICompanionManager],
  optional: [ILlm, ISettingRegistry, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    companions: ICompanionManager,
    llm: ILlm | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_palimpsest');
    const { commands } = app;
    let workbench: IWorkbench | null = null;
    let loading: Promise<void> | null = null;
    const load = async () => {
      const [{ createWorkbench }, settings] = await Promise.all([
        import('./workbench'),
        registry?.load(PLUGIN_ID) ?? null
      ]);
      workbench = createWorkbench({
        tracker,
        companions,
        llm,
        server: app.serviceManager.serverSettings,
        settings,
        trans
      });
      workbench.proposals.changed.connect(notify);
      notify();
    };
    const ids: string[] = [];
    const notify = () => ids.forEach(id => commands.notifyCommandChanged(id));

    const active = (): { panel: NotebookPanel; cellId: string } | null => {
      const panel = tracker.currentWidget;
      const cell = panel?.content.activeCell;
      return panel && cell?.model.type === 'code'
        ? { panel, cellId: cell.model.id }
        : null;
    };
    const applies = () => {
      const target = active();
      return (
        !!target && !!workbench?.rewriter.applies(target.panel, target.cellId)
      );
    };
    const rewrite = async (use: ModelUse) => {
      const target = active();
      if (target) {
        await workbench?.rewriter.rewrite(target.panel, target.cellId, use);
      }
    };
    const proposal = (): Proposal | null => {
      const focused = workbench?.proposals.containing(document.activeElement);
      const target = active();
      return (
        focused ??
        (target &&
          workbench?.proposals.get(target.panel.context.path, target.cellId)) ??
        null
      );
    };
    const add = (
      id: string,
      options: Omit<CommandRegistry.ICommandOptions, 'describedBy'>
    ) => {
      commands.addCommand(id, { ...options, describedBy: DESCRIBED_BY });
      palette?.addItem({ command: id, category: trans.__('Palimpsest') });
      ids.push(id);
    };
    const addForProposal = (
      id: string,
      label: string,
      enabled: (proposal: Proposal) => boolean,
      act: (proposal: Proposal) => void
    ) =>
      add(id, {
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

    add(CommandIDs.rewriteCell, {
      label: trans.__('Rewrite Cell'),
      caption: trans.__(
        'Rewrite this cell declaratively and verify the result'
      ),
      icon: editIcon,
      isEnabled: applies,
      isVisible: args => !args.toolbar || applies(),
      execute: () => rewrite('if-needed')
    });
    add(CommandIDs.rewriteWithModel, {
      label: trans.__('Rewrite Cell with the Model'),
      caption: trans.__('Ask the configured language model for a rewrite'),
      isEnabled: () => llm !== null && applies(),
      execute: () => rewrite('only')
    });
    add(CommandIDs.rewritePipeline, {
      label: trans.__('Rewrite Pipeline'),
      caption: trans.__(
        'Rewrite all cells of the pipeline, and verify it as a whole'
      ),
      icon: editIcon,
      isEnabled: () => tracker.currentWidget !== null && workbench !== null,
      execute: async () => {
        if (tracker.currentWidget) {
          await workbench?.pipelines.start(tracker.currentWidget);
        }
      }
    });
    addForProposal(
      CommandIDs.stopRewrite,
      trans.__('Stop Rewriting'),
      target => target.isWorking,
      target => target.stop()
    );
    addForProposal(
      CommandIDs.acceptProposal,
      trans.__('Accept Proposal'),
      target => target.obstacle === null,
      target => void target.accept()
    );
    addForProposal(
      CommandIDs.rejectProposal,
      trans.__('Reject Proposal'),
      () => true,
      target => target.reject()
    );
    addForProposal(
      CommandIDs.nextCandidate,
      trans.__('Show Next Candidate'),
      target => target.candidates.length > 1,
      target => target.next()
    );
    addForProposal(
      CommandIDs.focusProposal,
      trans.__('Go to Proposal'),
      () => true,
      target =>
        workbench?.proposals.focus(target.address.path, target.address.cellId)
    );

    addForProposal(
      CommandIDs.remarkProposal,
      trans.__('Ask for Another Rewrite…'),
      target => !target.isWorking,
      target =>
        workbench?.proposals.focusRemark(
          target.address.path,
          target.address.cellId
        )
    );

    tracker.activeCellChanged.connect(notify);
    tracker.widgetAdded.connect(() => {
      loading ??= load().catch(reason =>
        console.error('Palimpsest could not load its rewriter.', reason)
      );
    });
  }
};
