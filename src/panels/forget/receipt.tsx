/**
 * Receipts and proofs.
 */
import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type {
  IArtifactImpact,
  IProof,
  IReceipt
} from '../../companion/protocol.generated';
import { download, receiptJson, receiptPage } from './export';

/** A figure that an older receipt may lack, or that could not be measured. */
type Figure = number | null | undefined;

function isFigure(value: Figure): value is number {
  return typeof value === 'number';
}

/** What a receipt says was done. */
function actionText(receipt: IReceipt, trans: TranslationBundle): string {
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

/** The distances between the state and a re-run. */
export function ProofView(props: {
  proof: IProof;
  trans: TranslationBundle;
}): JSX.Element {
  const { proof, trans } = props;
  const metric = proof.metric ?? '';
  const facts: [string, Figure][] = [
    [trans.__('rows missing'), proof.rows_missing],
    [trans.__('rows extra'), proof.rows_extra],
    [trans.__('matrix distance'), proof.matrix_distance],
    [trans.__('statistics distance'), proof.statistics_distance],
    [trans.__('parameter distance, relative'), proof.parameter_distance],
    [trans.__('parameter distance, largest'), proof.parameter_difference],
    [trans.__('prediction disagreement'), proof.prediction_disagreement],
    [
      trans.__('disagreement on %1 held-out rows', proof.held_out_rows ?? 0),
      proof.held_out_disagreement
    ],
    [trans.__('gradient residual'), proof.gradient_maintained],
    [trans.__('gradient residual of the re-run'), proof.gradient_rerun],
    [metric, proof.metric_maintained],
    [trans.__('%1 of the re-run', metric), proof.metric_rerun],
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
        {facts.map(
          ([label, value]) =>
            isFigure(value) && (
              <React.Fragment key={label}>
                <dt>{label}</dt>
                <dd>{Number(value.toPrecision(4))}</dd>
              </React.Fragment>
            )
        )}
      </dl>
      <Attacks proof={proof} trans={trans} />
    </div>
  );
}

/** How well attacks tell forgotten rows from rows that a model never saw. */
function Attacks(props: {
  proof: IProof;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { proof, trans } = props;
  const attacks: [string, Figure[]][] = [
    [
      trans.__('threshold of the loss'),
      [proof.membership_before, proof.membership_after, proof.membership_rerun]
    ],
    [
      trans.__('likelihood ratio'),
      [proof.likelihood_before, proof.likelihood_after, proof.likelihood_rerun]
    ]
  ];
  const scored = attacks.filter(([, scores]) => scores.some(isFigure));
  if (scored.length === 0) {
    return null;
  }
  return (
    <table>
      <caption>
        {trans.__('How well attacks find the forgotten rows (0.5: guessing)')}
      </caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('attack')}</th>
          <th scope="col">{trans.__('before')}</th>
          <th scope="col">{trans.__('after')}</th>
          <th scope="col">{trans.__('re-run')}</th>
        </tr>
      </thead>
      <tbody>
        {scored.map(([label, scores]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            {scores.map((score, column) => (
              <td key={column}>{isFigure(score) ? score.toFixed(2) : '–'}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What happens to each artifact, and what is guaranteed. */
export function Artifacts(props: {
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

/** A time, in words. */
export function milliseconds(
  seconds: number,
  trans: TranslationBundle
): string {
  return seconds < 0.0001
    ? trans.__('under 0.1 ms')
    : trans.__('%1 ms', (seconds * 1000).toFixed(1));
}
