/**
 * One-hot encoding by hand: zeros, and a one in the column that an index of
 * categories gives.
 */
import type { ExprNode } from 'py-ast';

import type { Expr, INotebookName } from '../expression';
import { behind } from '../expression';
import { literalInteger } from '../literal';
import type { IIdiom, Subscript } from '../idiom';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import { sameExpr } from '../traversal';
import type { ICategories, Value } from '../values';

export const onehot: IIdiom = {
  name: 'one-hot',

  call(path, node, machine) {
    if (path !== 'numpy.zeros' || machine.row) {
      return null;
    }
    const shape = machine.evaluate(node.args[0]);
    if (shape.kind !== 'tuple' || shape.items.length !== 2) {
      return null;
    }
    const [rows, width] = shape.items;
    return rows.kind === 'rowcount' && width.kind === 'scalar'
      ? { kind: 'zeros', plan: rows.plan, width: width.expr, filled: null }
      : null;
  },

  subscript(object, node, machine) {
    if (object.kind !== 'zeros' || node.slice.nodeType === 'Tuple') {
      return null;
    }
    requireCurrentRow(object, node.slice, machine);
    return { kind: 'zerosrow', of: object };
  },

  store(object, target, value, machine) {
    const { slice } = target;
    if (object.kind === 'zerosrow') {
      fill(object.of, slice, target, value, machine);
      return true;
    }
    if (object.kind !== 'zeros') {
      return false;
    }
    if (slice.nodeType !== 'Tuple' || slice.elts.length !== 2) {
      throw LiftRefusal.at(
        target,
        'Whole rows of an array of zeros are not understood.'
      );
    }
    const [row, column] = slice.elts;
    requireCurrentRow(object, row, machine);
    fill(object, column, target, value, machine);
    return true;
  }
};

type Zeros = Extract<Value, { kind: 'zeros' }>;

function requireCurrentRow(
  zeros: Zeros,
  node: ExprNode,
  machine: Machine
): void {
  const row = machine.row ? machine.expr(node) : null;
  if (row?.kind !== 'position' || row.over !== zeros.plan) {
    throw LiftRefusal.at(node, 'This is not the number of the current row.');
  }
}

function fill(
  zeros: Zeros,
  column: ExprNode,
  target: Subscript,
  value: Value,
  machine: Machine
): void {
  if (!isOne(value)) {
    throw LiftRefusal.at(
      target,
      'Only ones are understood in an array of zeros.'
    );
  }
  if (zeros.filled) {
    throw LiftRefusal.at(target, 'The array of zeros is filled in two places.');
  }
  zeros.filled = indicator(zeros, machine.expr(column), column, machine);
}

function isOne(value: Value): boolean {
  return (
    value.kind === 'scalar' &&
    value.expr.kind === 'literal' &&
    Number(value.expr.text) === 1
  );
}

function indicator(
  zeros: Zeros,
  column: Expr,
  node: ExprNode,
  machine: Machine
): Zeros['filled'] {
  const found = categoryIndex(column);
  if (!found) {
    throw LiftRefusal.at(
      node,
      'The column is not looked up in a list or dictionary of categories.'
    );
  }
  const { categories, item } = found;
  const width = widthOf(zeros.width);
  if (width !== null && width !== categories.length) {
    throw LiftRefusal.at(
      node,
      `There are ${categories.length} categories, but ${width} columns.`
    );
  }
  return {
    kind: 'indicator',
    expr: item,
    categories: {
      text: categories.text,
      unseen: guardOf(item, column, node, machine)
    }
  };
}

