/**
 * Plans as pandas statements, one decision a line.
 */
import type { Keyed } from '../builds';
import type { Column, Expr, ILet } from '../expression';
import { nameHints, unused } from '../naming';
import { stemOf } from '../paths';
import { spine } from '../plan';
import type { IFilter, IJoin, IScan, ITableScan, Plan, Table } from '../plan';
import { LiftRefusal } from '../refusal';
import { valueExprs } from '../values';
import type { IStatement } from './layout';
import { readStatements } from './reading';
import type { Sources } from './reading';
import type { IDefinitions, IView } from './scope';
import { SeriesPrinter } from './series';
import { Usage, neededAbove } from './usage';

/** A Python variable that holds a frame, and what its columns are called. */
interface IFrame {
  variable: string;
  names: Map<Column, string>;
  bindings: Map<ILet, string>;
  /** All columns that the frame has, needed or not. */
  physical: Set<string>;
}

/** Prints the statements that compute the rows of a plan. */
export class PlanPrinter {
  constructor(
    private readonly _root: Plan,
    private readonly _outputs: readonly Expr[],
    lets: readonly ILet[],
    private readonly _sources: Sources,
    private readonly _definitions: IDefinitions,
    /** A table that is there already, in a variable. */
    private readonly _given: { table: Table; variable: string } | null = null
  ) {
    this._usage = new Usage(_root, _outputs, lets, _given?.table ?? null);
    this._variables = new Set(_sources.parameters());
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
  private readonly _distinct = new Map<Keyed, { frame: IFrame; key: string }>();
  private readonly _keyed = new Map<Keyed, { frame: IFrame; key: string }>();

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
    this.statements.push(
      ...statements.map((statement, at) => ({ ...statement, opens: at === 0 }))
    );
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
    const variable = this._fresh(table.made.file ? stemOf(table.made.file.path) : 'table');
    this._add(`${variable} = ${frameSource(table, names, from)}`, scan.line, {
      opens: true
    });
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
    const left = this._withKey(join);
    const taken = this._takenColumns(join, right, left);
    const rightNames = [right.key, ...taken.map(({ from }) => from)];
    const renamed = taken.filter(({ from, to }) => from !== to);
    const rename =
      renamed.length > 0
        ? `.rename(columns={${renamed.map(({ from, to }) => `"${from}": "${to}"`).join(', ')}})`
        : '';
    const columns = rightNames.map(name => `"${name}"`).join(', ');
    const keys =
      left.key === right.key
        ? `on="${left.key}"`
        : `left_on="${left.key}", right_on="${right.key}"`;
    const how = join.how === 'left' ? ', how="left"' : '';
    const again = this._joined.has(left.frame.variable) && !this._isShared(join.input);
    const variable = again ? left.frame.variable : this._fresh('rows');
    this._joined.add(variable);
    this._add(
      `${variable} = ${left.source}.merge(${right.frame.variable}[[${columns}]]${rename}, ${keys}${how})`,
      join.line,
      { opens: !again }
    );
    const names = new Map(left.frame.names);
    taken.forEach(({ column, to }) => names.set(column, to));
    return {
      variable,
      names,
      bindings: new Map(left.frame.bindings),
      physical: new Set([
        ...left.physical,
        right.key,
        ...taken.map(({ to }) => to)
      ])
    };
  }

  /** Variables that hold the result of a join. */
  private readonly _joined = new Set<string>();

  /** Print the sides of a join, and of those under it, in the original's order. */
  private _emitInOrder(join: IJoin): void {
    const joins = [...spine(join)].filter(
      (step): step is IJoin => step.op === 'join' && step.taken.length > 0
    );
    const start = firstLine(join);
    joins
      .map(step => ({ step, line: firstLine(step.of.contents().plan) }))
      .filter(({ line }) => line < start)
      .sort((a, b) => a.line - b.line)
      .forEach(({ step }) => this._distinctOf(step));
    this._emit(join.input);
  }

  /** The left side of a join, with its key as a column. */
  private _withKey(join: IJoin): {
    frame: IFrame;
    key: string;
    source: string;
    physical: Set<string>;
  } {
    const input = this._emit(join.input);
    const { frame, name } = this._asColumn(join.input, input, join.key, join.line);
    return {
      frame,
      key: name,
      source: frame.variable,
      physical: frame.physical
    };
  }

