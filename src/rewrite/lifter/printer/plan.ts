/**
 * Plans as pandas statements, one decision a line.
 */
import { isLiteral, make, quote } from '../expression';
import type { Column, Expr } from '../expression';
import { canRaise } from '../failures';
import type { Keyed } from '../keyedbuild';
import { nameHints, unused } from '../naming';
import { stemOf } from '../paths';
import { isBefore, spine } from '../plan';
import type {
  IDistinct,
  IExplode,
  IFilter,
  IFrameRows,
  IGroup,
  IHead,
  IJoin,
  IKeptCode,
  IKeptRows,
  IScan,
  ISort,
  ITableScan,
  IUnion,
  Plan
} from '../plan';
import { sameExpr } from '../traversal';
import { typeOf } from '../typing';
import { valueExprs } from '../values';
import { assignment, frameOf } from './frame';
import type { IFrame } from './frame';
import { FramePrinter } from './frames';
import { keptCall, keptFrame } from './keptrows';
import { merge } from './merge';
import type { ISide } from './merge';
import { PandasPrinter, frameOfObject } from './pandas';
import { readStatements } from './reading';
import type { SeriesPrinter } from './series';
import { frameSource, namesOfTable } from './table';
import { neededAbove } from './usage';

/** Prints the statements that compute the rows of a plan. */
export class PlanPrinter extends FramePrinter {
  /** Print the plan; the outputs can then be printed over its rows. */
  print(): SeriesPrinter {
    return this.series(this._emit(this.root));
  }

  private readonly _frames = new Map<Plan, IFrame>();
  private readonly _distinct = new Map<Keyed, ISide>();
  private readonly _keyed = new Map<Keyed, ISide>();

  private _emit(plan: Plan): IFrame {
    const known = this._frames.get(plan);
    if (known) {
      return known;
    }
    const frame = this.columnsAfter(plan, this._step(plan));
    this._frames.set(plan, frame);
    return frame;
  }

  private _step(plan: Plan): IFrame {
    switch (plan.op) {
      case 'scan':
        return this._scan(plan);
      case 'table':
        return this._stage(plan);
      case 'filter':
        return this._filter(plan);
      case 'distinct':
        return this._firstOfEach(plan);
      case 'join':
        return this._joined(plan);
      case 'union':
        return this._union(plan);
      case 'frame':
        return this._frameRows(plan);
      case 'kept':
        return this._kept(plan);
      case 'group':
        return this._group(plan);
      case 'sort':
        return this._sort(plan);
      case 'head':
        return this._head(plan);
      case 'explode':
        return this._explode(plan);
    }
  }

  // --- sources ------------------------------------------------------------------

  private _scan(scan: IScan): IFrame {
    const variable = this.sources.variableOf(scan);
    const { statements, names } = readStatements(
      scan,
      variable,
      this.usage.columns,
      this.sources
    );
    this.variables.add(variable);
    for (const [at, statement] of statements.entries()) {
      const line = statement.line && this.ownLine(scan, statement.line);
      this.statements.push({ ...statement, line, opens: at === 0 });
    }
    return frameOf(variable, names);
  }

  /** A table that an earlier stage of the same preparation made. */
  private _stage(scan: ITableScan): IFrame {
    const { table } = scan;
    if (table === this.given?.table) {
      return frameOf(this.given.variable, namesOfTable(table));
    }
    const from = this.series(this._emit(table.plan));
    const names = namesOfTable(table);
    const variable = this.fresh(
      table.made.file ? stemOf(table.made.file.path) : 'table'
    );
    this.add(
      scan,
      `${variable} = ${frameSource(table, names, from)}`,
      scan.line,
      {
        opens: true
      }
    );
    return frameOf(variable, names);
  }

  /** Rows of a frame that statements of pandas made. */
  private _frameRows(plan: IFrameRows): IFrame {
    const { given } = this;
    if (given && given.table.scan === plan) {
      return frameOfObject(plan.object, given.variable);
    }
    this._pandas.print(plan.object);
    return frameOfObject(plan.object, plan.object.name);
  }

  /** Rows that a function collects as the original does it. */
  private _kept(plan: IKeptRows): IFrame {
    const call = this._keptCall(plan.code);
    const variable = this.fresh(plan.code.name);
    this.add(plan, `${variable} = ${keptFrame(plan, call)}`, plan.line);
    return frameOf(
      variable,
      new Map(plan.columns.map(({ column, name }) => [column, name]))
    );
  }

  /** Read the files of kept statements; the call of their function. */
  private _keptCall(code: IKeptCode): string {
    const { reads, call } = keptCall(code, this.sources, this.definitions);
    reads.forEach((read, at) =>
      this.statements.push({ code: read, line: null, opens: at === 0 })
    );
    code.scans.forEach(scan =>
      this.variables.add(this.sources.variableOf(scan))
    );
    return call;
  }

