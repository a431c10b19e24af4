/**
 * Plans as pandas statements, one decision a line.
 */
import { quote } from '../expression';
import type { Keyed } from '../builds';
import type { Expr, ILet } from '../expression';
import { canRaise } from '../failures';
import { nameHints, unused } from '../naming';
import { stemOf } from '../paths';
import { isBefore, placeOf, spine } from '../plan';
import type {
  IDistinct,
  IFilter,
  IJoin,
  IScan,
  ITableScan,
  Plan,
  Table
} from '../plan';
import { LiftRefusal } from '../refusal';
import { sameExpr } from '../traversal';
import { valueExprs } from '../values';
import type { IStatement } from './layout';
import { assignment, frameOf } from './frame';
import type { IFrame } from './frame';
import { merge } from './merge';
import type { ISide } from './merge';
import { readStatements } from './reading';
import type { Sources } from './reading';
import type { IDefinitions, IView } from './scope';
import { SeriesPrinter } from './series';
import { frameSource, namesOfTable } from './table';
import { Usage, neededAbove } from './usage';

/** Prints the statements that compute the rows of a plan. */
export class PlanPrinter {
  constructor(
    /** Index of the cell that is rewritten. */
    private readonly _cell: number,
    private readonly _root: Plan,
    private readonly _outputs: readonly Expr[],
    lets: readonly ILet[],
    private readonly _sources: Sources,
    private readonly _definitions: IDefinitions,
    /** A table that is there already, in a variable. */
    private readonly _given: { table: Table; variable: string } | null = null
  ) {
    this._usage = new Usage(_root, _outputs, lets, _given?.table ?? null);
    this._variables = new Set([..._sources.parameters(), ..._sources.reserved]);
    if (_given) {
      this._variables.add(_given.variable);
    }
  }

  readonly statements: IStatement[] = [];

  /** Print the plan; the outputs can then be printed over its rows. */
  print(): SeriesPrinter {
    return this._series(this._emit(this._root));
  }

  private readonly _usage: Usage;
  private readonly _variables: Set<string>;
  private readonly _frames = new Map<Plan, IFrame>();
  private readonly _distinct = new Map<Keyed, ISide>();
  private readonly _keyed = new Map<Keyed, ISide>();

