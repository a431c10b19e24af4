/**
 * What a plan and its outputs use: which columns, which row variables how often,
 * which steps more than once.
 */
import type { Keyed } from '../keyedbuild';
import { behind } from '../expression';
import type { Column, Expr, ILet } from '../expression';
import { exprsOf, includes, spine } from '../plan';
import type { IJoin, ITaken, Plan, Table } from '../plan';
import { stepsBehind } from '../pandasobject';
import type { IPandasStep, PandasObject } from '../pandasobject';
import { LiftRefusal } from '../refusal';
import { children, sameExpr, walkExpr } from '../traversal';
import { canRaise } from '../failures';
import { valueExprs } from '../values';

/** One place where an expression is computed, and for which rows. */
interface ISite {
  expr: Expr;
  rows: Plan;
}

/** The result of looking through a plan. */
export class Usage {
  /**
   * @param lets - all row variables of the notebook.
   */
  constructor(
    plan: Plan,
    outputs: readonly Expr[],
    private readonly _lets: readonly ILet[],
    private readonly _given: Table | null
  ) {
    outputs.forEach(expr => this._site(expr, plan));
    this._visit(plan);
    this._decide();
    checkLineBreaks(
      [...this._seen],
      this._sites.map(site => site.expr)
    );
  }

  readonly columns = new Set<Column>();
  /** How many steps go on from each step. */
  readonly consumers = new Map<Plan, number>();
  /** Row variables that get a column, by the step after which they get it. */
  readonly columnsAfter = new Map<Plan, ILet[]>();

  private readonly _sites: ISite[] = [];
  private readonly _seen = new Set<Plan>();

  private _visit(plan: Plan): void {
    this.consumers.set(plan, (this.consumers.get(plan) ?? 0) + 1);
    if (this._seen.has(plan)) {
      return;
    }
    this._seen.add(plan);
    switch (plan.op) {
      case 'scan':
      case 'kept':
        return;
      case 'union':
        for (const [at, part] of plan.parts.entries()) {
          plan.columns.forEach(({ exprs }) => this._site(exprs[at], part));
          this._visit(part);
        }
        return;
      case 'frame':
        if (plan !== this._given?.scan) {
          this._visitInputs(plan.object);
        }
        return;
      case 'table':
        if (plan.table === this._given) {
          return;
        }
        for (const { expr } of plan.table.columns) {
          this._site(expr, plan.table.plan);
        }
        this._visit(plan.table.plan);
        return;
      default:
        exprsOf(plan).forEach(expr => this._site(expr, plan.input));
        if (plan.op === 'join') {
          this._joins.push(plan);
          const right = plan.of.contents().plan;
          plan.taken.forEach(({ expr }) => this._site(expr, right));
          this._visitKeyed(plan.of);
        }
        this._visit(plan.input);
    }
  }

  /** Columns that loops over the rows of a frame set. */
  private _visitSeries(step: IPandasStep): void {
    const [held] = step.reads.values();
    if (step.series && held?.kind === 'pandas') {
      for (const expr of step.series.values()) {
        this._site(expr, held.object.rows);
      }
    }
  }

  /** Lists that statements of pandas read. */
  private _visitInputs(object: PandasObject): void {
    for (const step of stepsBehind([object])) {
      this._visitSeries(step);
      for (const value of step.reads.values()) {
        if (value.kind === 'list') {
          const { plan, added } = value.build.contents();
          valueExprs(added).forEach(expr => this._site(expr, plan));
          this._visit(plan);
        }
      }
    }
  }

  /** What all joins with a collection take from it. */
  takenOf(of: Keyed): ITaken[] {
    return this._joins
      .filter(join => join.of === of)
      .flatMap(join => join.taken);
  }

  private readonly _joins: IJoin[] = [];

  private _site(expr: Expr, rows: Plan): void {
    this._sites.push({ expr, rows });
    for (const part of walkExpr(expr)) {
      if (part.kind === 'member') {
        this._visitKeyed(part.of);
      }
    }
  }

  private readonly _keyed = new Set<Keyed>();

  private _visitKeyed(of: Keyed): void {
    if (this._keyed.has(of)) {
      return;
    }
    this._keyed.add(of);
    const { plan, added } = of.contents();
    this._site(added.key, plan);
    if (added.value && of.shape === 'dict') {
      // Values that nobody looks up may still have raised.
      valueExprs(added.value)
        .filter(canRaise)
        .forEach(expr => this._site(expr, plan));
    }
    this._visit(plan);
  }