  /** Rows below rows, with the same columns. */
  private _union(union: IUnion): IFrame {
    const taken = new Set<string>();
    const names = new Map(
      union.columns.map(({ column, name }) => {
        const free =
          name ?? unused(column.hints[0] ?? `column_${taken.size + 1}`, taken);
        taken.add(free);
        return [column, free] as const;
      })
    );
    const parts = union.parts.map((part, at) => {
      const series = this.series(this._emit(part));
      const { variable } = series.view;
      const columns = union.columns.map(({ column, exprs }) => ({
        name: names.get(column) ?? '',
        code: series.source(exprs[at])
      }));
      const plain = columns.every(
        ({ name, code }) => code === `${variable}[${quote(name)}]`
      );
      if (union.whole) {
        const added = columns
          .filter(({ name, code }) => code !== `${variable}[${quote(name)}]`)
          .map(({ name, code }) => assignment(name, code));
        return added.length > 0
          ? `${variable}.assign(${added.join(', ')})`
          : variable;
      }
      return plain
        ? `${variable}[[${columns.map(({ name }) => quote(name)).join(', ')}]]`
        : `pd.DataFrame({${columns.map(({ name, code }) => `${quote(name)}: ${code}`).join(', ')}})`;
    });
    const variable = this.fresh('rows');
    this.add(
      union,
      `${variable} = pd.concat([${parts.join(', ')}], ignore_index=True)`,
      union.line,
      { opens: true }
    );
    return frameOf(variable, names);
  }

  private readonly _pandas = new PandasPrinter({
    sources: this.sources,
    given: this.given?.table.made.object ?? null,
    rows: plan => this.series(this._emit(plan)),
    kept: code => `${code.name} = ${this._keptCall(code)}`,
    add: (step, code) => {
      step.writes.forEach(name => this.variables.add(name));
      this.statements.push({
        code,
        line: step.cell === this.cell ? step.line : null
      });
    }
  });

  // --- steps --------------------------------------------------------------------

  private _filter(filter: IFilter): IFrame {
    this._emitKeys(filter.predicate);
    const input = this._emit(filter.input);
    const condition = this.series(input).condition(filter.predicate).text;
    return this.next(filter.input, input, filter.line, variable => ({
      code: `${input.variable}[${condition}]`
    }));
  }

  private _firstOfEach({ input, key, keep, line }: IDistinct): IFrame {
    const { frame, name } = this.asColumn(input, this._emit(input), key, line);
    const options = keep === 'last' ? ', keep="last"' : '';
    return this.next(input, frame, line, () => ({
      code: `${frame.variable}.drop_duplicates(${quote(name)}${options})`,
      note: `only the ${keep} of each ${name} came through`
    }));
  }

  private _sort({ input, by, line }: ISort): IFrame {
    let frame = this._emit(input);
    const names = by.map(({ expr }) => {
      const column = this.asColumn(input, frame, expr, line);
      ({ frame } = column);
      return quote(column.name);
    });
    const directions = by.map(({ ascending }) =>
      ascending ? 'True' : 'False'
    );
    const [name] = names;
    const options = directions.includes('False')
      ? `, ascending=${listOf(directions)}`
      : '';
    const { variable } = frame;
    return this.next(input, frame, line, () => ({
      code: `${variable}.sort_values(${names.length === 1 ? name : listOf(names)}${options}, kind="stable")`
    }));
  }

  private _head({ input, count, line }: IHead): IFrame {
    const frame = this._emit(input);
    const rows = this.series(frame).scalars.source(count);
    return this.next(input, frame, line, () => ({
      code: `${frame.variable}.head(${rows})`
    }));
  }

  /** A row for each element; lists without elements give no rows. */
  private _explode(step: IExplode): IFrame {
    const { input, list, line, column } = step;
    const before = this._emit(input);
    const hints = column.hints;
    const name = unused(hints[0] ?? 'item', before.physical);
    const code = this.series(before).source(list);
    let frame = this.assign(input, before, name, code, line);
    if (!isSplit(list)) {
      const { variable } = frame;
      frame = this.next(step, frame, line, () => ({
        code: `${variable}[${variable}[${quote(name)}].map(len).astype(int) > 0]`
      }));
    }
    const exploded = this.next(step, frame, line, () => ({
      code: `${frame.variable}.explode(${quote(name)}, ignore_index=True)`
    }));
    exploded.names.set(column, name);
    return exploded;
  }

