/**
 * Forgetting: choose, preview, confirm, watch, receipt, prove.
 */
import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import type {
  IArtifactImpact,
  IColumnInfo,
  IPreview,
  IProgress,
  IProof,
  IReceipt
} from '../companion/protocol.generated';
import { download, receiptJson, receiptPage } from './export';
import type { PanelModel } from './model';
import { typedValue } from './records';
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

type Action = 'delete' | 'erase' | 'rectify';

function Choose({ model, trans }: IForgetProps): JSX.Element {
  const [action, setAction] = useState<Action>('delete');
  const [erased, setErased] = useState<readonly string[]>([]);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [keepRows, setKeepRows] = useState(false);
  const size = model.state.table?.size;
  if (!model.source || !model.selector || !size) {
    return (
      <p>
        {trans.__(
          'Choose a source in the pipeline, then select its records: by hand, by a filter or by a list of keys. Then you can trace and forget them.'
        )}
      </p>
    );
  }
  const { columns } = size;
  const corrected = columns.filter(({ name }) => name in values);
  const actions: [Action, string][] = [
    ['delete', trans.__('Delete the records')],
    ['erase', trans.__('Erase values')],
    ['rectify', trans.__('Correct values')]
  ];
  const isComplete =
    action === 'delete' ||
    (action === 'erase' ? erased.length > 0 : corrected.length > 0);
  const preview = () =>
    model.preview({
      action,
      columns: action === 'erase' ? [...erased] : [],
      keep_rows: action === 'erase' && keepRows,
      values:
        action === 'rectify'
          ? Object.fromEntries(
              corrected.map(({ name, dtype }) => [
                name,
                typedValue(values[name], dtype) ?? null
              ])
            )
          : {}
    });
  return (
    <>
      <p role="status">
        {selectionText(model, trans)}{' '}
        {model.state.table?.selected.size || model.state.table?.keys ? (
          <button
            className="jp-Palimpsest-button"
            onClick={() => model.clearSelection()}
          >
            {trans.__('Clear selection')}
          </button>
        ) : null}
      </p>
      <fieldset>
        <legend>{trans.__('What is to happen to them')}</legend>
        {actions.map(([name, label]) => (
          <label key={name}>
            <input
              type="radio"
              name="palimpsest-action"
              checked={action === name}
              onChange={() => setAction(name)}
            />{' '}
            {label}{' '}
          </label>
        ))}
      </fieldset>
      {action === 'erase' && (
        <fieldset>
          <legend>{trans.__('Columns to erase')}</legend>
          {columns.map(({ name }) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={erased.includes(name)}
                onChange={() => setErased(toggled(erased, name))}
              />{' '}
              {name}{' '}
            </label>
          ))}
          <p>
            <label>
              <input
                type="checkbox"
                checked={keepRows}
                onChange={() => setKeepRows(!keepRows)}
              />{' '}
              {trans.__('Keep rows whose presence an erased value decided')}
            </label>
          </p>
        </fieldset>
      )}
      {action === 'rectify' && (
        <Corrections
          columns={columns}
          values={values}
          onChange={setValues}
          trans={trans}
        />
      )}
      <p>
        <button
          className="jp-Palimpsest-button"
          onClick={() => void model.traceForward()}
        >
          {trans.__('Trace forward')}
        </button>{' '}
        <button
          className="jp-Palimpsest-button"
          disabled={!isComplete}
          onClick={() => void preview()}
        >
          {trans.__('Preview…')}
        </button>
      </p>
    </>
  );
}

function toggled(names: readonly string[], name: string): readonly string[] {
  return names.includes(name)
    ? names.filter(other => other !== name)
    : [...names, name];
}

/** How many records are selected, and by what. */
function selectionText(model: PanelModel, trans: TranslationBundle): string {
  const { table } = model.state;
  if (table?.selected.size) {
    return trans.__(
      '%1 records selected',
      table.selected.size.toLocaleString()
    );
  }
  if (table?.keys) {
    return trans.__(
      'All records with one of %1 values of %2 selected',
      table.keys.values.length.toLocaleString(),
      table.keys.column
    );
  }
  return trans.__(
    '%1 records selected',
    (table?.size?.total ?? 0).toLocaleString()
  );
}

interface ICorrectionsProps {
  columns: readonly IColumnInfo[];
  values: Readonly<Record<string, string>>;
  onChange: (values: Readonly<Record<string, string>>) => void;
  trans: TranslationBundle;
}

