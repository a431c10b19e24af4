/**
 * Forgetting: choose, preview, confirm, watch, receipt, prove.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IProgress } from '../../companion/protocol.generated';
import type { IPanelProps } from '../panel';
import type { ForgetState } from '../state';
import { ChangeTable } from './change';
import { Choose } from './choose';
import { Confirm } from './confirm';
import { ProofView } from './proof';
import { ReceiptView } from './receipt';
import { Selection } from './selection';
import { Spread } from './spread';

/** The part of the panel: whatever the state of the forget calls for. */
export function Forget(props: IPanelProps): JSX.Element {
  return (
    <>
      <section
        className="jp-Palimpsest-forget"
        aria-label={props.trans.__('Forget')}
      >
        <Stage {...props} />
      </section>
      <Spread {...props} />
      <Receipts {...props} />
    </>
  );
}

function Stage(props: IPanelProps): JSX.Element {
  const { model, trans } = props;
  const { forget, table, draft } = model.state;
  switch (forget.stage) {
    case 'none':
      return (
        <>
          <Selection {...props} />
          <Choose key={`${table?.name}-${draft.columns.join()}`} {...props} />
        </>
      );
    case 'previewing':
      return <p role="status">{trans.__('Working out what would change…')}</p>;
    case 'previewed':
      return (
        <Confirm forget={model.forget} preview={forget.preview} trans={trans} />
      );
    case 'applying':
      return (
        <>
          <Stages progress={forget.progress} trans={trans} />
          <button
            className="jp-Palimpsest-button"
            onClick={() => model.forget.stop()}
          >
            {trans.__('Stop, and change nothing')}
          </button>
        </>
      );
    case 'applied':
    case 'proving':
    case 'proved':
      return <Done {...props} forget={forget} />;
  }
}

/** What was done, and its proof. */
function Done(
  props: IPanelProps & {
    forget: Extract<ForgetState, { stage: 'applied' | 'proving' | 'proved' }>;
  }
): JSX.Element {
  const { model, forget, trans } = props;
  return (
    <>
      <ReceiptView receipt={forget.receipt} trans={trans} />
      <ChangeTable
        before={forget.before}
        after={model.state.plan}
        checks={model.state.compliance?.results ?? null}
        trans={trans}
      />
      {forget.stage === 'proving' && (
        <p>
          <label>
            {forget.progress?.stage ??
              trans.__('Re-running on the changed sources…')}{' '}
            <progress
              value={forget.progress?.done}
              max={forget.progress?.total}
            />
          </label>{' '}
          <button
            className="jp-Palimpsest-button"
            onClick={() => model.forget.stopProof()}
          >
            {trans.__('Stop')}
          </button>
        </p>
      )}
      {forget.stage === 'proved' && (
        <ProofView proof={forget.proof} trans={trans} />
      )}
      {forget.stage !== 'proving' && (
        <p>
          {forget.stage === 'applied' && (
            <button
              className="jp-Palimpsest-button"
              onClick={() => void model.forget.prove()}
            >
              {trans.__('Prove')}
            </button>
          )}{' '}
          <button
            className="jp-Palimpsest-button"
            onClick={() => model.forget.cancel()}
          >
            {trans.__('Done')}
          </button>
        </p>
      )}
    </>
  );
}

function Stages(props: {
  progress: readonly IProgress[];
  trans: TranslationBundle;
}): JSX.Element {
  const { progress, trans } = props;
  return (
    <div role="status" aria-live="polite">
      <p>{trans.__('Forgetting…')}</p>
      <ul>
        {progress.map(({ stage, done, total }) => (
          <li key={stage}>
            <label>
              {stage} <progress value={done} max={total} />
            </label>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** All receipts of the run. */
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