  /** One row a key, in the order in which keys come up first. */
  private _group(group: IGroup): IFrame {
    const { input, aggregates, line } = group;
    const keyed = this.asColumn(input, this._emit(input), group.key.expr, line);
    const { name: key } = keyed;
    let { frame } = keyed;
    const outputs: string[] = [];
    const taken = new Set([key]);
    const names = new Map([[group.key.column, key]]);
    for (const { column, how, expr } of aggregates) {
      const of = expr
        ? this.asColumn(input, frame, expr, line)
        : {
            frame,
            name: [...frame.physical].find(each => each !== key) ?? key
          };
      ({ frame } = of);
      let { name: from } = of;
      if (from === key) {
        from = unused(`${key}_value`, frame.physical);
        frame = this.assign(
          input,
          frame,
          from,
          `${frame.variable}[${quote(key)}]`,
          line
        );
      }
      const name = unused(column.hints[0] ?? how, taken);
      taken.add(name);
      names.set(column, name);
      const output = `(${quote(from)}, ${quote(how)})`;
      outputs.push(
        /^[A-Za-z_]\w*$/.test(name)
          ? `${name}=${output}`
          : `**{${quote(name)}: ${output}}`
      );
    }
    const { variable: rows } = frame;
    const missing =
      typeOf(group.key.expr) === 'unknown' ? ', dropna=False' : '';
    const source =
      outputs.length === 0
        ? `${rows}[[${quote(key)}]].drop_duplicates()`
        : `${rows}.groupby(${quote(key)}, sort=False, as_index=False${missing}).agg(${outputs.join(', ')})`;
    const variable = this.fresh(group.name === '' ? 'groups' : group.name);
    this.add(group, `${variable} = ${source}`, line, { opens: true });
    return frameOf(variable, names);
  }

  // --- joins --------------------------------------------------------------------

  private _joined(join: IJoin): IFrame {
    if (join.required) {
      return this._requiredJoin(join);
    }
    if (join.taken.length > 0 || join.found || join.many) {
      return this._join(join, join.input);
    }
    return join.how === 'left' ? this._emit(join.input) : this._semiJoin(join);
  }

  private _semiJoin(join: IJoin): IFrame {
    const member: Expr = { kind: 'member', item: join.key, of: join.of };
    return this._filter({
      op: 'filter',
      input: join.input,
      predicate: member,
      line: join.line
    });
  }

  /** Every key must be there: the original fails for one that is not. */
  private _requiredJoin(join: IJoin): IFrame {
    this._emitInOrder(join);
    const right = this._distinctOf(join);
    const input = this._emit(join.input);
    const { frame, name } = this.asColumn(
      join.input,
      input,
      join.key,
      join.line
    );
    const check = this.definitions.define(`require_in_${join.of.name}`, own =>
      [
        `def ${own}(found):`,
        '    if not found:',
        `        raise KeyError(${quote(`a key that is not in ${join.of.name}`)})`,
        '    return True'
      ].join('\n')
    );
    const keys = `${right.frame.variable}[${quote(right.key)}]`;
    const checked = this.next(join.input, frame, join.line, () => ({
      code: `${frame.variable}[${frame.variable}[${quote(name)}].isin(${keys}).map(${check}).astype(bool)]`,
      note: `${join.of.name}[...] fails for a key that is not there`
    }));
    if (join.taken.length === 0) {
      return checked;
    }
    return this._join(join, join.input, checked);
  }

  private _join(join: IJoin, from: Plan, given?: IFrame): IFrame {
    this._emitInOrder(join);
    const right = join.many ? this._manyOf(join) : this._distinctOf(join);
    const input = given ?? this._emit(from);
    const { frame, name: key } = this.asColumn(
      from,
      input,
      join.key,
      join.line
    );
    const left: ISide = { frame, key };
    const merged = merge(join, left, right, {
      needed: this._neededNames(join, frame),
      nameOf: expr => this.nameIn(right.frame, expr)
    });
    const again =
      this._results.has(frame.variable) && !this.isShared(join.input);
    const variable = again ? frame.variable : this.fresh('rows');
    this._results.add(variable);
    this.add(join, `${variable} = ${merged.source}`, join.line, {
      opens: !again
    });
    this._fill(join, variable, merged.names);
    return {
      variable,
      names: merged.names,
      bindings: new Map(frame.bindings),
      physical: merged.physical
    };
  }

