/**
 * The questions that rewriting may have to ask.
 */
import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICutPoint } from '../rewrite/cutpoints';
import type { IPromptSize } from '../rewrite/tokens';

/** Ask whether a large prompt may be sent. */
export async function confirmLargePrompt(
  { tokens, window, model }: IPromptSize,
  trans: TranslationBundle
): Promise<boolean> {
  const size = tokens.toLocaleString();
  const { button } = await showDialog({
    title: trans.__('Send a large prompt?'),
    body:
      window === null
        ? trans.__('The prompt for %1 has about %2 tokens.', model, size)
        : trans.__(
            'The prompt has about %1 tokens; %2 fit into %3.',
            size,
            window.toLocaleString(),
            model
          ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Send') })
    ]
  });
  return button.accept;
}

/**
 * Ask which of several variables and files holds the result of a cell.
 *
 * Resolves to the one chosen, to `unknown` when the verifier shall find out, and to
 * null when the user would rather not rewrite.
 */
export async function chooseCutPoint(
  points: readonly ICutPoint[],
  trans: TranslationBundle
): Promise<ICutPoint | 'unknown' | null> {
  const unknown = trans.__('Find it out while verifying');
  const labels = points.map(({ kind, name, line }) =>
    kind === 'file'
      ? trans.__('%1 (file, line %2)', name, line)
      : trans.__('%1 (variable, line %2)', name, line)
  );
  const { button, value } = await InputDialog.getItem({
    title: trans.__('Which one holds the result of this cell?'),
    label: trans.__('The rewrite is compared with it.'),
    items: [...labels, unknown],
    okLabel: trans.__('Rewrite'),
    cancelLabel: trans.__('Cancel')
  });
  if (!button.accept || value === null) {
    return null;
  }
  return points[labels.indexOf(value)] ?? 'unknown';
}
