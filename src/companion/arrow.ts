/**
 * Decodes table pages. The Arrow library is loaded when the first page arrives.
 */
import type { IColumnInfo, IPage } from './protocol.generated';

/** A value of a cell; a 64-bit integer that a number cannot hold is a bigint. */
export type CellValue = string | number | bigint | boolean | null;

/** One row of a page. */
export interface ITableRow {
  /** The row id. */
  row: number;
  /** In the order of the page's columns. */
  values: CellValue[];
  /** Positions of the columns whose value was erased. */
  erased: readonly number[];
}

/** A decoded page of a table. */
export interface ITablePage {
  table: string;
  /** Rows of the whole table, as far as they pass the filter. */
  total: number;
  offset: number;
  columns: readonly IColumnInfo[];
  rows: ITableRow[];
}

const ROW_COLUMN = '__row';
const ERASED_COLUMN = '__erased';
const NONE: readonly number[] = [];

/** Decode the answer to `table.page`. */
export async function decodePage(
  page: IPage,
  buffers: readonly Uint8Array[]
): Promise<ITablePage> {
  const { tableFromIPC } = await import('apache-arrow');
  const data = tableFromIPC(buffers[0]);
  const ids = data.getChild(ROW_COLUMN);
  if (!ids) {
    throw new Error(`The page of '${page.table}' has no row ids.`);
  }
  const marks = data.getChild(ERASED_COLUMN);
  // By position: a column of the table may be called anything.
  const vectors = page.columns.map((_, index) => data.getChildAt(index + 1));
  const rows: ITableRow[] = [];
  for (let index = 0; index < data.numRows; index++) {
    rows.push({
      row: ids.get(index),
      values: vectors.map(vector => vector?.get(index) ?? null),
      erased: marks ? [...(marks.get(index) ?? NONE)] : NONE
    });
  }
  const { table, total, offset, columns } = page;
  return { table, total, offset, columns, rows };
}
