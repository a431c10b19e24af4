/**
 * The plugin that shows, exports and deletes what was said between the model and
 * the verifier.
 */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  MainAreaWidget,
  showDialog
} from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';

import { CommandIDs } from '../tokens';
import type { ExchangesModel } from './model';
import type { IExchangesActions } from './view';

/** Adds the command that shows the exchanges of a notebook's folder. */
export const exchangesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-palimpsest:exchanges',
  description: 'Shows, exports and deletes the exchanges with the model.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_palimpsest');
    const open = async (notebook: NotebookPanel) => {
      const [{ ServerNotes, folderOf }, { ExchangesModel }, { ExchangesView }] =
        await Promise.all([
          import('../llm/notes'),
          import('./model'),
          import('./view')
        ]);
      const folder = folderOf(notebook.context.path);
      const id = `palimpsest-exchanges-${folder}`;
      const known = Array.from(app.shell.widgets('main')).find(
        widget => widget.id === id
      );
      if (known) {
        app.shell.activateById(id);
        return;
      }
      const model = new ExchangesModel(
        new ServerNotes(app.serviceManager.serverSettings, folder)
      );
      const widget = new MainAreaWidget({
        content: new ExchangesView(model, actionsOf(model, trans), trans)
      });
      widget.id = id;
      widget.title.label = trans.__('Model Exchanges: %1', folder || '/');
      widget.title.closable = true;
      app.shell.add(widget, 'main', { mode: 'split-right', ref: notebook.id });
      await model.refresh();
    };
    app.commands.addCommand(CommandIDs.openExchanges, {
      label: trans.__('Model Exchanges'),
      caption: trans.__(
        'Show what the language model was asked and answered beside this notebook'
      ),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => tracker.currentWidget !== null,
      execute: async () => {
        if (tracker.currentWidget) {
          await open(tracker.currentWidget);
        }
      }
    });
    palette?.addItem({
      command: CommandIDs.openExchanges,
      category: trans.__('Palimpsest')
    });
  }
};

function actionsOf(
  model: ExchangesModel,
  trans: TranslationBundle
): IExchangesActions {
  return {
    export: () => {
      void model.export().then(text => download(text, 'model-exchanges.json'));
    },
    deleteAll: () => {
      void confirmed(
        trans.__('Delete all exchanges?'),
        trans.__('What was asked and answered is deleted from the disk.'),
        trans
      ).then(yes => (yes ? model.deleteAll() : undefined));
    },
    forgetStrategies: () => {
      void confirmed(
        trans.__('Forget the hints?'),
        trans.__(
          'The model is no longer told which ways of rewriting failed before.'
        ),
        trans
      ).then(yes => (yes ? model.forgetStrategies() : undefined));
    }
  };
}

async function confirmed(
  title: string,
  body: string,
  trans: TranslationBundle
): Promise<boolean> {
  const { button } = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Delete') })
    ]
  });
  return button.accept;
}

/** Have the browser save a text as a file. */
function download(text: string, name: string): void {
  const url = URL.createObjectURL(
    new Blob([text], { type: 'application/json' })
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: some browsers have not read it yet.
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
