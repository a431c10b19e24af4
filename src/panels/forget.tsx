/**
 * Forgetting: choose, preview, confirm, watch, receipt, prove.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import type {
  IArtifactImpact,
  IPreview,
  IProgress,
  IProof,
  IReceipt
} from '../companion/protocol.generated';
import type { PanelModel } from './model';
import { FeatureList } from './trace';

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
        <Stages progress={forget.progress} trans={trans} />
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

function Choose({ model, trans }: IForgetProps): JSX.Element {
  const [erase, setErase] = useState<readonly string[]>([]);
  const page = model.state.table?.page;
  if (!model.source || !model.selector || !page) {
    return (
      <p>
        {trans.__(
          'Choose a source in the pipeline and filter its records; then you can trace and forget them.'
        )}
      </p>
    );
  }
  const toggle = (column: string) =>
    setErase(
      erase.includes(column)
        ? erase.filter(other => other !== column)
        : [...erase, column]
    );
  return (
    <>
      <p role="status">
        {trans.__('%1 records selected', page.total.toLocaleString())}
      </p>
      <fieldset>
        <legend>{trans.__('Erase only these columns')}</legend>
        {page.columns.map(({ name }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={erase.includes(name)}
              onChange={() => toggle(name)}
            />{' '}
            {name}{' '}
          </label>
        ))}
      </fieldset>
      <p>
        <button
          className="jp-Palimpsest-button"
          onClick={() => void model.traceForward()}
        >
          {trans.__('Trace forward')}
        </button>{' '}
        <button
          className="jp-Palimpsest-button"
          onClick={() =>
            void model.preview(erase.length > 0 ? 'erase' : 'delete', [
              ...erase
            ])
          }
        >
          {erase.length > 0
            ? trans.__('Preview erasing…')
            : trans.__('Preview deleting…')}
        </button>
      </p>
    </>
  );
}

function Confirm(props: IForgetProps & { preview: IPreview }): JSX.Element {
  const { model, preview, trans } = props;
  const { request } = preview;
  return (
    <div role="group" aria-label={trans.__('Preview')}>
      <p role="status">
        {request.action === 'delete'
          ? trans.__(
              'Delete %1 records of %2.',
              preview.records,
              request.source
            )
          : trans.__(
              'Erase %1 of %2 records of %3.',
              (request.columns ?? []).join(', '),
              preview.records,
              request.source
            )}{' '}
        {trans.__(
          'Training rows: %1 removed, %2 changed, %3 added. Matrix cells: %4.',
          preview.training_rows_removed,
          preview.training_rows_changed,
          preview.training_rows_added,
          preview.matrix_cells.toLocaleString()
        )}
      </p>
      <FeatureList slices={preview.feature_columns} trans={trans} />
      {preview.consequences.length > 0 && (
        <ul aria-label={trans.__('Consequences')}>
          {preview.consequences.map((consequence, index) => (
            <li key={index}>{consequence}</li>
          ))}
        </ul>
      )}
      <Artifacts artifacts={preview.artifacts} trans={trans} />
      {preview.other_runs.length > 0 && (
        <p className="jp-Palimpsest-warning">
          {trans.__(
            'Other runs hold these records and stay as they are: %1',
            preview.other_runs.map(run => run.name).join(', ')
          )}
        </p>
      )}
      <p>
        <button
          className="jp-Palimpsest-button jp-mod-danger"
          onClick={() => void model.apply()}
        >
          {request.action === 'delete'
            ? trans.__('Forget these records')
            : trans.__('Erase these values')}
        </button>{' '}
        <button
          className="jp-Palimpsest-button"
          onClick={() => model.cancelForget()}
        >
          {trans.__('Cancel')}
        </button>
      </p>
    </div>
  );
}

function Artifacts(props: {
  artifacts: readonly IArtifactImpact[];
  trans: TranslationBundle;
}): JSX.Element {
  const { artifacts, trans } = props;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{trans.__('artifact')}</th>
          <th scope="col">{trans.__('strategy')}</th>
          <th scope="col">{trans.__('guarantee')}</th>
          <th scope="col">{trans.__('rows')}</th>
          <th scope="col">{trans.__('time')}</th>
        </tr>
      </thead>
      <tbody>
        {artifacts.map(impact => (
          <tr key={impact.artifact}>
            <th scope="row">{impact.artifact}</th>
            <td>{impact.strategy}</td>
            <td>{impact.guarantee}</td>
            <td>{impact.rows.toLocaleString()}</td>
            <td>{milliseconds(impact.seconds, trans)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function milliseconds(seconds: number, trans: TranslationBundle): string {
  return seconds < 0.0001
    ? trans.__('under 0.1 ms')
    : trans.__('%1 ms', (seconds * 1000).toFixed(1));
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

/** A receipt, as it stands in the audit chain. */
export function ReceiptView(props: {
  receipt: IReceipt;
  trans: TranslationBundle;
}): JSX.Element {
  const { receipt, trans } = props;
  return (
    <div
      className="jp-Palimpsest-receipt"
      role="group"
      aria-label={trans.__('Receipt')}
    >
      <h4>{trans.__('Receipt %1', receipt.receipt)}</h4>
      <p role="status">
        {trans.__(
          '%1 records of %2: %3, in %4.',
          receipt.records,
          receipt.source,
          receipt.action === 'delete'
            ? trans.__('deleted')
            : trans.__('%1 erased', receipt.columns.join(', ')),
          milliseconds(receipt.seconds, trans)
        )}{' '}
        {trans.__(
          'Training rows: %1 removed, %2 changed, %3 added.',
          receipt.training_rows_removed,
          receipt.training_rows_changed,
          receipt.training_rows_added
        )}
      </p>
      <Artifacts artifacts={receipt.artifacts} trans={trans} />
      <details>
        <summary>{trans.__('Timings and hashes')}</summary>
        <dl>
          {receipt.timings.map(({ stage, seconds }) => (
            <React.Fragment key={stage}>
              <dt>{stage}</dt>
              <dd>{milliseconds(seconds, trans)}</dd>
            </React.Fragment>
          ))}
          <dt>{trans.__('time')}</dt>
          <dd>{receipt.time}</dd>
          <dt>{trans.__('hash')}</dt>
          <dd>
            <code>{receipt.hash}</code>
          </dd>
          <dt>{trans.__('previous')}</dt>
          <dd>
            <code>{receipt.previous_hash}</code>
          </dd>
        </dl>
      </details>
    </div>
  );
}

function ProofView(props: {
  proof: IProof;
  trans: TranslationBundle;
}): JSX.Element {
  const { proof, trans } = props;
  const facts: [string, number][] = [
    [trans.__('rows missing'), proof.rows_missing],
    [trans.__('rows extra'), proof.rows_extra],
    [trans.__('matrix distance'), proof.matrix_distance],
    [trans.__('statistics distance'), proof.statistics_distance],
    [trans.__('parameter distance'), proof.parameter_distance],
    [trans.__('prediction disagreement'), proof.prediction_disagreement],
    [trans.__('seconds for the re-run'), proof.rerun_seconds]
  ];
  return (
    <div role="group" aria-label={trans.__('Proof')}>
      <p role="status" data-equal={proof.equal}>
        <strong>
          {proof.equal
            ? trans.__('The state equals a re-run.')
            : trans.__('The state differs from a re-run.')}
        </strong>
      </p>
      <dl>
        {facts.map(([label, value]) => (
          <React.Fragment key={label}>
            <dt>{label}</dt>
            <dd>{Number(value.toPrecision(4))}</dd>
          </React.Fragment>
        ))}
      </dl>
    </div>
  );
}