  /** What the looked-up values are called on the right and in the result. */
  private _takenColumns(
    join: IJoin,
    right: { frame: IFrame; key: string },
    left: { frame: IFrame; key: string; source: string; physical: Set<string> }
  ): { column: Column; from: string; to: string }[] {
    const needed = this._neededNames(join, left.frame);
    const clashing = new Set<string>();
    const used = new Set<string>();
    const taken = join.taken.map(({ column, expr }) => {
      const from = this._nameIn(right.frame, expr);
      const clashes =
        from === right.key || from === left.key || needed.has(from) || used.has(from);
      const to = clashes
        ? unused(`${join.of.name}_${from}`, new Set([...left.physical, ...used]))
        : from;
      used.add(to);
      if (!clashes && left.physical.has(from)) {
        clashing.add(from);
      }
      return { column, from, to };
    });
    const dropped = [...clashing];
    if (right.key !== left.key && left.physical.has(right.key)) {
      if (needed.has(right.key)) {
        throw new LiftRefusal(
          join.line,
          `Both sides of the look-up in \`${join.of.name}\` have a column \`${right.key}\` that is not the key.`
        );
      }
      dropped.push(right.key);
    }
    if (dropped.length > 0) {
      left.source += `.drop(columns=[${dropped.map(name => `"${name}"`).join(', ')}])`;
      dropped.forEach(name => left.physical.delete(name));
    }
    return taken;
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
  private _distinctOf(join: IJoin): { frame: IFrame; key: string } {
    const { of } = join;
    const known = this._distinct.get(of);
    if (known) {
      return known;
    }
    const { plan, added, line } = of.contents();
    let frame = this._emit(plan);
    let name: string;
    const hints = [...nameHints(join.key), ...nameHints(added.key)];
    ({ frame, name } = this._asColumn(plan, frame, added.key, line, hints));
    for (const expr of added.value ? valueExprs(added.value) : []) {
      const wanted = join.taken.find(each => each.expr === expr);
      if (expr.kind !== 'column' && wanted) {
        const as = wanted.column.hints;
        ({ frame } = this._asColumn(plan, frame, expr, line, as));
      }
    }
    frame = this._next(plan, frame, line, () => ({
      code: `${frame.variable}.drop_duplicates("${name}", keep="last")`,
      note: `the dict kept the last of each ${name}`
    }));
    const distinct = { frame, key: name };
    this._distinct.set(of, distinct);
    return distinct;
  }

  // --- columns ------------------------------------------------------------------

  /** Row variables that are worth a column get it here. */
  private _columnsAfter(plan: Plan, frame: IFrame): IFrame {
    let current = frame;
    for (const binding of this._usage.columnsAfter.get(plan) ?? []) {
      const name = unused(binding.column.hints[0] ?? binding.name, current.physical);
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
    const variable = this._isShared(plan) ? this._fresh(frame.variable) : frame.variable;
    const { code, note } = step(variable);
    this._add(`${variable} = ${code}`, line, { note });
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
    code: string,
    line: number,
    more: { note?: string; opens?: boolean } = {}
  ): void {
    this.statements.push({ code, line, ...more });
  }

  private _emitKeys(expr: Expr): void {
    if (expr.kind === 'member') {
      this._keysOf(expr.of);
    }
    const inner = expr.kind === 'logic' ? expr.operands : expr.kind === 'unary' ? [expr.operand] : [];
    inner.forEach(part => this._emitKeys(part));
  }

  /** Source of the keys of a collection. */
  private _keysOf(of: Keyed): string {
    const known = this._keyed.get(of);
    if (known) {
      return `${known.frame.variable}["${known.key}"]`;
    }
    const { plan, added, line } = of.contents();
    const { frame, name } = this._asColumn(plan, this._emit(plan), added.key, line);
    this._keyed.set(of, { frame, key: name });
    return `${frame.variable}["${name}"]`;
  }

  private _series(frame: IFrame): SeriesPrinter {
    const view: IView = {
      variable: frame.variable,
      column: column => {
        const name = frame.names.get(column);
        if (name === undefined) {
          throw new LiftRefusal(1, 'A value is used for rows that do not have it.');
        }
        return name;
      },
      binding: binding => frame.bindings.get(binding) ?? null,
      keys: of => this._keysOf(of)
    };
    return new SeriesPrinter(view, this._definitions);
  }
}

/** The line of the original at which a plan begins to read. */
function firstLine(plan: Plan): number {
  return plan.op === 'filter' || plan.op === 'join'
    ? firstLine(plan.input)
    : plan.line;
}

function frameOf(variable: string, names: Map<Column, string>): IFrame {
  return {
    variable,
    names,
    bindings: new Map(),
    physical: new Set(names.values())
  };
}

function assignment(name: string, code: string): string {
  return /^[A-Za-z_]\w*$/.test(name)
    ? `${name}=${code}`
    : `**{"${name}": ${code}}`;
}

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
      specification === '' ? expr : { kind: 'text', operand: expr, specification };
    return { name: names.get(column) ?? '', code: series.source(value) };
  });
  const { variable } = series.view;
  const plain = columns.every(
    ({ name, code }) => code === `${variable}["${name}"]`
  );
  return plain
    ? `${variable}[[${columns.map(({ name }) => `"${name}"`).join(', ')}]]`
    : `pd.DataFrame({\n${columns.map(({ name, code }) => `    "${name}": ${code},`).join('\n')}\n})`;
}
