/**
 * Receipts as files: JSON, and a page that stands alone and prints well.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IReceipt } from '../../companion/protocol.generated';

/** A receipt as JSON, to be read by people and programs. */
export function receiptJson(receipt: IReceipt): string {
  return JSON.stringify(receipt, null, 2) + '\n';
}

/** A receipt as an HTML page without anything from elsewhere. */
export function receiptPage(
  receipt: IReceipt,
  trans: TranslationBundle
): string {
  const title = trans.__('Receipt %1', receipt.receipt);
  const facts: [string, string | number][] = [
    [trans.__('run'), receipt.run],
    [trans.__('time'), receipt.time],
    [trans.__('user'), receipt.user],
    [trans.__('source'), receipt.source],
    [trans.__('action'), receipt.action],
    [trans.__('columns'), receipt.columns.join(', ') || '–'],
    [trans.__('records'), receipt.records],
    [trans.__('training rows removed'), receipt.training_rows_removed],
    [trans.__('training rows changed'), receipt.training_rows_changed],
    [trans.__('training rows added'), receipt.training_rows_added],
    [trans.__('hash of the selector'), receipt.selector_hash],
    [trans.__('hash'), receipt.hash],
    [trans.__('previous'), receipt.previous_hash]
  ];
  const artifacts = receipt.artifacts.map(
    ({ artifact, strategy, guarantee, rows }) =>
      cells('td', [artifact, strategy, guarantee, rows])
  );
  const head = cells('th', [
    trans.__('artifact'),
    trans.__('strategy'),
    trans.__('guarantee'),
    trans.__('rows')
  ]);
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
body { font: 11pt sans-serif; margin: 2cm; }
table { border-collapse: collapse; margin-bottom: 1em; }
th, td { border: 1px solid; padding: 4px 8px; text-align: start; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<table>
${facts.map(([name, value]) => `<tr><th>${escaped(name)}</th><td>${escaped(value)}</td></tr>`).join('\n')}
</table>
<table>
${[head, ...artifacts].join('\n')}
</table>
</body>
</html>
`;
}

function cells(tag: string, values: readonly (string | number)[]): string {
  const row = values.map(value => `<${tag}>${escaped(value)}</${tag}>`);
  return `<tr>${row.join('')}</tr>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
};

function escaped(value: string | number): string {
  return String(value).replace(/[&<>"']/g, character => ENTITIES[character]);
}
