import fc from 'fast-check';

import type { ITableRow } from '../../../companion/arrow';
import { CHUNK_SIZE, TableRows } from '../tablerows';

const TOTAL = 20 * CHUNK_SIZE + 7;

/** The rows of a chunk of a table that numbers its rows. */
function rowsOf(chunk: number): ITableRow[] {
  const first = chunk * CHUNK_SIZE;
  const count = Math.max(0, Math.min(CHUNK_SIZE, TOTAL - first));
  return Array.from({ length: count }, (_, index) => ({
    row: first + index,
    values: [],
    erased: []
  }));
}

describe('TableRows', () => {
  it('has the rows that were needed last, each fetched once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(TOTAL - 1), { minLength: 1, maxLength: 30 }),
        async starts => {
          const asked: number[] = [];
          const rows = new TableRows(async chunk => {
            asked.push(chunk);
            return rowsOf(chunk);
          });
          await Promise.all(starts.map(first => rows.need(first, first + 20)));
          const last = starts[starts.length - 1];
          for (let at = last; at < Math.min(last + 20, TOTAL); at++) {
            expect(rows.rowAt(at)?.row).toBe(at);
          }
          expect(new Set(asked).size).toBe(asked.length);
        }
      )
    );
  });

  it('skips what was scrolled past while it waited', async () => {
    const asked: number[] = [];
    const rows = new TableRows(async chunk => {
      asked.push(chunk);
      return rowsOf(chunk);
    });
    const first = rows.need(0, 20);
    void rows.need(5 * CHUNK_SIZE, 5 * CHUNK_SIZE + 20);
    void rows.need(9 * CHUNK_SIZE, 9 * CHUNK_SIZE + 20);
    await first;
    expect(asked).toEqual([0, 9]);
  });

  it('asks again after a chunk did not come', async () => {
    let fails = true;
    const rows = new TableRows(async chunk => (fails ? null : rowsOf(chunk)));
    await rows.need(0, 20);
    expect(rows.rowAt(0)).toBeUndefined();
    fails = false;
    await rows.need(0, 20);
    expect(rows.rowAt(0)?.row).toBe(0);
  });

  it('keeps a bounded number of rows', async () => {
    const rows = new TableRows(async chunk => rowsOf(chunk % 20));
    for (let chunk = 0; chunk < 200; chunk++) {
      await rows.need(chunk * CHUNK_SIZE, chunk * CHUNK_SIZE + 1);
    }
    expect(rows.rowAt(0)).toBeUndefined();
    expect(rows.rowAt(199 * CHUNK_SIZE)).toBeDefined();
  });
});
