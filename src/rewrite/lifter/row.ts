/**
 * One row on its way through a loop body: which rows get here, what was assumed
 * about them, and which left by `continue`.
 */
import type { Build, IStep } from './builds';
import type { IKeyValue, IUpdate, Keyed } from './keyedbuild';
import { pathCondition } from './builds';
import type { IPlaced } from './celltext';
import { Column, isLiteral } from './expression';
import type { Expr, ILet } from './expression';
import { conjuncts, negate } from './logic';
import { spine } from './plan';
import type { IDistinct, IJoin, IScan, Plan } from './plan';
import { LiftRefusal } from './refusal';
import { columnsOf, sameExpr, walkExpr } from './traversal';
import { typeOf } from './typing';
import { valueExprs } from './values';
import type { Value } from './values';

/** What all states of one loop share. */
export interface ILoop {
  /** To tell additions of different loops apart. */
  number: number;
  /** All row variables of the notebook so far. */
  lets: ILet[];
  /** Where rows are kept for being the first with their key. */
  firsts: { of: Keyed; plan: IDistinct }[];
}

/** What happens to exceptions in a `try` block. */
export interface IGuard {
  /** Source of the exceptions that are caught; empty for all. */
  exceptions: string;
  /** Keep only rows for which computing this does not raise. */
  attempt(expr: Expr, line: number): void;
  /** Keep only rows for which a condition holds; the others raise. */
  sortOut(condition: Expr, line: number): void;
}

/** The state of a loop body between two statements. */
export class Row {
  constructor(
    public plan: Plan,
    readonly loop: ILoop,
    public path: readonly IStep[] = []
  ) {}

  /** False behind a `continue`. */
  alive = true;
  /** The paths on which rows left the loop body early. */
  exits: (readonly IStep[])[] = [];
  /** Left joins whose match is assumed for what is computed now. */
  matched: IJoin[] = [];
  /** Set in a `try`: what raises there sorts rows out instead. */
  guard: IGuard | null = null;

  /** The same rows, for one branch. */
  fork(): Row {
    const row = new Row(this.plan, this.loop, this.path);
    row.guard = this.guard;
    row.matched = this.matched;
    return row;
  }

  /** Go on as a branch did. */
  adopt(branch: Row): void {
    this.plan = branch.plan;
    this.path = branch.path;
    this.alive = branch.alive;
  }

  /** Only rows for which the condition holds get further. */
  assume(condition: Expr, node: IPlaced): void {
    const before = this.plan;
    requireAvailable(condition, before, node);
    for (const part of conjuncts(condition)) {
      this._restrict(part, node.lineno ?? 1);
    }
    this.path = [...this.path, { condition, before }];
  }

  /** Note a step whose parts were assumed one by one. */
  passed(condition: Expr, before: Plan): void {
    this.path = [...this.path, { condition, before }];
  }

  /** Assume one part of a conjunction, without noting it in the path. */
  restrict(part: Expr, line: number): void {
    for (const each of conjuncts(part)) {
      this._restrict(each, line);
    }
  }

  /** Rows that left on one of these paths do not get further. */
  exclude(exits: readonly (readonly IStep[])[], node: IPlaced): void {
    const depth = this.path.length;
    for (const exit of exits) {
      this.assume(negate(pathCondition(exit.slice(depth))), node);
    }
  }

  /** A row variable was assigned. */
  remember(name: string, value: Value, line: number): Value {
    if (value.kind !== 'scalar') {
      return value;
    }
    const { expr } = value;
    const inner = expr.kind === 'text' ? expr.operand : expr;
    if (inner.kind === 'column') {
      inner.column.suggest(name);
      return value;
    }
    if (columnsOf(expr).length === 0) {
      return value;
    }
    this.guard?.attempt(expr, line);
    const column = new Column(typeOf(expr), name);
    const binding = { name, expr, at: this.plan, column, line };
    this.loop.lets.push(binding);
    return { kind: 'scalar', expr: { kind: 'let', binding } };
  }

  /** Add something to a collection for every row that gets here. */
  add<T>(build: Build<T>, added: T, node: IPlaced): void {
    if (this.guard) {
      exprsIn(added).forEach(expr =>
        this.guard?.attempt(expr, node.lineno ?? 1)
      );
    }
    build.add({
      loop: this.loop.number,
      plan: this.plan,
      path: this.path,
      line: node.lineno ?? 1,
      added
    });
  }

