/**
 * Tables that the notebook makes itself: files it writes and reads again, and
 * lists that later cells go on with.
 */
import type { FileBuild } from './builds';
import { Column } from './expression';
import type { Expr } from './expression';
import { nameHints } from './naming';
import { Table } from './plan';
import type { ITableColumn, Plan } from './plan';
import { LiftRefusal } from './refusal';
import { fieldsOf, separatorOf, templateOf } from './template';
import { typeOf } from './typing';
import type { ILines } from './values';

const TABLES = new WeakMap<FileBuild, Table>();

/** The rows that reading these lines gives. */
export function linesPlan(source: ILines): Plan {
  return source.kind === 'scan' ? source.scan : tableOf(source.file).scan;
}

/**
 * The table that a written file is.
 *
 * @param separator - what the reader cuts lines at, when there is a reader.
 */
export function tableOf(file: FileBuild, separator?: string): Table {
  const known = TABLES.get(file);
  if (known) {
    if (separator !== undefined && known.made.file?.separator !== separator) {
      throw new LiftRefusal(
        file.line,
        `${file.path.text} is written with other separators than it is read with.`
      );
    }
    return known;
  }
  const { plan, added, line } = file.contents();
  const parts = added.flatMap(templateOf);
  const mark = separator ?? separatorOf(parts);
  const fields = fieldsOf(parts, mark);
  if (!fields) {
    throw new LiftRefusal(
      line,
      `What is written to ${file.path.text} is not one line a row.`
    );
  }
  const columns = fields.map(({ expr, specification, name }): ITableColumn => {
    const column = new Column(storedType(expr, specification));
    if (name !== undefined) {
      column.fallBackOn(name);
    }
    nameHints(expr).forEach(hint => column.fallBackOn(hint));
    return {
      column,
      expr,
      rendering: { specification },
      variable: null,
      name: null
    };
  });
  const table = new Table(plan, columns, {
    cell: file.cell,
    line,
    file: {
      path: file.path,
      separator: mark,
      header: file.header[0]?.trimEnd().split(mark) ?? null
    },
    variable: null
  });
  TABLES.set(file, table);
  return table;
}

/**
 * The natural type of a column that went through a file. What a function of
 * unknown result wrote is taken as text, for that is how it is read.
 */
function storedType(expr: Expr, specification: string) {
  if (specification !== '') {
    return 'str';
  }
  const type = typeOf(expr);
  return type === 'unknown' || type === 'none' ? 'str' : type;
}
