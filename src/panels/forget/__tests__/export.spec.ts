import { nullTranslator } from '@jupyterlab/translation';

import type { IReceipt } from '../../../companion/protocol.generated';
import { receiptJson, receiptPage } from '../export';

const RECEIPT: IReceipt = {
  receipt: 'r-1',
  run: 'complaints-1',
  time: '2026-01-01T00:00:00Z',
  user: '<img src=x onerror=alert(1)>',
  source: 'mails',
  action: 'erase',
  columns: ['a & b'],
  selector_hash: 'abc',
  records: 3,
  training_rows_removed: 0,
  training_rows_changed: 2,
  training_rows_added: 0,
  matrix_cells: 4,
  artifacts: [
    {
      artifact: 'model',
      strategy: 'newton',
      guarantee: 'approximate',
      rows: 2,
      cells: 4,
      seconds: 0.1
    }
  ],
  timings: [],
  seconds: 0.2,
  proof: null,
  previous_hash: '0',
  hash: '1'
};

describe('receipts as files', () => {
  it('are JSON that reads back', () => {
    expect(JSON.parse(receiptJson(RECEIPT))).toEqual(RECEIPT);
  });

  it('are a page in which no value is markup', () => {
    const trans = nullTranslator.load('');
    const page = receiptPage(RECEIPT, trans);
    const parsed = new DOMParser().parseFromString(page, 'text/html');
    expect(parsed.querySelector('img')).toBeNull();
    expect(parsed.body.textContent).toContain(RECEIPT.user);
    expect(parsed.body.textContent).toContain('a & b');
    expect(parsed.querySelectorAll('table')).toHaveLength(2);
  });
});
