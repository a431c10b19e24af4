/**
 * The editor inside a diff cell: plain text while a candidate streams, a unified
 * merge view once it is complete.
 */
import { getChunks, rejectChunk, unifiedMergeView } from '@codemirror/merge';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { jupyterTheme } from '@jupyterlab/codemirror';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

/** Stream deltas are shown at most this often: a dispatch costs about 12 ms. */
const STREAM_INTERVAL_MS = 60;

/** Shows one candidate against the original source of its cell. */
export class DiffEditor implements IDisposable {
  constructor(options: DiffEditor.IOptions) {
    this._trans = options.trans;
    this._onEdited = options.onEdited;
    this._view = new EditorView({
      parent: options.host,
      state: EditorState.create({
        doc: '',
        extensions: [
          jupyterTheme,
          this._language.of([]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({
            'aria-label': this._trans.__('Proposed source of the cell')
          }),
          this._mode.of(READ_ONLY),
          EditorView.updateListener.of(update => {
            if (update.docChanged && this._merging) {
              this._onEdited();
            }
          })
        ]
      })
    });
    void this._highlight();
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** The text as it stands, with rejected chunks reverted. */
  get text(): string {
    return this._view.state.doc.toString();
  }

  /** How many chunks still differ from the original. */
  get chunks(): number {
    return getChunks(this._view.state)?.chunks.length ?? 0;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    window.clearTimeout(this._timer);
    this._view.destroy();
  }

  focus(): void {
    this._view.focus();
  }

  /** Show text that is still growing: the first of it at once, more now and then. */
  stream(text: string): void {
    this._pending = text;
    if (this._timer !== undefined) {
      return;
    }
    const wait = this._flushed + STREAM_INTERVAL_MS - performance.now();
    if (wait <= 0) {
      this._flush();
    } else {
      this._timer = window.setTimeout(() => this._flush(), wait);
    }
  }

  /** Show a complete candidate as changes against the original. */
  compare(original: string, text: string): void {
    this._cancelPending();
    this._merging = false;
    this._replace(text, [
      unifiedMergeView({
        original,
        mergeControls: (type, action) => this._chunkButton(type, action),
        gutter: true
      }),
      EditorView.editable.of(false),
      EditorState.readOnly.of(false)
    ]);
    this._merging = true;
  }

  /** Take the chunk at the cursor back to the original. */
  rejectChunkAtCursor(): boolean {
    return rejectChunk(this._view);
  }

  private async _highlight(): Promise<void> {
    const { python } = await import('@codemirror/lang-python');
    if (!this._disposed) {
      this._view.dispatch({ effects: this._language.reconfigure(python()) });
    }
  }

  private _flush(): void {
    const text = this._pending;
    this._cancelPending();
    this._flushed = performance.now();
    if (text !== null && !this._disposed) {
      this._merging = false;
      this._replace(text, READ_ONLY);
    }
  }

  private _cancelPending(): void {
    window.clearTimeout(this._timer);
    this._timer = undefined;
    this._pending = null;
  }

  /** Append where the text only grew, so that a stream does not redraw it all. */
  private _replace(
    text: string,
    mode: Parameters<Compartment['reconfigure']>[0]
  ): void {
    const current = this.text;
    const from = text.startsWith(current) ? current.length : 0;
    this._view.dispatch({
      changes: { from, to: current.length, insert: text.slice(from) },
      effects: this._mode.reconfigure(mode)
    });
  }

  private _chunkButton(
    type: 'reject' | 'accept',
    action: (event: MouseEvent) => void
  ): HTMLElement {
    const button = document.createElement('button');
    button.className = `jp-Palimpsest-chunk jp-mod-${type}`;
    button.textContent =
      type === 'accept' ? this._trans.__('Keep') : this._trans.__('Revert');
    button.title =
      type === 'accept'
        ? this._trans.__('Keep this change')
        : this._trans.__('Take this change back to the original');
    // The merge view acts on mousedown; a keyboard press arrives as click.
    button.onmousedown = action;
    button.onclick = event => {
      if (event.detail === 0) {
        action(event);
      }
    };
    return button;
  }

  private _disposed = false;
  private _flushed = -Infinity;
  private _merging = false;
  private readonly _language = new Compartment();
  private readonly _mode = new Compartment();
  private readonly _onEdited: () => void;
  private _pending: string | null = null;
  private _timer: number | undefined;
  private readonly _trans: TranslationBundle;
  private readonly _view: EditorView;
}

const READ_ONLY = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false)
];

export namespace DiffEditor {
  export interface IOptions {
    host: HTMLElement;
    trans: TranslationBundle;
    /** Called when a chunk was reverted: the verdict no longer covers the text. */
    onEdited: () => void;
  }
}
