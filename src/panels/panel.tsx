/**
 * The pipeline panel: graph, records, traces, forgetting, receipts.
 */
import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { useCallback } from 'react';

import type { IPlanNode } from '../companion/protocol.generated';
import { Forget } from './forget/forget';
import { PipelineGraph, PipelineOutline } from './pipeline/graph';
import type { PanelModel } from './model';
import { ReceiptView } from './forget/receipt';
import { Records } from './records/records';
import { Back, ColumnLineage, Forward } from './records/trace';

interface IPanelProps {
  model: PanelModel;
  trans: TranslationBundle;
}

/** The panel as a widget; it owns the model. */
export class PipelinePanel extends ReactWidget {
  constructor(
    readonly model: PanelModel,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-Palimpsest-panel');
  }

  dispose(): void {
    this.model.dispose();
    super.dispose();
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this.model.changed}>
        {() => <Content model={this.model} trans={this._trans} />}
      </UseSignal>
    );
  }
}

function Content(props: IPanelProps): JSX.Element {
  const { model, trans } = props;
  const { plan, table, forward, back } = model.state;
  const onSelect = useCallback(
    (node: IPlanNode) => void model.select(node),
    [model]
  );
  return (
    <>
      <Header {...props} />
      <Failure {...props} />
      {!plan && <Empty {...props} />}
      {plan && (
        <>
          <ChangedSources {...props} />
          {plan.warnings.map((warning, index) => (
            <p key={index} className="jp-Palimpsest-warning" role="alert">
              {warning}
            </p>
          ))}
          <PipelineGraph
            plan={plan}
            selected={model.state.node}
            onSelect={onSelect}
            trans={trans}
          />
          <PipelineOutline
            plan={plan}
            selected={model.state.node}
            onSelect={onSelect}
            trans={trans}
          />
          <ColumnLineage
            columns={plan.columns}
            features={plan.features}
            trans={trans}
          />
          {table && (
            <Records
              model={model}
              table={table}
              title={model.title ?? table.name}
              trans={trans}
            />
          )}
          {model.state.node !== null && !table && (
            <p>{trans.__('This operation keeps no table of its own.')}</p>
          )}
          {forward && <Forward forward={forward} trans={trans} />}
          {back && <Back back={back} trans={trans} />}
          <Forget {...props} />
          <Receipts {...props} />
        </>
      )}
    </>
  );
}

function Header({ model, trans }: IPanelProps): JSX.Element {
  const { runs, run, busy } = model.state;
  return (
    <header className="jp-Palimpsest-header">
      <label>
        {trans.__('Run')}{' '}
        <select
          value={run?.run ?? ''}
          disabled={runs.length === 0}
          onChange={event => void model.open(event.target.value)}
        >
          {runs.map(other => (
            <option key={other.run} value={other.run}>
              {trans.__('%1, %2', other.name, other.created)}
            </option>
          ))}
        </select>
      </label>
      <button
        className="jp-Palimpsest-button"
        onClick={() => void model.refresh()}
      >
        {trans.__('Refresh')}
      </button>
      <span role="status" aria-live="polite">
        {busy > 0 ? trans.__('Working…') : ''}
      </span>
    </header>
  );
}

function ChangedSources({ model, trans }: IPanelProps): JSX.Element | null {
  const changed = model.state.run?.changed_sources ?? [];
  return changed.length === 0 ? null : (
    <p className="jp-Palimpsest-warning" role="alert">
      {trans.__(
        'These sources have changed since the run read them: %1. The run shows what it read; run the pipeline again to take the changes in.',
        changed.join(', ')
      )}
    </p>
  );
}

function Failure({ model }: IPanelProps): JSX.Element | null {
  const { failure } = model.state;
  return (
    failure && (
      <p role="alert" className="jp-Palimpsest-failure">
        {failure.message} {failure.hint}
      </p>
    )
  );
}

function Empty({ model, trans }: IPanelProps): JSX.Element | null {
  const { busy, connection, runs } = model.state;
  if (connection === 'lost') {
    return (
      <p className="jp-Palimpsest-empty" role="status">
        {trans.__(
          'The kernel was restarted or is out of reach. The runs are safe in their files; they are shown again as soon as the kernel answers. A preview that was open is void.'
        )}
      </p>
    );
  }
  return busy > 0 || runs.length > 0 ? null : (
    <p className="jp-Palimpsest-empty">
      {trans.__(
        'No runs yet. Rewrite the cells of the notebook, accept the proposals and run the last one: it runs the pipeline and records where every row comes from. Then press Refresh.'
      )}
    </p>
  );
}

function Receipts({ model, trans }: IPanelProps): JSX.Element | null {
  const { receipts } = model.state;
  if (!receipts || receipts.receipts.length === 0) {
    return null;
  }
  return (
    <details className="jp-Palimpsest-outline">
      <summary>
        {trans.__('Receipts (%1)', receipts.receipts.length)} ·{' '}
        {receipts.intact
          ? trans.__('the audit chain is intact')
          : trans.__('the audit chain is BROKEN')}
      </summary>
      {receipts.receipts.map(receipt => (
        <ReceiptView key={receipt.receipt} receipt={receipt} trans={trans} />
      ))}
    </details>
  );
}
