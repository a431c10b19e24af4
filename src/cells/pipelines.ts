/**
 * The rewrites of whole notebooks, each with its strip above the notebook.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IPipelineVerifier } from '../rewrite/whole';
import { PipelineRewrite } from './pipelinerewrite';
import { PipelineStrip } from './pipelinestrip';
import type { Rewriter } from './rewriter';

/** What the rewrites of pipelines need from outside. */
export interface IPipelineRewritesOptions {
  rewriter: Pick<Rewriter, 'propose' | 'proposals'>;
  verifier: (panel: NotebookPanel) => IPipelineVerifier;
  trans: TranslationBundle;
}

/** Starts rewrites of pipelines, one a notebook. */
export class PipelineRewrites {
  constructor(private readonly _options: IPipelineRewritesOptions) {}

  /** Rewrite a notebook; an earlier rewrite of it is stopped, and its strip goes. */
  async start(panel: NotebookPanel): Promise<void> {
    const { rewriter, verifier, trans } = this._options;
    this._strips.get(panel)?.dispose();
    const rewrite = new PipelineRewrite({
      panel,
      propose: request => rewriter.propose(panel, request),
      verifier: verifier(panel)
    });
    const strip = new PipelineStrip({
      rewrite,
      trans,
      actions: {
        reveal: cellId => void this._reveal(panel, cellId),
        close: () => strip.dispose()
      }
    });
    strip.disposed.connect(() => rewrite.dispose());
    this._strips.set(panel, strip);
    panel.contentHeader.addWidget(strip);
    await rewrite.run('if-needed');
  }

  /** Bring a cell into view, and the focus into its proposal. */
  private async _reveal(panel: NotebookPanel, cellId: string): Promise<void> {
    const { content, context } = panel;
    const index = content.widgets.findIndex(({ model }) => model.id === cellId);
    if (index < 0) {
      return;
    }
    content.activeCellIndex = index;
    await content.scrollToItem(index);
    this._options.rewriter.proposals.focus(context.path, cellId);
  }

  private readonly _strips = new WeakMap<NotebookPanel, PipelineStrip>();
}
