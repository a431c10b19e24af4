/**
 * Lists that loops filled, as tables: what a cell leaves behind for later ones.
 */
import { Column, make } from './expression';
import type { Expr } from './expression';
import type { Machine } from './machine';
import { nameHints } from './naming';
import { Table, includes } from './plan';
import type { ITableColumn, Plan } from './plan';
import { LiftRefusal } from './refusal';
import type { ICellRun, IEvent } from './run';
import { typeOf } from './typing';
import { describe, scalar } from './values';
import type { IRecord, Value } from './values';

/** Lists over the same rows that a cell leaves behind are a table. */
export function collectedTables(machine: Machine, cell: ICellRun): Table[] {
  const groups = new Map<Plan, IEvent[]>();
  for (const event of machine.events) {
    const { value } = event;
    if (
      event.cell !== cell.index ||
      value.kind !== 'list' ||
      value.build.consumed ||
      machine.env.get(event.name) !== value ||
      value.build.entries.length === 0
    ) {
      continue;
    }
    const plan = planOfList(value, cell);
    if (plan && plan.op !== 'table') {
      groups.set(plan, [...(groups.get(plan) ?? []), event]);
    }
  }
  const ofLists = machine.events.flatMap(event =>
    event.cell === cell.index && machine.env.get(event.name) === event.value
      ? (tableOfFields(event, cell) ?? [])
      : []
  );
  const others = [...groups].flatMap(([plan, events]) => {
    const table = tableOfLists(plan, events, cell);
    return table ? [table] : [];
  });
  return [...ofLists, ...others];
}

/** A dictionary of lists over the same rows: a column for each key. */
function tableOfFields(
  { name, value, line }: IEvent,
  cell: ICellRun
): Table | null {
  const lists = value.kind === 'record' && !value.rest ? [...value.fields] : [];
  const contents = lists.flatMap(([field, list]) =>
    list.kind === 'list' && list.build.isKnown()
      ? [{ field, build: list.build, ...list.build.contents() }]
      : []
  );
  const [first] = contents;
  if (
    !first ||
    contents.length !== lists.length ||
    contents.some(
      each =>
        each.plan !== first.plan ||
        each.plan.op === 'table' ||
        each.added.kind !== 'scalar'
    )
  ) {
    return null;
  }
  const columns: ITableColumn[] = [];
  const added = contents.map(each =>
    asNamedColumns(
      {
        kind: 'record',
        fields: new Map([[each.field, each.added]]),
        rest: null
      },
      columns
    )
  );
  const table = new Table(first.plan, columns, {
    cell: cell.index,
    line,
    file: null,
    variable: name,
    shape: 'lists'
  });
  contents.forEach(({ build, field }, at) => {
    const record = added[at];
    const column = record.kind === 'record' ? record.fields.get(field) : null;
    if (column) {
      build.become({ plan: table.scan, added: column, line });
    }
  });
  return table;
}

/** The rows of a list; null, and a refusal of the cell, when it has none. */
function planOfList(
  value: Extract<Value, { kind: 'list' }>,
  cell: ICellRun
): Plan | null {
  try {
    return value.build.contents().plan;
  } catch (error) {
    if (!(error instanceof LiftRefusal)) {
      throw error;
    }
    if (!cell.refusals.includes(error)) {
      error.cell ??= cell.index;
      cell.refusals.push(error);
    }
    return null;
  }
}

function tableOfLists(
  plan: Plan,
  events: readonly IEvent[],
  cell: ICellRun
): Table | null {
  const columns: ITableColumn[] = [];
  const values = new Map<IEvent, Value>();
  for (const event of events) {
    if (event.value.kind === 'list') {
      const { added } = event.value.build.contents();
      const single = events.length > 1 || added.kind === 'scalar';
      const value = asColumns(added, single ? event.name : null, columns);
      if (!value || (events.length > 1 && value.kind === 'record')) {
        return null;
      }
      values.set(event, value);
    }
  }
  const [first] = events;
  const table = new Table(plan, columns, {
    cell: cell.index,
    line: first.line,
    file: null,
    variable: events.length === 1 ? first.name : null,
    shape: shapeOf(first),
    ...restOf(plan, events)
  });
  for (const [event, added] of values) {
    if (event.value.kind === 'list') {
      const { line } = event.value.build.contents();
      event.value.build.become({ plan: table.scan, added, line });
    }
  }
  return table;
}

/** What an element of a list is. */
function shapeOf({ value }: IEvent): 'record' | 'tuple' | 'list' | 'single' {
  const added = value.kind === 'list' ? value.build.contents().added : value;
  return added.kind === 'record'
    ? 'record'
    : added.kind === 'tuple'
      ? added.shape
      : 'single';
}

/** The rows whose columns a list of dictionaries has beside its own. */
function restOf(plan: Plan, events: readonly IEvent[]): { rest?: Plan } {
  const [{ value }] = events;
  const added = value.kind === 'list' ? value.build.contents().added : null;
  const rest = added?.kind === 'record' ? added.rest : null;
  if (rest && !includes(plan, rest.plan)) {
    throw new LiftRefusal(
      1,
      'The list holds dictionaries of other rows, whose fields are not all known.'
    );
  }
  return rest ? { rest: rest.plan } : {};
}

/** The value with a table column for each of its parts. */
function asColumns(
  value: Value,
  variable: string | null,
  columns: ITableColumn[]
): Value | null {
  if (value.kind === 'scalar') {
    const column = new Column(typeOf(value.expr));
    if (variable !== null) {
      column.fallBackOn(variable);
    }
    nameHints(value.expr).forEach(hint => column.fallBackOn(hint));
    columns.push({
      column,
      expr: value.expr,
      rendering: null,
      variable,
      name: null
    });
    return scalar(make.column(column));
  }
  if (value.kind === 'record') {
    return asNamedColumns(value, columns);
  }
  if (value.kind !== 'tuple') {
    return null;
  }
  const items: Value[] = [];
  for (const item of value.items) {
    const part = asColumns(item, variable, columns);
    if (!part) {
      return null;
    }
    items.push(part);
  }
  return { ...value, items };
}

/** A dictionary a row: its keys are the names of the columns. */
function asNamedColumns(record: IRecord, columns: ITableColumn[]): Value {
  const column = (name: string, value: Value): Value => {
    const expr = fieldExpr(value);
    if (!expr) {
      throw new LiftRefusal(
        1,
        `The field "${name}" is ${describe(value)}, which is no single value.`
      );
    }
    const made = new Column(typeOf(expr), name);
    columns.push({
      column: made,
      expr,
      rendering: null,
      variable: null,
      name
    });
    return scalar(make.column(made));
  };
  const fields = new Map(
    [...record.fields].map(([name, value]) => [name, column(name, value)])
  );
  const { rest } = record;
  const read = new Map<string, Value>();
  return {
    kind: 'record',
    fields,
    rest: rest && {
      plan: rest.plan,
      field: name => {
        const known = read.get(name) ?? column(name, rest.field(name));
        read.set(name, known);
        return known;
      }
    }
  };
}

/** A field with several values is one value: a list or a tuple. */
function fieldExpr(value: Value): Expr | null {
  if (value.kind !== 'tuple') {
    return value.kind === 'scalar' ? value.expr : null;
  }
  const items = value.items.map(fieldExpr);
  return items.every(item => item !== null)
    ? { kind: 'display', shape: value.shape, items }
    : null;
}