  /** The join that makes sure a key is in a collection, if one was assumed. */
  joinOf(of: Keyed, key: Expr, how: IJoin['how']): IJoin | null {
    for (const node of spine(this.plan)) {
      if (
        node.op === 'join' &&
        node.of === of &&
        node.how === how &&
        !node.many &&
        sameExpr(node.key, key)
      ) {
        return node;
      }
      if (node.op === 'group') {
        return null;
      }
    }
    return null;
  }

  private _restrict(part: Expr, line: number): void {
    if (part.kind === 'literal' && part.type === 'bool') {
      this.alive = this.alive && part.text === 'True';
    } else if (part.kind === 'unary' && part.operand.kind === 'seen') {
      const { item: key, of } = part.operand;
      const plan: IDistinct = {
        op: 'distinct',
        input: this.plan,
        key,
        keep: 'first',
        line
      };
      this.loop.firsts.push({ of, plan });
      this.plan = plan;
    } else if (part.kind === 'nonblank') {
      if (part.of.op === 'scan') {
        part.of.layout.blank = 'skipped';
      }
    } else if (skipsHeader(part, this.plan)) {
      this.plan.layout.skip = Math.max(this.plan.layout.skip, 1);
    } else if (part.kind === 'member') {
      if (!this.joinOf(part.of, part.item, 'inner')) {
        this.plan = {
          op: 'join',
          input: this.plan,
          of: part.of,
          key: part.item,
          taken: [],
          how: 'inner',
          line
        };
      }
    } else {
      this.plan = { op: 'filter', input: this.plan, predicate: part, line };
    }
  }
}

/** The expressions in what is added to a collection. */
function exprsIn(added: unknown): Expr[] {
  if (Array.isArray(added)) {
    return added as Expr[];
  }
  const value = added as Value | IKeyValue | IUpdate;
  if ('key' in value && 'value' in value) {
    return [value.key, ...(value.value ? valueExprs(value.value) : [])];
  }
  return valueExprs(value as Value);
}

/** `i > 0` for the line number `i`: the first line is a header. */
function skipsHeader(part: Expr, plan: Plan): plan is IScan {
  return (
    plan.op === 'scan' &&
    part.kind === 'compare' &&
    part.left.kind === 'position' &&
    part.left.over === plan &&
    (((part.operator === '>' || part.operator === '!=') &&
      isLiteral(part.right, '0')) ||
      (part.operator === '>=' && isLiteral(part.right, '1')))
  );
}

/** The columns that the rows of a plan have. */
export function columnsOfPlan(plan: Plan): Set<Column> {
  switch (plan.op) {
    case 'scan':
      return new Set(plan.layout.columns());
    case 'frame':
      return new Set(plan.object.columns.values());
    case 'table':
      return new Set(plan.table.columns.map(({ column }) => column));
    case 'filter':
    case 'distinct':
    case 'sort':
    case 'head':
      return columnsOfPlan(plan.input);
    case 'join': {
      const columns = columnsOfPlan(plan.input);
      plan.taken.forEach(({ column }) => columns.add(column));
      if (plan.found) {
        columns.add(plan.found);
      }
      return columns;
    }
    case 'union':
    case 'kept':
      return new Set(plan.columns.map(({ column }) => column));
    case 'explode':
      return columnsOfPlan(plan.input).add(plan.column);
    case 'group':
      return new Set([
        plan.key.column,
        ...plan.aggregates.map(({ column }) => column)
      ]);
  }
}

/** Whether an expression can be computed for the rows of a plan. */
export function availableIn(expr: Expr, plan: Plan): boolean {
  const columns = columnsOfPlan(plan);
  return columnsOf(expr).every(column => columns.has(column));
}

function requireAvailable(expr: Expr, plan: Plan, node: IPlaced): void {
  if (!availableIn(expr, plan)) {
    throw LiftRefusal.at(
      node,
      'The condition looks up a value that only some of the rows have.'
    );
  }
}

/** Whether an expression is over rows at all, and not a constant. */
export function isOverRows(expr: Expr): boolean {
  for (const part of walkExpr(expr)) {
    if (
      part.kind === 'column' ||
      part.kind === 'member' ||
      part.kind === 'seen' ||
      part.kind === 'position'
    ) {
      return true;
    }
  }
  return false;
}
