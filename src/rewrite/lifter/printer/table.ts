/**
 * Tables that the notebook makes, as frames: column names and source.
 */
import { quote } from '../expression';
import type { Column, Expr } from '../expression';
import { unused } from '../naming';
import type { Table } from '../plan';
import type { SeriesPrinter } from './series';

/**
 * The names of a table's columns: those of its header, else of its readers, else
 * of its writer.
 */
export function namesOfTable(table: Table): Map<Column, string> {
  const names = new Map<Column, string>();
  const header = table.made.file?.header ?? [];
  if (
    header.length === table.columns.length &&
    new Set(header).size === header.length
  ) {
    table.columns.forEach(({ column }, at) => names.set(column, header[at]));
    return names;
  }
  const taken = new Set<string>();
  table.columns.forEach(({ column }, at) => {
    const free = column.hints.find(hint => !taken.has(hint));
    const name = free ?? unused(`column_${at + 1}`, taken);
    taken.add(name);
    names.set(column, name);
  });
  return names;
}

/** The frame that a table is, as an expression over the rows of its plan. */
export function frameSource(
  table: Table,
  names: ReadonlyMap<Column, string>,
  series: SeriesPrinter
): string {
  const columns = table.columns.map(({ column, expr, rendering }) => {
    const specification = rendering?.specification ?? '';
    const value: Expr =
      specification === ''
        ? expr
        : { kind: 'text', operand: expr, specification };
    return { name: names.get(column) ?? '', code: series.source(value) };
  });
  const { variable } = series.view;
  const plain = columns.every(
    ({ name, code }) => code === `${variable}[${quote(name)}]`
  );
  return plain
    ? `${variable}[[${columns.map(({ name }) => quote(name)).join(', ')}]]`
    : `pd.DataFrame({\n${columns.map(({ name, code }) => `    ${quote(name)}: ${code},`).join('\n')}\n})`;
}