  /** Which row variables are worth a column. */
  private _decide(): void {
    const uses = new Map<ILet, ISite[]>();
    const count = (site: ISite, expr: Expr): void => {
      if (expr.kind === 'let') {
        uses.set(expr.binding, [...(uses.get(expr.binding) ?? []), site]);
        return;
      }
      children(expr).forEach(child => count(site, child));
    };
    this._sites.forEach(site => count(site, site.expr));
    const chosen = new Set<ILet>();
    for (let more = true; more;) {
      more = false;
      for (const [binding, sites] of [...uses]) {
        if (chosen.has(binding) || !this._worthAColumn(binding, sites)) {
          continue;
        }
        chosen.add(binding);
        more = true;
        count({ expr: binding.expr, rows: binding.at }, binding.expr);
      }
      for (const [binding, sites] of [...uses]) {
        if (!chosen.has(binding) && !this._opened.has(binding)) {
          this._opened.add(binding);
          sites.forEach(site => count(site, binding.expr));
          more = true;
        }
      }
    }
    this._keepChecks(uses).forEach(binding => chosen.add(binding));
    for (const binding of this._lets.filter(each => chosen.has(each))) {
      const after = this.columnsAfter.get(binding.at) ?? [];
      this.columnsAfter.set(binding.at, [...after, binding]);
    }
    this._collectColumns(chosen);
  }

  private readonly _opened = new Set<ILet>();

  private _worthAColumn(binding: ILet, sites: readonly ISite[]): boolean {
    const here = sites.filter(site => includes(site.rows, binding.at));
    if (here.length < sites.length || !this._seen.has(binding.at)) {
      return false;
    }
    if (new Set(sites.map(site => site.expr)).size > 1) {
      return true;
    }
    // The original computed it for rows that were sorted out later.
    return (
      canRaise(binding.expr) && sites.every(site => site.rows !== binding.at)
    );
  }

  /** Conversions that nobody uses, but that stop the original on bad values. */
  private _keepChecks(uses: ReadonlyMap<ILet, unknown>): ILet[] {
    return this._lets.filter(
      binding =>
        !uses.has(binding) &&
        this._seen.has(binding.at) &&
        conversions(binding.expr).some(
          call => !this._isComputed(call, binding.at)
        )
    );
  }

  /** Whether something else computes the same for the same rows. */
  private _isComputed(call: Expr, rows: Plan): boolean {
    return this._sites.some(
      site =>
        site.rows === rows &&
        [...walkExpr(site.expr)].some(part => sameExpr(part, call))
    );
  }

  private _collectColumns(chosen: ReadonlySet<ILet>): void {
    const exprs = [
      ...this._sites.map(site => site.expr),
      ...[...chosen].map(binding => binding.expr)
    ];
    for (const expr of exprs) {
      for (const part of walkExpr(expr)) {
        if (part.kind === 'column') {
          this.columns.add(part.column);
        }
      }
    }
  }
}

/** The calls of `int` and `float` in an expression that may raise. */
function conversions(expr: Expr): Expr[] {
  return [...walkExpr(expr)].filter(
    part =>
      part.kind === 'call' &&
      part.callee.kind === 'name' &&
      part.callee.of.origin === 'builtin' &&
      (part.callee.of.name === 'int' || part.callee.of.name === 'float') &&
      canRaise(part)
  );
}

/**
 * A last field that was read with its line break must lose it before it is used.
 */
function checkLineBreaks(plans: readonly Plan[], exprs: readonly Expr[]): void {
  for (const plan of plans) {
    const column = plan.op === 'scan' ? plan.layout.breaks : null;
    if (column && exprs.some(expr => showsBreak(expr, column))) {
      throw new LiftRefusal(
        plan.line,
        'The last field of a line still has the line break when it is used.'
      );
    }
  }
}

function showsBreak(expr: Expr, column: Column): boolean {
  if (expr.kind === 'column') {
    return expr.column === column;
  }
  const trims =
    (expr.kind === 'method' &&
      (expr.name === 'strip' || expr.name === 'rstrip') &&
      expr.args.length === 0) ||
    (expr.kind === 'call' &&
      expr.callee.kind === 'name' &&
      (expr.callee.of.name === 'int' || expr.callee.of.name === 'float'));
  const [operand] =
    expr.kind === 'call' ? expr.args.map(arg => arg.value) : children(expr);
  if (trims && operand && behind(operand).kind === 'column') {
    return false;
  }
  return children(expr).some(child => showsBreak(child, column));
}

/** The columns that are still needed above a step of a spine. */
export function neededAbove(
  root: Plan,
  step: Plan,
  outputs: readonly Expr[],
  columnsAfter: ReadonlyMap<Plan, ILet[]>
): Set<Column> {
  const needed = new Set<Column>();
  const add = (expr: Expr): void => {
    for (const part of walkExpr(expr)) {
      if (part.kind === 'column') {
        needed.add(part.column);
      }
    }
  };
  outputs.forEach(add);
  for (const node of spine(root)) {
    columnsAfter.get(node)?.forEach(binding => add(binding.expr));
    if (node === step) {
      return needed;
    }
    exprsOf(node).forEach(add);
  }
  return needed;
}
