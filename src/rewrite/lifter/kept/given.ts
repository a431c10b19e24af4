/**
 * The variables that hold the training table in the original, made from a frame
 * again for code that is kept as it is.
 */
import { walk } from 'py-ast';

import type { IAnalysis } from '../analysis';
import type { Column } from '../expression';
import { quote } from '../expression';
import type { Table } from '../plan';
import { namesOfTable } from '../printer/table';
import { LiftRefusal } from '../refusal';
import { stepsOf, writtenNames } from './slicing';
import type { IStep } from './slicing';
import type { IEvent } from '../run';

/** The table as kept code finds it. */
export interface IGivenTable {
  /** The names of its variables. */
  names: ReadonlySet<string>;
  /** The columns, by name; null when they are not all known. */
  columns: readonly string[] | null;
  /** Whether kept code reads columns by name. */
  byName: boolean;
  /** Statements that make the variables of `frame`. */
  prelude(used: ReadonlySet<string>, missingAsNone: boolean): string[];
  /** What runs after the table is there. */
  after: readonly IStep[];
}

/** How kept code of later cells finds the training table. */
export function givenTable(table: Table, analysis: IAnalysis): IGivenTable {
  const { variable, file, object } = table.made;
  if (file) {
    return readAgain(table, analysis);
  }
  const parallel = table.columns.flatMap(each =>
    each.variable === null ? [] : [each.variable]
  );
  const names = new Set(variable === null ? parallel : [variable]);
  const columns = namesOfTable(table);
  const all = [...columns.values()];
  const isOpen = object !== undefined || table.made.rest !== undefined;
  return {
    names,
    columns: isOpen ? null : all,
    byName: table.made.shape === 'record' || table.made.shape === 'lists',
    after: stepsAfter(table, names, analysis),
    prelude: (used, missingAsNone) => {
      const source = missingAsNone
        ? 'frame.astype(object).where(frame.notna(), None)'
        : 'frame';
      return variable === null
        ? parallelLines(table, columns, used, source)
        : [`${variable} = ${conversion(table, columns, source)}`];
    }
  };
}

/** The variable that holds the rows of a file that was written before. */
export function readerOf(table: Table, { machine }: IAnalysis): IEvent | null {
  const found = machine.events.filter(
    ({ name, value }) =>
      value.kind === 'rows' &&
      value.plan === table.scan &&
      machine.env.get(name) === value &&
      ['record', 'tuple'].includes(value.element.kind)
  );
  return found[found.length - 1] ?? null;
}

/** The table as it is read from the file: all texts. */
function readAgain(table: Table, analysis: IAnalysis): IGivenTable {
  const reader = readerOf(table, analysis);
  if (reader?.value.kind !== 'rows') {
    throw new LiftRefusal(
      table.made.line,
      'The training table goes through a file here.'
    );
  }
  const { element } = reader.value;
  const columns = [...namesOfTable(table).values()];
  const rows =
    element.kind === 'record'
      ? 'frame.map(str).to_dict("records")'
      : '[list(row) for row in frame.map(str).itertuples(index=False, name=None)]';
  return {
    names: new Set([reader.name]),
    columns,
    byName: element.kind === 'record',
    after: stepsOf(analysis.cells).filter(
      ({ cell, statement }) =>
        cell.index > reader.cell ||
        (cell.index === reader.cell && (statement.lineno ?? 1) > reader.line)
    ),
    prelude: () => [`${reader.name} = ${rows}  # as the file has them`]
  };
}

function parallelLines(
  table: Table,
  columns: ReadonlyMap<Column, string>,
  used: ReadonlySet<string>,
  source: string
): string[] {
  return table.columns.flatMap(({ column, variable }) =>
    variable !== null && used.has(variable)
      ? [
          `${variable} = ${source}[${quote(columns.get(column) ?? '')}].tolist()`
        ]
      : []
  );
}

function conversion(
  table: Table,
  columns: ReadonlyMap<Column, string>,
  source: string
): string {
  const { object, shape } = table.made;
  if (object !== undefined) {
    return `${source}.reset_index(drop=True)`;
  }
  switch (shape) {
    case 'record':
      return `${source}.to_dict("records")`;
    case 'lists':
      return `${source}.to_dict("list")`;
    case 'list':
      return `[list(row) for row in ${source}.itertuples(index=False, name=None)]`;
    case 'tuple':
      return `list(${source}.itertuples(index=False, name=None))`;
    default: {
      const [name] = columns.values();
      return `${source}[${quote(name)}].tolist()`;
    }
  }
}

/** The statements after the one that finishes the table. */
function stepsAfter(
  table: Table,
  names: ReadonlySet<string>,
  analysis: IAnalysis
): IStep[] {
  const steps = stepsOf(analysis.cells);
  let last = -1;
  steps.forEach((step, at) => {
    const own = step.cell.index === table.made.cell;
    const until = table.made.until ?? Infinity;
    const line = step.statement.lineno ?? 1;
    if (
      own &&
      line <= until &&
      [...writtenNames(step)].some(name => names.has(name))
    ) {
      last = at;
    }
  });
  return steps.slice(last + 1);
}

/** Whether kept code tells None from other values. */
export function asksForNone(steps: readonly IStep[]): boolean {
  return steps.some(({ statement }) =>
    [...walk(statement)].some(
      node =>
        node.nodeType === 'Compare' &&
        node.comparators.some(
          part => part.nodeType === 'Constant' && part.value === null
        )
    )
  );
}
