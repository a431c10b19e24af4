/**
 * The widget under a cell that shows its proposal.
 */
import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';

import { DiffEditor } from './diffeditor';
import type { Proposal } from './proposal';
import {
  type IProposalActions,
  ProposalDetails,
  ProposalStatus
} from './proposalview';

/** Shows one proposal; disposing the widget leaves the proposal alone. */
export class DiffCell extends Panel {
  constructor(options: DiffCell.IOptions) {
    super();
    const { proposal, actions, trans } = options;
    this.proposal = proposal;
    this.addClass('jp-Palimpsest-proposal');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Proposed rewrite'));
    this.node.tabIndex = -1;
    const part = (View: typeof ProposalStatus | typeof ProposalDetails) =>
      ReactWidget.create(
        <UseSignal signal={proposal.changed}>
          {() =>
            proposal.isDisposed ? null : (
              <View proposal={proposal} actions={actions} trans={trans} />
            )
          }
        </UseSignal>
      );
    const host = new Widget();
    host.addClass('jp-Palimpsest-diff');
    this.addWidget(part(ProposalStatus));
    this.addWidget(host);
    this.addWidget(part(ProposalDetails));
    this._editor = new DiffEditor({
      host: host.node,
      trans,
      onEdited: () => {
        proposal.edited = this._editor.text;
      }
    });
    this._host = host;
    proposal.changed.connect(this._update, this);
    proposal.closed.connect(this.dispose, this);
    this._update();
  }

  readonly proposal: Proposal;

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._editor.dispose();
    super.dispose();
  }

  /** Move the keyboard focus into the proposal. */
  focus(): void {
    this.node.scrollIntoView({ block: 'nearest' });
    this.node.focus();
  }

  /** Move the keyboard focus to the remark for another try. */
  focusRemark(): void {
    this.node.scrollIntoView({ block: 'nearest' });
    this.node.querySelector<HTMLInputElement>('.jp-Palimpsest-remark')?.focus();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    // The notebook takes the focus back on clicks inside a cell otherwise.
    for (const type of ['mousedown', 'focusin', 'dblclick']) {
      this.node.addEventListener(type, stopPropagation);
    }
  }

  protected onBeforeDetach(message: Message): void {
    for (const type of ['mousedown', 'focusin', 'dblclick']) {
      this.node.removeEventListener(type, stopPropagation);
    }
    super.onBeforeDetach(message);
  }

  private _update(): void {
    const { proposal } = this;
    if (proposal.isDisposed || this.isDisposed) {
      return;
    }
    const { arriving, shown } = proposal;
    if (proposal.isWorking && arriving !== null) {
      this._compared = null;
      this._editor.stream(arriving);
    } else if (!proposal.isWorking && shown && this._compared !== shown.id) {
      this._compared = shown.id;
      this._editor.compare(proposal.address.source, shown.candidate.code);
    }
    this._host.setHidden(arriving === null && shown === null);
  }

  private _compared: string | null = null;
  private readonly _editor: DiffEditor;
  private readonly _host: Widget;
}

function stopPropagation(event: Event): void {
  event.stopPropagation();
}

export namespace DiffCell {
  export interface IOptions {
    proposal: Proposal;
    actions: IProposalActions;
    trans: TranslationBundle;
  }
}
