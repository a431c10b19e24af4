/**
 * The plugin that opens the pipeline panel beside a notebook.
 */
import {
  ILabShell,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { listIcon } from '@jupyterlab/ui-components';

import {
  CommandIDs,
  type ICompanionChange,
  ICompanionManager
} from '../tokens';

/** Adds the command that opens the pipeline panel. */
export const panelsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-palimpsest:panels',
  description: 'Shows the pipeline of a run: lineage, records and forgetting.',
  autoStart: true,
  requires: [INotebookTracker, ICompanionManager],
  optional: [ITranslator, ICommandPalette, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    companions: ICompanionManager,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    lab: ILabShell | null
  ) => {
    const addToShell = (widget: MainAreaWidget, notebook: NotebookPanel) =>
      // The main area of Notebook 7 has room for the notebook only.
      lab
        ? lab.add(widget, 'main', { mode: 'split-right', ref: notebook.id })
        : app.shell.add(widget, 'right');
    const trans = (translator ?? nullTranslator).load('jupyterlab_palimpsest');
    app.commands.addCommand(CommandIDs.openPipeline, {
      label: trans.__('Pipeline'),
      caption: trans.__('Show lineage, records and forgetting of the runs'),
      icon: listIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => tracker.currentWidget !== null,
      execute: async () => {
        const notebook = tracker.currentWidget;
        if (!notebook) {
          return;
        }
        const id = `palimpsest-pipeline-${notebook.id}`;
        const open = Array.from(app.shell.widgets(lab ? 'main' : 'right')).some(
          widget => widget.id === id
        );
        if (open) {
          app.shell.activateById(id);
          return;
        }
        const [{ PanelModel }, { PipelinePanel }] = await Promise.all([
          import('./model'),
          import('./panel')
        ]);
        const model = new PanelModel(() => companions.forNotebook(notebook));
        const widget = new MainAreaWidget({
          content: new PipelinePanel(model, trans)
        });
        widget.id = id;
        widget.title.label = trans.__(
          'Pipeline: %1',
          PathExt.basename(notebook.context.path)
        );
        widget.title.icon = listIcon;
        widget.title.closable = true;
        const onChanged = (_: ICompanionManager, change: ICompanionChange) => {
          if (change.notebook !== notebook) {
            return;
          }
          if (change.isConnected) {
            void model.refresh();
          } else {
            model.disconnect();
          }
        };
        companions.changed.connect(onChanged);
        widget.disposed.connect(() => companions.changed.disconnect(onChanged));
        notebook.disposed.connect(() => widget.dispose());
        addToShell(widget, notebook);
        app.shell.activateById(id);
        await model.refresh();
      }
    });
    palette?.addItem({
      command: CommandIDs.openPipeline,
      category: trans.__('Palimpsest')
    });
  }
};
