/**
 * Tables that the notebook makes, as frames: column names and source.
 */
import { quote } from '../expression';
import type { Column, Expr } from '../expression';
import { assignment } from './frame';
import { unused } from '../naming';
import type { Plan, Table } from '../plan';
import type { SeriesPrinter } from './series';

/**
 * The names of a table's columns: those of its header, else of its readers, else
 * of its writer.
 */
export function namesOfTable(table: Table): Map<Column, string> {
  const names = new Map<Column, string>();
  const { object } = table.made;
  if (object) {
    object.columns.forEach((column, name) => names.set(column, name));
    return names;
  }
  const header = table.made.file?.header ?? [];
  if (
    header.length === table.columns.length &&
    new Set(header).size === header.length
  ) {
    table.columns.forEach(({ column }, at) => names.set(column, header[at]));
    return names;
  }
  const taken = new Set<string>();
  for (const { column, name } of table.columns) {
    if (name !== null) {
      taken.add(name);
      names.set(column, name);
    }
  }
  table.columns.forEach(({ column, name: fixed }, at) => {
    if (fixed !== null) {
      return;
    }
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
  if (table.made.rest) {
    return wholeSource(table.made.rest, columns, series);
  }
  const plain = columns.every(
    ({ name, code }) => code === `${variable}[${quote(name)}]`
  );
  if (!plain) {
    return `pd.DataFrame({\n${columns.map(({ name, code }) => `    ${quote(name)}: ${code},`).join('\n')}\n})`;
  }
  const list = columns.map(({ name }) => name);
  return table.plan.op === 'kept' &&
    [...series.view.physical].join() === list.join()
    ? variable
    : `${variable}[[${list.map(name => quote(name)).join(', ')}]]`;
}

interface INamedCode {
  name: string;
  code: string;
}

/** All columns of the rows, and further ones. */
function wholeSource(
  rest: Plan,
  columns: readonly INamedCode[],
  series: SeriesPrinter
): string {
  const { variable, physical } = series.view;
  const kept = new Set([
    ...namesOfRows(rest),
    ...columns.map(({ name }) => name)
  ]);
  const extra = [...physical].filter(name => !kept.has(name));
  const added = columns
    .filter(({ name, code }) => code !== `${variable}[${quote(name)}]`)
    .map(({ name, code }) => assignment(name, code));
  return [
    variable,
    added.length > 0 ? `.assign(${added.join(', ')})` : '',
    extra.length > 0
      ? `.drop(columns=[${extra.map(name => quote(name)).join(', ')}])`
      : ''
  ].join('');
}

/** The names of columns that rows are known to have. */
function namesOfRows(plan: Plan): string[] {
  if (plan.op === 'scan') {
    return [...(plan.layout.named?.keys() ?? [])];
  }
  if (plan.op === 'union') {
    return plan.columns.flatMap(({ name }) => (name === null ? [] : [name]));
  }
  return plan.op === 'table' ? [...namesOfTable(plan.table).values()] : [];
}
