import {
  Bool,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  tableToIPC,
  Table,
  Utf8,
  vectorFromArray
} from 'apache-arrow';

import { decodePage } from '../arrow';

const PAGE = {
  table: 'source:mails',
  total: 40,
  offset: 20,
  columns: [
    { name: 'subject', dtype: 'str' },
    { name: '__erased', dtype: 'float64' },
    { name: 'big', dtype: 'int64' },
    { name: 'premium', dtype: 'boolean' }
  ]
};

function encode(columns: Record<string, any>): Uint8Array {
  return tableToIPC(new Table(columns), 'stream');
}

const COLUMNS = {
  __row: vectorFromArray([5, 9], new Int32()),
  subject: vectorFromArray(['a', null], new Utf8()),
  number: vectorFromArray([1.5, null], new Float64()),
  big: vectorFromArray([2n ** 60n, 1n], new Int64()),
  premium: vectorFromArray([true, false], new Bool())
};

describe('decodePage', () => {
  it('gives rows with their ids, and columns by position', async () => {
    const page = await decodePage(PAGE, [encode(COLUMNS)]);
    expect(page).toEqual({
      ...PAGE,
      rows: [
        { row: 5, values: ['a', 1.5, 2n ** 60n, true], erased: [] },
        { row: 9, values: [null, null, 1n, false], erased: [] }
      ]
    });
  });

  it('tells which cells were erased', async () => {
    const erased = vectorFromArray(
      [[], [0, 1]],
      new List(new Field('item', new Int32(), true))
    );
    const page = await decodePage(PAGE, [
      encode({ ...COLUMNS, __erased: erased })
    ]);
    expect(page.rows.map(row => row.erased)).toEqual([[], [0, 1]]);
  });

  it('refuses a page without row ids', async () => {
    await expect(
      decodePage(PAGE, [encode({ subject: COLUMNS.subject })])
    ).rejects.toThrow('no row ids');
  });
});
