/**
 * All proposals, and their diff cells in the notebooks that are open.
 *
 * Proposals are kept by notebook path and cell id, not by widget: they survive
 * scrolling (windowed notebooks make cells anew), switching and closing.
 */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';
import type { PanelLayout } from '@lumino/widgets';

import { findWidget, type ICellAddress } from '../cells/notebookcells';
import type { RewriteSession } from '../rewrite/session';
import { DiffCell } from './diffcell';
import { Proposal } from './proposal';
import type { IProposalActions } from './proposalview';

/** Makes the actions of a proposal's buttons. */
export type ActionsFactory = (proposal: Proposal) => IProposalActions;

/** Owns the proposals. */
export class ProposalManager {
  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _actions: ActionsFactory,
    private readonly _trans: TranslationBundle
  ) {
    _tracker.forEach(panel => this._watch(panel));
    _tracker.widgetAdded.connect((_, panel) => this._watch(panel));
  }

  /** Emitted when a proposal came, changed or went. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The proposal beside a cell, if there is one. */
  get(path: string, cellId: string): Proposal | null {
    return this._proposals.get(keyOf(path, cellId)) ?? null;
  }

  /** The proposal whose diff cell holds this element, if any. */
  containing(element: Element | null): Proposal | null {
    for (const cell of this._cells.values()) {
      if (element && cell.node.contains(element)) {
        return cell.proposal;
      }
    }
    return null;
  }

  /** Put a session beside its cell; an earlier proposal there is dropped. */
  add(address: ICellAddress, session: RewriteSession): Proposal {
    this.get(address.path, address.cellId)?.reject();
    const key = keyOf(address.path, address.cellId);
    const proposal = new Proposal(
      address,
      session,
      () => this._panel(address.path)?.content.model ?? null
    );
    this._proposals.set(key, proposal);
    proposal.changed.connect(() => this._changed.emit());
    proposal.closed.connect(() => {
      this._proposals.delete(key);
      this._cells.delete(key);
      this._changed.emit();
    });
    this._attachAll(address.path);
    this._changed.emit();
    return proposal;
  }

  /** Move the focus into the proposal of a cell. */
  focus(path: string, cellId: string): void {
    this._cells.get(keyOf(path, cellId))?.focus();
  }

  /** Move the focus to the remark of a proposal. */
  focusRemark(path: string, cellId: string): void {
    this._cells.get(keyOf(path, cellId))?.focusRemark();
  }

  private _panel(path: string): NotebookPanel | null {
    return (
      this._tracker.find(
        panel => panel.context.path === path && !panel.isDisposed
      ) ?? null
    );
  }

  private _watch(panel: NotebookPanel): void {
    void panel.context.ready.then(() => {
      const { model } = panel.content;
      if (!model) {
        return;
      }
      this._attachAll(panel.context.path);
      model.cells.changed.connect(() => this._attachAll(panel.context.path));
      model.contentChanged.connect(() => this._refresh(panel.context.path));
    });
  }

  /** Tell the proposals of a notebook that it has changed. */
  private _refresh(path: string): void {
    for (const proposal of [...this._proposals.values()]) {
      if (proposal.address.path === path) {
        proposal.refresh();
      }
    }
  }

  /** See that every proposal of a notebook has its diff cell under its cell. */
  private _attachAll(path: string): void {
    const panel = this._panel(path);
    if (!panel) {
      return;
    }
    for (const [key, proposal] of this._proposals) {
      if (proposal.address.path === path) {
        this._attach(panel, key, proposal);
      }
    }
    this._refresh(path);
  }

  private _attach(panel: NotebookPanel, key: string, proposal: Proposal): void {
    const cell = findWidget(panel, proposal.address.cellId);
    const known = this._cells.get(key);
    if (!cell || known?.parent === cell) {
      return;
    }
    known?.dispose();
    const diffCell = new DiffCell({
      proposal,
      actions: this._actions(proposal),
      trans: this._trans
    });
    this._cells.set(key, diffCell);
    const layout = cell.layout as PanelLayout;
    const place = layout.widgets.findIndex(widget =>
      widget.hasClass('jp-Cell-inputWrapper')
    );
    layout.insertWidget(place + 1, diffCell);
  }

  private readonly _cells = new Map<string, DiffCell>();
  private _changed = new Signal<this, void>(this);
  private readonly _proposals = new Map<string, Proposal>();
}

function keyOf(path: string, cellId: string): string {
  return `${path}\n${cellId}`;
}