  private _emit(plan: Plan): IFrame {
    const known = this._frames.get(plan);
    if (known) {
      return known;
    }
    const frame = this._columnsAfter(plan, this._step(plan));
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
        return plan.taken.length > 0 ? this._join(plan) : this._semiJoin(plan);
    }
  }

  // --- sources ------------------------------------------------------------------

  private _scan(scan: IScan): IFrame {
    const variable = this._sources.variableOf(scan);
    const { statements, names } = readStatements(
      scan,
      variable,
      this._usage.columns,
      this._sources
    );
    this._variables.add(variable);
    for (const [at, statement] of statements.entries()) {
      const line = statement.line && this._ownLine(scan, statement.line);
      this.statements.push({ ...statement, line, opens: at === 0 });
    }
    return frameOf(variable, names);
  }

  /** A table that an earlier stage of the same preparation made. */
  private _stage(scan: ITableScan): IFrame {
    const { table } = scan;
    if (table === this._given?.table) {
      return frameOf(this._given.variable, namesOfTable(table));
    }
    const from = this._series(this._emit(table.plan));
    const names = namesOfTable(table);
    const variable = this._fresh(
      table.made.file ? stemOf(table.made.file.path) : 'table'
    );
    this._add(
      scan,
      `${variable} = ${frameSource(table, names, from)}`,
      scan.line,
      {
        opens: true
      }
    );
    return frameOf(variable, names);
  }

  // --- steps --------------------------------------------------------------------

  private _filter(filter: IFilter): IFrame {
    this._emitKeys(filter.predicate);
    const input = this._emit(filter.input);
    const condition = this._series(input).condition(filter.predicate).text;
    return this._next(filter.input, input, filter.line, variable => ({
      code: `${input.variable}[${condition}]`
    }));
  }

  private _firstOfEach({ input, key, line }: IDistinct): IFrame {
    const { frame, name } = this._asColumn(input, this._emit(input), key, line);
    return this._next(input, frame, line, () => ({
      code: `${frame.variable}.drop_duplicates(${quote(name)})`,
      note: `only the first of each ${name} came through`
    }));
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

  private _join(join: IJoin): IFrame {
    this._emitInOrder(join);
    const right = this._distinctOf(join);
    const input = this._emit(join.input);
    const { frame, name: key } = this._asColumn(
      join.input,
      input,
      join.key,
      join.line
    );
    const left: ISide = { frame, key };
    const merged = merge(join, left, right, {
      needed: this._neededNames(join, frame),
      nameOf: expr => this._nameIn(right.frame, expr)
    });
    const again =
      this._joined.has(frame.variable) && !this._isShared(join.input);
    const variable = again ? frame.variable : this._fresh('rows');
    this._joined.add(variable);
    this._add(join, `${variable} = ${merged.source}`, join.line, {
      opens: !again
    });
    return {
      variable,
      names: merged.names,
      bindings: new Map(frame.bindings),
      physical: merged.physical
    };
  }

  /** Variables that hold the result of a join. */
  private readonly _joined = new Set<string>();

  /** Print the sides of a join, and of those under it, in the original's order. */
  private _emitInOrder(join: IJoin): void {
    const joins = [...spine(join)].filter(
      (step): step is IJoin => step.op === 'join' && step.taken.length > 0
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
      this._root,
      join,
      this._outputs,
      this._usage.columnsAfter
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
    const hints = [...nameHints(join.key), ...nameHints(added.key)];
    const keyed = this._asColumn(
      plan,
      this._emit(plan),
      added.key,
      line,
      hints
    );
    const { name } = keyed;
    let { frame } = keyed;
    for (const expr of added.value ? valueExprs(added.value) : []) {
      const wanted = join.taken.find(each => each.expr === expr);
      if (expr.kind !== 'column' && (wanted || canRaise(expr))) {
        const as = wanted?.column.hints ?? nameHints(expr);
        ({ frame } = this._asColumn(plan, frame, expr, line, as));
      }
    }
    const unique = plan.op === 'distinct' && sameExpr(plan.key, added.key);
    if (!unique) {
      frame = this._next(plan, frame, line, () => ({
        code: `${frame.variable}.drop_duplicates(${quote(name)}, keep="last")`,
        note: `the dict kept the last of each ${name}`
      }));
    }
    const distinct = { frame, key: name };
    this._distinct.set(of, distinct);
    return distinct;
  }

  // --- columns ------------------------------------------------------------------

  /** Row variables that are worth a column get it here. */
  private _columnsAfter(plan: Plan, frame: IFrame): IFrame {
    let current = frame;
    for (const binding of this._usage.columnsAfter.get(plan) ?? []) {
      const name = unused(
        binding.column.hints[0] ?? binding.name,
        current.physical
      );
      const code = this._series(current).source(binding.expr);
      const before = current;
      current = this._assign(plan, before, name, code, binding.line);
      current.bindings.set(binding, name);
    }
    return current;
  }

  /** An expression as a column of a frame: the one it is, or a further one. */
  private _asColumn(
    plan: Plan,
    frame: IFrame,
    expr: Expr,
    line: number,
    hints: readonly string[] = nameHints(expr)
  ): { frame: IFrame; name: string } {
    const known = this._knownName(frame, expr);
    if (known !== null) {
      return { frame, name: known };
    }
    const free = hints.find(hint => !frame.physical.has(hint));
    const name = free ?? unused(hints[0] ?? 'value', frame.physical);
    const code = this._series(frame).source(expr);
    const next = this._assign(plan, frame, name, code, line);
    this._derived.set(expr, name);
    if (expr.kind === 'let') {
      next.bindings.set(expr.binding, name);
    }
    return { frame: next, name };
  }

  private readonly _derived = new Map<Expr, string>();

  private _knownName(frame: IFrame, expr: Expr): string | null {
    if (expr.kind === 'column') {
      return frame.names.get(expr.column) ?? null;
    }
    if (expr.kind === 'let') {
      return (
        frame.bindings.get(expr.binding) ??
        this._knownName(frame, expr.binding.expr)
      );
    }
    const name = this._derived.get(expr);
    return name !== undefined && frame.physical.has(name) ? name : null;
  }

  private _nameIn(frame: IFrame, expr: Expr): string {
    const name = this._knownName(frame, expr);
    if (name === null) {
      throw new Error('A looked-up value was not made a column.');
    }
    return name;
  }

  private _assign(
    plan: Plan,
    frame: IFrame,
    name: string,
    code: string,
    line: number
  ): IFrame {
    const next = this._next(plan, frame, line, () => ({
      code: `${frame.variable}.assign(${assignment(name, code)})`
    }));
    next.physical.add(name);
    return next;
  }

  // --- variables ----------------------------------------------------------------

  /** A further step on a frame: same variable, unless others go on from it too. */
  private _next(
    plan: Plan,
    frame: IFrame,
    line: number,
    step: (variable: string) => { code: string; note?: string }
  ): IFrame {
    const variable = this._isShared(plan)
      ? this._fresh(frame.variable)
      : frame.variable;
    const { code, note } = step(variable);
    this._add(plan, `${variable} = ${code}`, line, { note });
    return {
      variable,
      names: new Map(frame.names),
      bindings: new Map(frame.bindings),
      physical: new Set(frame.physical)
    };
  }

  private _isShared(plan: Plan): boolean {
    return (this._usage.consumers.get(plan) ?? 0) > 1;
  }

  private _fresh(wanted: string): string {
    const variable = unused(wanted, this._variables);
    this._variables.add(variable);
    return variable;
  }

  private _add(
    plan: Plan,
    code: string,
    line: number,
    more: { note?: string; opens?: boolean } = {}
  ): void {
    this.statements.push({ code, line: this._ownLine(plan, line), ...more });
  }

  /** A line of the cell that is rewritten; null when it is another cell's. */
  private _ownLine(plan: Plan, line: number): number | null {
    return placeOf(plan).cell === this._cell ? line : null;
  }

  private _emitKeys(expr: Expr): void {
    if (expr.kind === 'member') {
      this._keysOf(expr.of);
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
  private _keysOf(of: Keyed): string {
    const known = this._keyed.get(of);
    if (known) {
      return `${known.frame.variable}[${quote(known.key)}]`;
    }
    const { plan, added, line } = of.contents();
    const { frame, name } = this._asColumn(
      plan,
      this._emit(plan),
      added.key,
      line
    );
    this._keyed.set(of, { frame, key: name });
    return `${frame.variable}[${quote(name)}]`;
  }

  private _series(frame: IFrame): SeriesPrinter {
    const view: IView = {
      variable: frame.variable,
      column: column => {
        const name = frame.names.get(column);
        if (name === undefined) {
          throw new LiftRefusal(
            1,
            'A value is used for rows that do not have it.'
          );
        }
        return name;
      },
      binding: binding => frame.bindings.get(binding) ?? null,
      keys: of => this._keysOf(of)
    };
    return new SeriesPrinter(view, this._definitions);
  }
}
