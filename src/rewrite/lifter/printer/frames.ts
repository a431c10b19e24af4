/**
 * Frames of a plan while they are printed: variables, columns, statements.
 */
import type { Expr, ILet } from '../expression';
import type { Keyed } from '../keyedbuild';
import { nameHints, unused } from '../naming';
import { placeOf } from '../plan';
import type { Plan, Table } from '../plan';
import { LiftRefusal } from '../refusal';
import { sameExpr } from '../traversal';
import type { IStatement } from './layout';
import { assignment } from './frame';
import type { IFrame } from './frame';
import type { Sources } from './reading';
import type { IDefinitions, IView } from './scope';
import { SeriesPrinter } from './series';
import { Usage } from './usage';

/** A table that is there already, in a variable. */
export interface IGiven {
  table: Table;
  variable: string;
}

/** Collects the statements that make frames and their columns. */
export abstract class FramePrinter {
  constructor(
    /** Index of the cell that is rewritten. */
    protected readonly cell: number,
    protected readonly root: Plan,
    protected readonly outputs: readonly Expr[],
    lets: readonly ILet[],
    protected readonly sources: Sources,
    protected readonly definitions: IDefinitions,
    protected readonly given: IGiven | null = null
  ) {
    this.usage = new Usage(root, outputs, lets, given?.table ?? null);
    this.variables = new Set([...sources.parameters(), ...sources.reserved]);
    if (given) {
      this.variables.add(given.variable);
    }
  }

  readonly statements: IStatement[] = [];

  protected readonly usage: Usage;
  protected readonly variables: Set<string>;

  /** Source of the keys of a collection. */
  protected abstract keysOf(of: Keyed): string;

  // --- columns ------------------------------------------------------------------

  /** Row variables that are worth a column get it here. */
  protected columnsAfter(plan: Plan, frame: IFrame): IFrame {
    let current = frame;
    for (const binding of this.usage.columnsAfter.get(plan) ?? []) {
      const name = unused(
        binding.column.hints[0] ?? binding.name,
        current.physical
      );
      const code = this.series(current).source(binding.expr);
      const before = current;
      current = this.assign(plan, before, name, code, binding.line);
      current.bindings.set(binding, name);
    }
    return current;
  }

  /** An expression as a column of a frame: the one it is, or a further one. */
  protected asColumn(
    plan: Plan,
    frame: IFrame,
    expr: Expr,
    line: number,
    hints: readonly string[] = nameHints(expr)
  ): { frame: IFrame; name: string } {
    const known = this.knownName(frame, expr);
    if (known !== null) {
      return { frame, name: known };
    }
    const free = hints.find(hint => !frame.physical.has(hint));
    const name = free ?? unused(hints[0] ?? 'value', frame.physical);
    const code = this.series(frame).source(expr);
    const next = this.assign(plan, frame, name, code, line);
    this.derived.set(expr, name);
    if (expr.kind === 'let') {
      next.bindings.set(expr.binding, name);
    }
    return { frame: next, name };
  }

  private readonly derived = new Map<Expr, string>();

  protected knownName(frame: IFrame, expr: Expr): string | null {
    if (expr.kind === 'column') {
      return frame.names.get(expr.column) ?? null;
    }
    if (expr.kind === 'let') {
      return (
        frame.bindings.get(expr.binding) ??
        this.knownName(frame, expr.binding.expr)
      );
    }
    for (const [other, name] of this.derived) {
      if (frame.physical.has(name) && sameExpr(other, expr)) {
        return name;
      }
    }
    return null;
  }

  protected nameIn(frame: IFrame, expr: Expr): string {
    const name = this.knownName(frame, expr);
    if (name === null) {
      throw new Error('A looked-up value was not made a column.');
    }
    return name;
  }

  protected assign(
    plan: Plan,
    frame: IFrame,
    name: string,
    code: string,
    line: number
  ): IFrame {
    const next = this.next(plan, frame, line, () => ({
      code: `${frame.variable}.assign(${assignment(name, code)})`
    }));
    next.physical.add(name);
    return next;
  }

  // --- variables ----------------------------------------------------------------

  /** A further step on a frame: same variable, unless others go on from it too. */
  protected next(
    plan: Plan,
    frame: IFrame,
    line: number,
    step: (variable: string) => { code: string; note?: string }
  ): IFrame {
    const variable = this.isShared(plan)
      ? this.fresh(frame.variable)
      : frame.variable;
    const { code, note } = step(variable);
    this.add(plan, `${variable} = ${code}`, line, { note });
    return {
      variable,
      names: new Map(frame.names),
      bindings: new Map(frame.bindings),
      physical: new Set(frame.physical)
    };
  }

  /** Source of what is the same for all rows. */
  protected scalarSource(expr: Expr): string {
    return new SeriesPrinter(NO_VIEW, this.definitions).scalars.source(expr);
  }

  protected isShared(plan: Plan): boolean {
    // Statements of pandas go on with their own variable.
    return plan.op === 'frame' || (this.usage.consumers.get(plan) ?? 0) > 1;
  }

  protected fresh(wanted: string): string {
    const variable = unused(wanted.replace(/_\d+$/, ''), this.variables);
    this.variables.add(variable);
    return variable;
  }

  protected add(
    plan: Plan,
    code: string,
    line: number,
    more: { note?: string; opens?: boolean } = {}
  ): void {
    this.statements.push({ code, line: this.ownLine(plan, line), ...more });
  }

  /** A line of the cell that is rewritten; null when it is another cell's. */
  protected ownLine(plan: Plan, line: number): number | null {
    return placeOf(plan).cell === this.cell ? line : null;
  }

  protected series(frame: IFrame): SeriesPrinter {
    const view: IView = {
      variable: frame.variable,
      physical: frame.physical,
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
      keys: of => this.keysOf(of)
    };
    return new SeriesPrinter(view, this.definitions);
  }
}

/** For what needs no frame at all. */
const NO_VIEW: IView = {
  variable: '',
  physical: new Set(),
  column: () => '',
  binding: () => null,
  keys: () => ''
};
