/**
 * Walking, rebuilding and comparing expressions.
 */
import type { Column, Expr, FormatPart, ILet } from './expression';

/** The direct operands of an expression; a row variable's is its definition. */
export function children(expr: Expr): Expr[] {
  switch (expr.kind) {
    case 'column':
    case 'literal':
    case 'name':
    case 'position':
    case 'nonblank':
      return [];
    case 'let':
      return [expr.binding.expr];
    case 'call':
      return [expr.callee, ...expr.args.map(arg => arg.value)];
    case 'method':
      return [expr.object, ...expr.args.map(arg => arg.value)];
    case 'attribute':
      return [expr.object];
    case 'unary':
      return [expr.operand];
    case 'binary':
    case 'compare':
      return [expr.left, expr.right];
    case 'logic':
      return expr.operands;
    case 'conditional':
      return [expr.test, expr.then, expr.otherwise];
    case 'index':
      return [expr.object, expr.index];
    case 'slice':
      return [expr.object, expr.lower, expr.upper, expr.step].filter(
        (part): part is Expr => part !== null
      );
    case 'format':
      return expr.parts.flatMap(part =>
        typeof part === 'string' ? [] : [part.value]
      );
    case 'display':
      return expr.items;
    case 'text':
    case 'attempt':
      return [expr.operand];
    case 'member':
    case 'seen':
      return [expr.item];
    case 'statistic':
      return [expr.statistic.of];
    case 'verbatim':
      return [...expr.bindings.values()];
    case 'block':
      return [...expr.block.inputs.values()];
  }
}

/** The same expression over other operands. */
export function rebuild(expr: Expr, change: (child: Expr) => Expr): Expr {
  switch (expr.kind) {
    case 'column':
    case 'literal':
    case 'name':
    case 'position':
    case 'nonblank':
    case 'let':
      return expr;
    case 'call':
      return {
        ...expr,
        callee: change(expr.callee),
        args: expr.args.map(arg => ({ ...arg, value: change(arg.value) }))
      };
    case 'method':
      return {
        ...expr,
        object: change(expr.object),
        args: expr.args.map(arg => ({ ...arg, value: change(arg.value) }))
      };
    case 'attribute':
      return { ...expr, object: change(expr.object) };
    case 'unary':
    case 'text':
    case 'attempt':
      return { ...expr, operand: change(expr.operand) };
    case 'binary':
    case 'compare':
      return { ...expr, left: change(expr.left), right: change(expr.right) };
    case 'logic':
      return { ...expr, operands: expr.operands.map(change) };
    case 'conditional':
      return {
        ...expr,
        test: change(expr.test),
        then: change(expr.then),
        otherwise: change(expr.otherwise)
      };
    case 'index':
      return {
        ...expr,
        object: change(expr.object),
        index: change(expr.index)
      };
    case 'slice':
      return {
        ...expr,
        object: change(expr.object),
        lower: expr.lower && change(expr.lower),
        upper: expr.upper && change(expr.upper),
        step: expr.step && change(expr.step)
      };
    case 'format':
      return {
        ...expr,
        parts: expr.parts.map((part): FormatPart =>
          typeof part === 'string'
            ? part
            : { ...part, value: change(part.value) }
        )
      };
    case 'display':
      return { ...expr, items: expr.items.map(change) };
    case 'member':
    case 'seen':
      return { ...expr, item: change(expr.item) };
    case 'statistic':
      return {
        ...expr,
        statistic: { ...expr.statistic, of: change(expr.statistic.of) }
      };
    case 'block':
      return {
        ...expr,
        block: { ...expr.block, inputs: mapped(expr.block.inputs, change) }
      };
    case 'verbatim':
      return {
        ...expr,
        bindings: mapped(expr.bindings, change)
      };
  }
}

function mapped(
  values: ReadonlyMap<string, Expr>,
  change: (value: Expr) => Expr
): Map<string, Expr> {
  return new Map([...values].map(([name, value]) => [name, change(value)]));
}

/** All expressions in an expression, itself first, seen through row variables. */
export function* walkExpr(expr: Expr): Generator<Expr> {
  yield expr;
  for (const child of children(expr)) {
    yield* walkExpr(child);
  }
}

/** The columns that an expression reads, in order of appearance. */
export function columnsOf(expr: Expr): Column[] {
  const found = new Set<Column>();
  for (const part of walkExpr(expr)) {
    if (part.kind === 'column') {
      found.add(part.column);
    }
  }
  return [...found];
}

/** The row variables that an expression mentions, outermost first. */
export function letsOf(expr: Expr): ILet[] {
  const found = new Set<ILet>();
  for (const part of walkExpr(expr)) {
    if (part.kind === 'let') {
      found.add(part.binding);
    }
  }
  return [...found];
}

/** Replace columns by expressions, everywhere. */
export function substitute(
  expr: Expr,
  replace: (column: Column) => Expr | null
): Expr {
  if (expr.kind === 'column') {
    return replace(expr.column) ?? expr;
  }
  if (expr.kind === 'let') {
    return substitute(expr.binding.expr, replace);
  }
  return rebuild(expr, child => substitute(child, replace));
}

/** Whether two expressions are the same code over the same columns. */
export function sameExpr(a: Expr, b: Expr): boolean {
  const left = throughLet(a);
  const right = throughLet(b);
  if (left === right) {
    return true;
  }
  if (left.kind !== right.kind || own(left) !== own(right)) {
    return false;
  }
  if (
    left.kind === 'column' ||
    left.kind === 'position' ||
    left.kind === 'nonblank'
  ) {
    return identity(left) === identity(right);
  }
  if (
    left.kind === 'member' ||
    left.kind === 'seen' ||
    left.kind === 'verbatim' ||
    left.kind === 'block'
  ) {
    if (identity(left) !== identity(right)) {
      return false;
    }
  }
  const one = children(left);
  const other = children(right);
  return (
    one.length === other.length &&
    one.every((child, at) => sameExpr(child, other[at]))
  );
}

function throughLet(expr: Expr): Expr {
  return expr.kind === 'let' ? throughLet(expr.binding.expr) : expr;
}

/** What makes two leaves the same thing. */
function identity(expr: Expr): unknown {
  switch (expr.kind) {
    case 'column':
      return expr.column;
    case 'position':
      return expr.over;
    case 'member':
    case 'seen':
    case 'nonblank':
      return expr.of;
    case 'verbatim':
      return expr.node;
    case 'block':
      return expr.block.statement;
    default:
      return null;
  }
}

/** The part of an expression that is not its operands, as text. */
function own(expr: Expr): string {
  switch (expr.kind) {
    case 'literal':
      return `${expr.type} ${expr.text}`;
    case 'name':
      return expr.of.name;
    case 'call':
      return expr.args.map(arg => arg.name ?? '').join();
    case 'method':
      return [expr.name, ...expr.args.map(arg => arg.name ?? '')].join();
    case 'attribute':
      return expr.name;
    case 'unary':
    case 'binary':
    case 'compare':
    case 'logic':
      return expr.operator;
    case 'slice':
      return [expr.lower, expr.upper, expr.step].map(Boolean).join();
    case 'format':
      return JSON.stringify(
        expr.parts.map(part =>
          typeof part === 'string'
            ? part
            : [part.conversion, part.specification]
        )
      );
    case 'display':
      return `${expr.shape} ${JSON.stringify(expr.keys ?? [])}`;
    case 'text':
      return expr.specification;
    case 'attempt':
      return expr.exceptions;
    case 'statistic':
      return `${expr.statistic.name} ${expr.statistic.ddof}`;
    default:
      return '';
  }
}
