/**
 * One row on its way through a loop body: which rows get here, what was assumed
 * about them, and which left by `continue`.
 */
import type { Build, IStep, Keyed } from './builds';
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

  /** The same rows, for one branch. */
  fork(): Row {
    return new Row(this.plan, this.loop, this.path);
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
    const column = new Column(typeOf(expr), name);
    const binding = { name, expr, at: this.plan, column, line };
    this.loop.lets.push(binding);
    return { kind: 'scalar', expr: { kind: 'let', binding } };
  }

  /** Add something to a collection for every row that gets here. */
  add<T>(build: Build<T>, added: T, node: IPlaced): void {
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
        sameExpr(node.key, key)
      ) {
        return node;
      }
    }
    return null;
  }

  private _restrict(part: Expr, line: number): void {
    if (part.kind === 'literal' && part.type === 'bool') {
      this.alive = this.alive && part.text === 'True';
    } else if (part.kind === 'unary' && part.operand.kind === 'seen') {
      const { item: key, of } = part.operand;
      const plan: IDistinct = { op: 'distinct', input: this.plan, key, line };
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
    case 'table':
      return new Set(plan.table.columns.map(({ column }) => column));
    case 'filter':
    case 'distinct':
      return columnsOfPlan(plan.input);
    case 'join': {
      const columns = columnsOfPlan(plan.input);
      plan.taken.forEach(({ column }) => columns.add(column));
      return columns;
    }
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
