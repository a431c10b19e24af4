/**
 * Statements of pandas as the original has them, with parameters for file names
 * and columns for lists that loops filled.
 */
import { walk } from 'py-ast';

import { quote } from '../expression';
import type { Expr } from '../expression';
import { assignment } from './frame';
import type { PandasObject, IPandasStep } from '../pandasobject';
import { stepsBehind } from '../pandasobject';
import type { IKeptCode, Plan } from '../plan';
import { LiftRefusal } from '../refusal';
import type { Value } from '../values';
import { valueExprs } from '../values';
import type { IFrame } from './frame';
import type { Sources } from './reading';
import type { SeriesPrinter } from './series';

/** What printing a statement of pandas needs of the plan printer. */
export interface IPandasSurroundings {
  sources: Sources;
  /** Print the rows of a plan; the series are over its frame. */
  rows(plan: Plan): SeriesPrinter;
  add(step: IPandasStep, code: string): void;
  /** Read what kept statements read; the statement that calls them. */
  kept(code: IKeptCode): string;
  /** A table that is there already. */
  given: PandasObject | null;
}

/** Prints each statement once. */
export class PandasPrinter {
  constructor(private readonly _around: IPandasSurroundings) {}

  private readonly _printed = new Set<IPandasStep>();

  /** The statements that an object depends on. */
  print(object: PandasObject): void {
    for (const step of stepsBehind([object], this._around.given)) {
      if (!this._printed.has(step)) {
        this._printed.add(step);
        this._around.add(step, this._code(step));
      }
    }
  }

  private _code(step: IPandasStep): string {
    if (step.kept) {
      return this._around.kept(step.kept);
    }
    if (step.series) {
      return this._columns(step, step.series);
    }
    const edits = step.paths.map(({ start, end, path }) => ({
      start,
      end,
      text: this._around.sources.parameterFor(path)
    }));
    for (const [name, value] of step.reads) {
      if (value.kind === 'list') {
        edits.push(this._list(step, name, value));
      }
    }
    if (step.instead !== null) {
      return step.instead;
    }
    const { start, end } = step.text.range(step.statement);
    return edits
      .sort((a, b) => b.start - a.start)
      .reduce(
        (source, edit) =>
          source.slice(0, edit.start - start) +
          edit.text +
          source.slice(edit.end - start),
        step.text.text.slice(start, end)
      );
  }

  /** Columns that a loop over the rows set. */
  private _columns(
    step: IPandasStep,
    columns: ReadonlyMap<string, Expr>
  ): string {
    const [held] = step.reads.values();
    if (held?.kind !== 'pandas') {
      throw new LiftRefusal(step.line, 'The frame of this loop is not known.');
    }
    const series = this._around.rows(held.object.rows);
    const [name] = step.writes;
    const assigned = [...columns].map(([column, expr]) =>
      assignment(column, series.source(expr))
    );
    return `${name} = ${name}.assign(${assigned.join(', ')})`;
  }

  /** A list that a loop filled, where a statement reads it. */
  private _list(
    step: IPandasStep,
    name: string,
    value: Extract<Value, { kind: 'list' }>
  ): { start: number; end: number; text: string } {
    const { plan, added } = value.build.contents();
    for (const node of walk(step.statement)) {
      if (node.nodeType !== 'Call' || node.args[0]?.nodeType !== 'Name') {
        continue;
      }
      const [argument] = node.args;
      const isFrame =
        node.func.nodeType === 'Attribute' && node.func.attr === 'DataFrame';
      if (isFrame && argument.nodeType === 'Name' && argument.id === name) {
        const names = namesGiven(node, step);
        const text = this._frame(plan, added, names, step);
        return { ...step.text.range(node), text };
      }
    }
    const here = [...walk(step.statement)].find(
      node => node.nodeType === 'Name' && node.id === name
    );
    if (added.kind !== 'scalar' || !here || !isOverFrame(plan, step)) {
      throw new LiftRefusal(
        step.line,
        `\`${name}\` is not over the rows of the frame that it is put into.`
      );
    }
    const range = step.text.range(here as { lineno?: number });
    return { ...range, text: this._around.rows(plan).source(added.expr) };
  }

  private _frame(
    plan: Plan,
    added: Value,
    names: readonly string[] | null,
    step: IPandasStep
  ): string {
    const series = this._around.rows(plan);
    const fields: [string, Value][] =
      added.kind === 'record' && !added.rest
        ? [...added.fields]
        : added.kind === 'tuple' && names?.length === added.items.length
          ? added.items.map((item, at) => [names[at], item])
          : [];
    if (fields.length === 0) {
      throw new LiftRefusal(
        step.line,
        'The columns of this frame cannot be told.'
      );
    }
    const lines = fields.map(([name, value]) => {
      const [expr, ...others] = valueExprs(value);
      if (!expr || others.length > 0) {
        throw new LiftRefusal(step.line, `"${name}" is no single value.`);
      }
      return `    ${quote(name)}: ${series.source(expr)},`;
    });
    const frame = `pd.DataFrame({\n${lines.join('\n')}\n})`;
    return plan.op === 'frame' || plan.op === 'filter'
      ? `${frame}.reset_index(drop=True)`
      : frame;
  }
}

/** The names in `columns=[...]`. */
function namesGiven(
  node: { keywords: { arg?: string; value: { nodeType: string } }[] },
  step: IPandasStep
): string[] | null {
  const given = node.keywords.find(({ arg }) => arg === 'columns');
  if (!given) {
    return null;
  }
  const source = step.text.source(given.value as { lineno?: number });
  const names = [...source.matchAll(/(["'])([^"'\\]*)\1/g)].map(
    match => match[2]
  );
  return names;
}

/** Whether rows are those of the frame that a statement changes. */
function isOverFrame(plan: Plan, step: IPandasStep): boolean {
  return (
    plan.op === 'frame' &&
    [...step.reads.values()].some(
      value => value.kind === 'pandas' && value.object === plan.object
    )
  );
}

/** The frame that an object is, with the columns that loops read. */
export function frameOfObject(object: PandasObject, variable: string): IFrame {
  const names = new Map(
    [...object.columns].map(([name, column]) => [column, name])
  );
  return {
    variable,
    names,
    bindings: new Map(),
    physical: new Set(names.values())
  };
}
