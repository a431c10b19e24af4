/**
 * String methods, slices and concatenation.
 */
import type { Expr } from '../../expression';
import { behind, quote } from '../../expression';
import { literalInteger } from '../../literal';
import { isOverRows } from '../../row';
import { typeOf } from '../../typing';
import { LEVEL } from '../scope';
import type { SeriesPrinter } from '../series';
import { primary } from './rule';
import type { VectorRule } from './rule';

/**
 * Methods without or with one constant argument that are the same in pandas.
 *
 * #### Notes
 * Not `upper`, `title` or the `is...` tests: backed by Arrow, pandas has other
 * tables of characters than Python (`"ß".upper()`).
 */
const METHODS: Readonly<Record<string, number>> = {
  lower: 0,
  casefold: 0,
  strip: 1,
  lstrip: 1,
  rstrip: 1,
  startswith: 1,
  endswith: 1
};

export const stringMethod: VectorRule = (expr, series) => {
  if (expr.kind !== 'method' || !isText(expr.object)) {
    return null;
  }
  const { name, args } = expr;
  if (!args.every(arg => arg.name === null && isConstantText(arg.value))) {
    return null;
  }
  const object = series.at(expr.object, LEVEL.primary);
  const list = series.scalars.arguments(args);
  if (name === 'replace' && args.length === 2) {
    return primary(`${object}.str.replace(${list}, regex=False)`);
  }
  return name in METHODS && args.length <= METHODS[name]
    ? primary(`${object}.str.${name}(${list})`)
    : null;
};

export const stringSlice: VectorRule = (expr, series) => {
  if (expr.kind !== 'slice' || !isText(expr.object)) {
    return null;
  }
  const bounds = [expr.lower, expr.upper, expr.step];
  if (bounds.some(bound => bound !== null && literalInteger(bound) === null)) {
    return null;
  }
  const object = series.at(expr.object, LEVEL.primary);
  return primary(`${object}.str[${series.scalars.slice(expr)}]`);
};

/** The first or last piece of a split is always there. */
export const stringPiece: VectorRule = (expr, series) => {
  if (expr.kind !== 'index') {
    return null;
  }
  const at = literalInteger(expr.index);
  const split = behind(expr.object);
  if (
    (at !== 0 && at !== -1) ||
    split.kind !== 'method' ||
    split.name !== 'split' ||
    split.args.length !== 1 ||
    split.args[0].name !== null ||
    !isText(split.object) ||
    !isConstantText(split.args[0].value)
  ) {
    return null;
  }
  const object = series.at(split.object, LEVEL.primary);
  const separator = series.scalars.arguments(split.args);
  return primary(`${object}.str.split(${separator}, regex=False).str[${at}]`);
};

export const stringLength: VectorRule = (expr, series) => {
  if (
    expr.kind !== 'call' ||
    expr.callee.kind !== 'name' ||
    expr.callee.of.origin !== 'builtin' ||
    expr.callee.of.name !== 'len' ||
    !isText(expr.args[0].value)
  ) {
    return null;
  }
  return primary(`${series.at(expr.args[0].value, LEVEL.primary)}.str.len()`);
};

export const stringContains: VectorRule = (expr, series) => {
  if (
    expr.kind !== 'compare' ||
    (expr.operator !== 'in' && expr.operator !== 'not in') ||
    !isText(expr.right) ||
    !isConstantText(expr.left) ||
    typeOf(expr.left) !== 'str'
  ) {
    return null;
  }
  const object = series.at(expr.right, LEVEL.primary);
  const text = series.scalars.source(expr.left);
  const found = `${object}.str.contains(${text}, regex=False)`;
  return expr.operator === 'in'
    ? primary(found)
    : { text: `~${found}`, level: LEVEL.unary };
};

export const stringConcatenation: VectorRule = (expr, series) => {
  if (expr.kind === 'format') {
    return formatted(expr, series);
  }
  if (
    expr.kind !== 'binary' ||
    expr.operator !== '+' ||
    typeOf(expr) !== 'str' ||
    !isOverRows(expr)
  ) {
    return null;
  }
  return {
    text: `${series.at(expr.left, LEVEL.add)} + ${series.at(expr.right, LEVEL.add + 1)}`,
    level: LEVEL.add
  };
};

/** An f-string of texts, whole numbers and booleans is a concatenation. */
function formatted(
  expr: Extract<Expr, { kind: 'format' }>,
  series: SeriesPrinter
): ReturnType<VectorRule> {
  const pieces: string[] = [];
  for (const part of expr.parts) {
    if (typeof part === 'string') {
      pieces.push(quote(part));
      continue;
    }
    const type = typeOf(part.value);
    const plain = part.conversion === '' && part.specification === '';
    if (
      !plain ||
      !isOverRows(part.value) ||
      !['str', 'int', 'bool'].includes(type)
    ) {
      return null;
    }
    const value = series.at(part.value, LEVEL.add + 1);
    pieces.push(
      type === 'str'
        ? value
        : `${series.at(part.value, LEVEL.primary)}.astype(str)`
    );
  }
  const some = expr.parts.some(part => typeof part !== 'string');
  return some && pieces.length > 1
    ? { text: pieces.join(' + '), level: LEVEL.add }
    : null;
}

/** Whether an expression is a text that differs from row to row. */
function isText(expr: Expr): boolean {
  return typeOf(expr) === 'str' && isOverRows(expr);
}

/** A constant text, or a tuple of constant texts. */
function isConstantText(expr: Expr): boolean {
  if (expr.kind === 'display') {
    return expr.shape === 'tuple' && expr.items.every(isConstantText);
  }
  return typeOf(expr) === 'str' && !isOverRows(expr);
}