/** Behind `if c in index:` an unseen category gives zeros; else it raises. */
function guardOf(
  item: Expr,
  column: Expr,
  node: ExprNode,
  machine: Machine
): ICategories['unseen'] {
  const path = machine.row?.path ?? [];
  if (path.length === 0) {
    return 'raises';
  }
  const [{ condition }] = path;
  const index = behind(column);
  const tested = behind(condition);
  if (
    path.length === 1 &&
    index.kind === 'index' &&
    tested.kind === 'compare' &&
    tested.operator === 'in' &&
    sameExpr(tested.left, item) &&
    sameExpr(tested.right, index.object)
  ) {
    return 'zeros';
  }
  throw LiftRefusal.at(
    node,
    'This condition on a one-hot column is not understood.'
  );
}

interface ICategoryIndex {
  item: Expr;
  categories: { text: string; length: number };
}

/** `index[x]` of a dictionary of positions, or `names.index(x)`. */
function categoryIndex(expr: Expr): ICategoryIndex | null {
  const inner = behind(expr);
  if (inner.kind === 'index' && inner.object.kind === 'name') {
    const categories = categoriesOfIndex(inner.object.of);
    return categories && { item: inner.index, categories };
  }
  if (
    inner.kind === 'method' &&
    inner.name === 'index' &&
    inner.object.kind === 'name' &&
    inner.args.length === 1
  ) {
    const categories = categoriesOfList(inner.object.of);
    return categories && { item: inner.args[0].value, categories };
  }
  return null;
}

/** The keys of `{key: position}` in the order of their positions. */
function categoriesOfIndex(
  of: INotebookName
): ICategoryIndex['categories'] | null {
  const node = of.literal ?? of.computed;
  const { text } = of;
  if (!node || !text) {
    return null;
  }
  if (node.nodeType === 'Dict') {
    const ordered: string[] = [];
    node.keys.forEach((key, at) => {
      const position = node.values[at];
      if (key && position.nodeType === 'Constant') {
        ordered[Number(position.value)] = text.source(key);
      }
    });
    const dense =
      ordered.length === node.keys.length &&
      !ordered.includes(undefined as unknown as string);
    return dense
      ? { text: `[${ordered.join(', ')}]`, length: ordered.length }
      : null;
  }
  return node.nodeType === 'DictComp' ? enumeratedKeys(node, of) : null;
}

/** `{name: i for i, name in enumerate(NAMES)}`. */
function enumeratedKeys(
  node: Extract<ExprNode, { nodeType: 'DictComp' }>,
  of: INotebookName
): ICategoryIndex['categories'] | null {
  const { text } = of;
  const [{ target, iter, ifs }] = node.generators;
  if (
    !text ||
    node.generators.length !== 1 ||
    ifs.length > 0 ||
    target.nodeType !== 'Tuple' ||
    target.elts.length !== 2 ||
    iter.nodeType !== 'Call' ||
    text.source(iter.func) !== 'enumerate' ||
    iter.args.length !== 1 ||
    text.source(target.elts[0]) !== text.source(node.value) ||
    text.source(target.elts[1]) !== text.source(node.key)
  ) {
    return null;
  }
  const [list] = iter.args;
  if (list.nodeType === 'List' || list.nodeType === 'Tuple') {
    return { text: text.source(list), length: list.elts.length };
  }
  const known = of.inside?.get(text.source(list));
  return known ? categoriesOfList(known) : null;
}

function categoriesOfList(
  of: INotebookName
): ICategoryIndex['categories'] | null {
  const { literal } = of;
  if (literal?.nodeType !== 'List' && literal?.nodeType !== 'Tuple') {
    return null;
  }
  const values = literal.elts.map(item => of.text?.source(item));
  return new Set(values).size === values.length
    ? { text: of.name, length: values.length }
    : null;
}

/** How many columns `len(NAMES)` or a number means. */
function widthOf(expr: Expr): number | null {
  const number = literalInteger(expr);
  const inner = behind(expr);
  if (number !== null || inner.kind !== 'call' || inner.args.length !== 1) {
    return number;
  }
  const [{ value }] = inner.args;
  const of = value.kind === 'name' ? value.of : null;
  const categories = of && (categoriesOfIndex(of) ?? categoriesOfList(of));
  return categories?.length ?? null;
}