  /** What rows without a match get. */
  private _fill(
    join: IJoin,
    variable: string,
    names: ReadonlyMap<Column, string>
  ): void {
    if (join.how !== 'left') {
      return;
    }
    const fill = (column: Column, fallback: Expr): void => {
      const series = `${variable}[${quote(names.get(column) ?? '')}]`;
      const type = typeOf(fallback);
      const value = this.scalarSource(fallback);
      const filled = isLiteral(fallback, 'None')
        ? `${series}.astype(object).where(${series}.notna(), None)`
        : `${series}.fillna(${value})`;
      const typed =
        column.type === type && (type === 'int' || type === 'bool')
          ? `${filled}.astype(${type})`
          : filled;
      this.add(join, `${series} = ${typed}`, join.line);
    };
    for (const { column, fallback } of join.taken) {
      if (fallback) {
        fill(column, fallback);
      }
    }
    if (join.found) {
      fill(join.found, make.boolean(false));
    }
  }

  /** Variables that hold the result of a join. */
  private readonly _results = new Set<string>();

  /** Print the sides of a join, and of those under it, in the original's order. */
  private _emitInOrder(join: IJoin): void {
    const joins = [...spine(join)].filter(
      (step): step is IJoin =>
        step.op === 'join' && step.taken.length > 0 && !step.many
    );
    joins
      .map(step => ({ step, rows: step.of.contents().plan }))
      .filter(({ rows }) => isBefore(rows, join))
      .sort((a, b) => (isBefore(a.rows, b.rows) ? -1 : 1))
      .forEach(({ step }) => this._distinctOf(step));
    this._emit(join.input);
  }

  /** The columns of the left side that something still reads. */
  private _neededNames(join: IJoin, left: IFrame): Set<string> {
    const needed = neededAbove(
      this.root,
      join,
      this.outputs,
      this.usage.columnsAfter
    );
    const names = new Set<string>(left.bindings.values());
    for (const [column, name] of left.names) {
      if (needed.has(column)) {
        names.add(name);
      }
    }
    return names;
  }

  /** The rows of a dictionary, one a key. */
  private _distinctOf(join: IJoin): ISide {
    const { of } = join;
    const known = this._distinct.get(of);
    if (known) {
      return known;
    }
    const { plan, added, line } = of.contents();
    const { frame: keyed, key } = this._rightSide(join);
    let frame = keyed;
    const unique =
      plan.op === 'group' ||
      (plan.op === 'distinct' && sameExpr(plan.key, added.key));
    if (!unique) {
      frame = this.next(plan, frame, line, () => ({
        code: `${frame.variable}.drop_duplicates(${quote(key)}, keep="last")`,
        note: `the ${of.shape} kept the last of each ${key}`
      }));
    }
    const distinct = { frame, key };
    this._distinct.set(of, distinct);
    return distinct;
  }

  /** All rows of the other side of a join. */
  private _manyOf(join: IJoin): ISide {
    const known = this._many.get(join.of);
    if (known) {
      return known;
    }
    const side = this._rightSide(join);
    this._many.set(join.of, side);
    return side;
  }

  private readonly _many = new Map<Keyed, ISide>();

  /** The other side with its key and the values that are looked up as columns. */
  private _rightSide(join: IJoin): ISide {
    const { plan, added, line } = join.of.contents();
    const hints = [...nameHints(join.key), ...nameHints(added.key)];
    const keyed = this.asColumn(plan, this._emit(plan), added.key, line, hints);
    let { frame } = keyed;
    const wanted = this.usage.takenOf(join.of);
    const values = added.value ? valueExprs(added.value) : [];
    const exprs = [
      ...wanted.map(({ expr }) => expr),
      ...values.filter(canRaise)
    ];
    for (const expr of exprs) {
      const taken = wanted.find(each => each.expr === expr);
      if (expr.kind !== 'column') {
        const as = taken?.column.hints ?? nameHints(expr);
        ({ frame } = this.asColumn(plan, frame, expr, line, as));
      }
    }
    return { frame, key: keyed.name };
  }

  private _emitKeys(expr: Expr): void {
    if (expr.kind === 'member') {
      this.keysOf(expr.of);
    }
    const inner =
      expr.kind === 'logic'
        ? expr.operands
        : expr.kind === 'unary'
          ? [expr.operand]
          : [];
    inner.forEach(part => this._emitKeys(part));
  }

  /** Source of the keys of a collection. */
  protected override keysOf(of: Keyed): string {
    const known = this._keyed.get(of);
    if (known) {
      return `${known.frame.variable}[${quote(known.key)}]`;
    }
    const { plan, added, line } = of.contents();
    const { frame, name } = this.asColumn(
      plan,
      this._emit(plan),
      added.key,
      line
    );
    this._keyed.set(of, { frame, key: name });
    return `${frame.variable}[${quote(name)}]`;
  }
}

function listOf(items: readonly string[]): string {
  return items.length === 1 ? items[0] : `[${items.join(', ')}]`;
}

/** Whether an expression is a list that always has elements. */
function isSplit(expr: Expr): boolean {
  return (
    expr.kind === 'method' && expr.name === 'split' && expr.args.length === 1
  );
}