/** A form of right values: only the columns that are ticked are corrected. */
function Corrections(props: ICorrectionsProps): JSX.Element {
  const { columns, values, onChange, trans } = props;
  return (
    <fieldset className="jp-Palimpsest-corrections">
      <legend>{trans.__('Right values')}</legend>
      {columns.map(({ name, dtype }) => {
        const { [name]: value, ...others } = values;
        return (
          <div key={name}>
            <label>
              <input
                type="checkbox"
                checked={value !== undefined}
                onChange={() =>
                  onChange(
                    value === undefined ? { ...values, [name]: '' } : others
                  )
                }
              />{' '}
              {name}
            </label>
            {value !== undefined && (
              <input
                aria-label={trans.__('Right value of %1 (%2)', name, dtype)}
                value={value}
                data-lm-suppress-shortcuts="true"
                onChange={event =>
                  onChange({ ...values, [name]: event.target.value })
                }
              />
            )}
          </div>
        );
      })}
    </fieldset>
  );
}

/** What a preview is of, in words. */
function requestText(preview: IPreview, trans: TranslationBundle): string {
  const { request, records } = preview;
  const count = records.toLocaleString();
  switch (request.action) {
    case 'delete':
      return trans.__('Delete %1 records of %2.', count, request.source);
    case 'erase':
      return trans.__(
        'Erase %1 of %2 records of %3.',
        (request.columns ?? []).join(', '),
        count,
        request.source
      );
    case 'rectify':
      return trans.__(
        'Correct %1 of %2 records of %3.',
        Object.keys(request.values ?? {}).join(', '),
        count,
        request.source
      );
    case 'insert':
      return trans.__('Insert %1 records into %2.', count, request.source);
  }
}

const CONFIRM_LABEL: Readonly<
  Record<Action | 'insert', (trans: TranslationBundle) => string>
> = {
  delete: trans => trans.__('Forget these records'),
  erase: trans => trans.__('Erase these values'),
  rectify: trans => trans.__('Correct these values'),
  insert: trans => trans.__('Insert these records')
};

/** From this many records on, the user types how many they are. */
const LARGE_REQUEST = 100;

function Confirm(props: IForgetProps & { preview: IPreview }): JSX.Element {
  const { model, preview, trans } = props;
  const { request } = preview;
  const [typed, setTyped] = useState('');
  const isLarge = preview.records >= LARGE_REQUEST;
  const isConfirmed = !isLarge || typed.trim() === String(preview.records);
  return (
    <div role="group" aria-label={trans.__('Preview')}>
      <p role="status">
        {requestText(preview, trans)}{' '}
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
      {isLarge && (
        <p>
          <label>
            {trans.__(
              'These are many records. Type their number, %1, to confirm:',
              preview.records
            )}{' '}
            <input
              value={typed}
              inputMode="numeric"
              data-lm-suppress-shortcuts="true"
              onChange={event => setTyped(event.target.value)}
            />
          </label>
        </p>
      )}
      <p>
        <button
          className="jp-Palimpsest-button jp-mod-danger"
          disabled={!isConfirmed}
          onClick={() => void model.apply()}
        >
          {CONFIRM_LABEL[request.action](trans)}
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

/** What a receipt says was done. */
export function actionText(
  receipt: IReceipt,
  trans: TranslationBundle
): string {
  const columns = receipt.columns.join(', ');
  switch (receipt.action) {
    case 'delete':
      return trans.__('deleted');
    case 'erase':
      return trans.__('%1 erased', columns);
    case 'rectify':
      return trans.__('%1 corrected', columns);
    case 'insert':
      return trans.__('inserted');
  }
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
          actionText(receipt, trans),
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
      <p>
        <button
          className="jp-Palimpsest-button"
          onClick={() => Clipboard.copyToSystem(receiptJson(receipt))}
        >
          {trans.__('Copy')}
        </button>{' '}
        <button
          className="jp-Palimpsest-button"
          onClick={() =>
            download(
              `receipt-${receipt.receipt}.json`,
              'application/json',
              receiptJson(receipt)
            )
          }
        >
          {trans.__('Save as JSON')}
        </button>{' '}
        <button
          className="jp-Palimpsest-button"
          onClick={() =>
            download(
              `receipt-${receipt.receipt}.html`,
              'text/html',
              receiptPage(receipt, trans)
            )
          }
        >
          {trans.__('Save as a page to print')}
        </button>
      </p>
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
