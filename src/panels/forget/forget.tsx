/**
 * Forgetting: choose, preview, confirm, watch, receipt, prove.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IProgress } from '../../companion/protocol.generated';
import { Choose } from './choose';
import { Confirm } from './confirm';
import type { PanelModel } from '../model';
import { ProofView, ReceiptView } from './receipt';

interface IForgetProps {
  model: PanelModel;
  trans: TranslationBundle;
}

/** Whatever the state of the forget calls for. */
export function Forget({ model, trans }: IForgetProps): JSX.Element {
  const { forget } = model.state;
  return (
    <section className="jp-Palimpsest-forget" aria-label={trans.__('Forget')}>
      <h3>{trans.__('Forget')}</h3>
      {forget.stage === 'none' && <Choose model={model} trans={trans} />}
      {forget.stage === 'previewing' && (
        <p role="status">{trans.__('Working out what would change…')}</p>
      )}
      {forget.stage === 'previewed' && (
        <Confirm model={model} preview={forget.preview} trans={trans} />
      )}
      {forget.stage === 'applying' && (
        <>
          <Stages progress={forget.progress} trans={trans} />
          <button
            className="jp-Palimpsest-button"
            onClick={() => model.stopForget()}
          >
            {trans.__('Stop, and change nothing')}
          </button>
        </>
      )}
      {(forget.stage === 'applied' ||
        forget.stage === 'proving' ||
        forget.stage === 'proved') && (
        <>
          <ReceiptView receipt={forget.receipt} trans={trans} />
          {forget.stage === 'applied' && (
            <p>
              <button
                className="jp-Palimpsest-button"
                onClick={() => void model.prove()}
              >
                {trans.__('Prove')}
              </button>{' '}
              <button
                className="jp-Palimpsest-button"
                onClick={() => model.cancelForget()}
              >
                {trans.__('Done')}
              </button>
            </p>
          )}
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
                onClick={() => model.stopProof()}
              >
                {trans.__('Stop')}
              </button>
            </p>
          )}
          {forget.stage === 'proved' && (
            <ProofView proof={forget.proof} trans={trans} />
          )}
        </>
      )}
    </section>
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
