/**
 * Receipts and proofs.
 */
import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type {
  IArtifactImpact,
  IReceipt
} from '../../companion/protocol.generated';
import { download } from '../download';
import { milliseconds } from '../units';
import { receiptJson, receiptPage } from './export';

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

/** What happens to each artifact, and what is guaranteed. */
export function Artifacts(props: {
  artifacts: readonly IArtifactImpact[];
  trans: TranslationBundle;
}): JSX.Element {
  const { artifacts, trans } = props;
  return (
    <table tabIndex={0}>
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
