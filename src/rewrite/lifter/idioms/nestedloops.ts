/**
 * Loops inside a loop over rows: over the list of a key (a join), over other rows
 * with the same key (a join), over parts of a value (rows of their own), and over
 * constants (written out).
 */
import type { ExprNode, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import { storedNames } from '../celltext';
import { Column, make } from '../expression';
import type { Expr } from '../expression';
import { Keyed } from '../keyedbuild';
import type { Machine } from '../machine';
import { negate } from '../logic';
import type { IGroup, IJoin, Plan } from '../plan';
import { LiftRefusal } from '../refusal';
import { Row, availableIn, isOverRows } from '../row';
import { columnsOf } from '../traversal';
import { truthOf } from '../truth';
import { isNumeric, typeOf } from '../typing';
import { scalar } from '../values';
import type { IBag, Value } from '../values';
import { leftJoin, take } from '../lookups';
import { isAboutBag, summary } from './bags';
import { keepBlock } from './keptblocks';

type For = Extract<StmtNode, { nodeType: 'For' }>;

/** Run a loop in the body of a loop over rows. */
export function nestedLoop(node: For, row: Row, machine: Machine): boolean {
  const constants = constantsOf(node.iter, machine);
  if (constants && !leaves(node)) {
    return unrolled(node, constants, machine);
  }
  if (isAboutBag(node.iter, machine)) {
    const value = machine.evaluate(node.iter);
    if (value.kind === 'bag') {
      return overBag(node, value, row, machine);
    }
    if (value.kind === 'tuple' && !leaves(node)) {
      return unrolled(node, value.items, machine);
    }
  }
  const rows = isCollected(node.iter, machine)
    ? machine.rows(machine.evaluate(node.iter))
    : null;
  if (rows) {
    return overRows(node, rows.plan, rows.element, row, machine);
  }
  if (addsRows(node, machine)) {
    return overParts(node, row, machine);
  }
  return keepBlock(node, machine);
}

function leaves(node: For): boolean {
  return [...walk(node)].some(part =>
    ['Break', 'Continue'].includes(part.nodeType)
  );
}

/** The values of a list that is written down. */
export function constantsOf(iter: ExprNode, machine: Machine): Value[] | null {
  const held = iter.nodeType === 'Name' ? machine.env.get(iter.id) : undefined;
  const of =
    held?.kind === 'scalar' && held.expr.kind === 'name' ? held.expr.of : null;
  const node = of ? of.literal : iter;
  if (node?.nodeType !== 'List' && node?.nodeType !== 'Tuple') {
    return null;
  }
  const text = of?.text ?? machine.text;
  if (
    node.elts.length > 20 ||
    !node.elts.every(item => item.nodeType === 'Constant')
  ) {
    return null;
  }
  return node.elts.map(item =>
    scalar({
      kind: 'literal',
      text: text.source(item),
      type: typeOfLiteral(item, text.source(item))
    })
  );
}

function typeOfLiteral(node: ExprNode, text: string) {
  const value = node.nodeType === 'Constant' ? node.value : null;
  if (typeof value === 'string') {
    return 'str';
  }
  if (typeof value === 'boolean') {
    return 'bool';
  }
  return typeof value === 'number'
    ? /^\d+$/.test(text)
      ? 'int'
      : 'float'
    : 'unknown';
}

/** One copy of the body for each value. */
export function unrolled(
  node: For,
  values: readonly Value[],
  machine: Machine
): boolean {
  for (const value of values) {
    if (node.target.nodeType === 'Name') {
      // A constant is no value of the row: it is not worth a column.
      machine.env.set(node.target.id, value);
    } else {
      machine.assign(node.target, value);
    }
    machine.block(node.body);
  }
  return true;
}

/** Whether an expression is a list of rows. */
function isCollected(node: ExprNode, machine: Machine): boolean {
  const held = node.nodeType === 'Name' ? machine.env.get(node.id) : undefined;
  return held?.kind === 'list' || held?.kind === 'rows';
}

/** Whether the loop adds to a collection of rows. */
function addsRows(node: For, machine: Machine): boolean {
  return [...walk(node)].some(part => {
    if (part.nodeType !== 'Name') {
      return false;
    }
    const value = machine.env.get(part.id);
    return (
      value?.kind === 'list' ||
      value?.kind === 'keyed' ||
      value?.kind === 'writer' ||
      value?.kind === 'csvwriter'
    );
  });
}

// --- rows of a key -------------------------------------------------------------------

function overBag(node: For, bag: IBag, row: Row, machine: Machine): boolean {
  const sums = onlySums(node.body, machine);
  if (sums) {
    addUp(node, sums, bag, row, machine);
    return true;
  }
  if (bag.condition || bag.distinct) {
    throw LiftRefusal.at(
      node,
      'This loop over some elements is not understood.'
    );
  }
  const key: Expr = bag.join ? bag.join.key : make.column(bag.group.key.column);
  const join = joinMany(row.plan, membersOf(bag), key, node);
  const { value } = join.of.contents().added;
  runInner(
    node,
    node.body,
    join,
    value ? take(value, join) : null,
    row,
    machine
  );
  return true;
}

/** The rows of a group as a dictionary of lists. */
function membersOf(bag: IBag): Keyed {
  const { group, element } = bag;
  const known = MEMBERS.get(group);
  if (known) {
    return known;
  }
  const members = new Keyed(group.name, group.line, 'dict');
  members.become({
    plan: group.input,
    line: group.line,
    added: { key: group.key.expr, value: element }
  });
  MEMBERS.set(group, members);
  return members;
}

const MEMBERS = new WeakMap<IGroup, Keyed>();

function joinMany(input: Plan, of: Keyed, key: Expr, node: For): IJoin {
  return {
    op: 'join',
    input,
    of,
    key,
    taken: [],
    how: 'inner',
    many: true,
    line: node.lineno ?? 1
  };
}

/** The body of an inner loop, for rows of their own. */
function runInner(
  node: For,
  body: readonly StmtNode[],
  plan: Plan,
  element: Value | null,
  outer: Row,
  machine: Machine
): void {
  const assigned = storedNames([node]);
  const line = node.lineno ?? 1;
  for (const name of assigned) {
    const before = machine.env.get(name) ?? null;
    machine.env.set(name, { kind: 'carried', name, before, line });
  }
  const step = { condition: make.boolean(true), before: outer.plan };
  const row = new Row(plan, outer.loop, [...outer.path, step]);
  row.guard = outer.guard;
  machine.row = row;
  if (element) {
    machine.assign(node.target, element);
  }
  machine.block(body);
  machine.row = outer;
  for (const name of assigned) {
    machine.env.set(name, { kind: 'carried', name, before: null, line });
  }
}

// --- sums over the rows of a key -------------------------------------------------------

interface ISum {
  name: string;
  added: ExprNode;
  tests: ExprNode[];
}

/** The sums in a body that does nothing but add up. */
function onlySums(
  body: readonly StmtNode[],
  machine: Machine,
  tests: ExprNode[] = []
): ISum[] | null {
  const sums: ISum[] = [];
  for (const statement of body) {
    if (
      statement.nodeType === 'AugAssign' &&
      statement.op.nodeType === 'Add' &&
      statement.target.nodeType === 'Name' &&
      machine.env.get(statement.target.id)?.kind === 'scalar'
    ) {
      sums.push({ name: statement.target.id, added: statement.value, tests });
    } else if (statement.nodeType === 'If' && statement.orelse.length === 0) {
      const inner = onlySums(statement.body, machine, [
        ...tests,
        statement.test
      ]);
      if (!inner) {
        return null;
      }
      sums.push(...inner);
    } else {
      return null;
    }
  }
  return sums.length > 0 ? sums : null;
}

function addUp(
  node: For,
  sums: readonly ISum[],
  bag: IBag,
  row: Row,
  machine: Machine
): void {
  const results = new Map<string, Value>();
  for (const { name, added, tests } of sums) {
    const outer = new Map(machine.env);
    machine.row = machine.newRow(bag.group.input);
    machine.assign(node.target, bag.element);
    const conditions = tests.map(test => truthOf(machine.expr(test)));
    const element = scalar(machine.expr(added));
    machine.row = row;
    machine.restore(outer);
    const all = [
      ...conditions,
      element.kind === 'scalar' ? element.expr : null
    ];
    if (all.some(expr => expr && !availableIn(expr, bag.group.input))) {
      throw LiftRefusal.at(
        node,
        'What is added up mixes values of the row with those of the list.'
      );
    }
    const part: IBag = {
      ...bag,
      element,
      ...(conditions.length > 0 ? { condition: make.and(conditions) } : {})
    };
    const sum = machine.asExpr(summary('sum', part, node, machine), node);
    const before = results.get(name) ?? machine.lookup(name, node);
    results.set(name, scalar(plus(machine.asExpr(before, node), sum)));
  }
  for (const [name, value] of results) {
    machine.bind(name, value, node);
  }
}

function plus(start: Expr, sum: Expr): Expr {
  const isZero =
    start.kind === 'literal' &&
    isNumeric(start.type) &&
    Number(start.text) === 0 &&
    (start.type === 'int' || typeOf(sum) === 'float');
  return isZero
    ? sum
    : { kind: 'binary', operator: '+', left: start, right: sum };
}

// --- other rows with the same key -------------------------------------------------------

function overRows(
  node: For,
  plan: Plan,
  element: Value,
  row: Row,
  machine: Machine
): boolean {
  const { test, rest } = condition(node);
  const outer = new Map(machine.env);
  const inner = machine.newRow(plan);
  machine.row = inner;
  machine.assign(node.target, element);
  const parts = test.map(part => {
    const value = truthOf(machine.expr(part.node));
    return part.negated ? negate(value) : value;
  });
  machine.row = row;
  machine.restore(outer);
  const at = parts.findIndex(part => sidesOf(part, plan, row) !== null);
  const sides = at < 0 ? null : sidesOf(parts[at], plan, row);
  if (!sides) {
    throw LiftRefusal.at(
      node,
      'A loop over all rows for each row is understood only where a key must be equal.'
    );
  }
  const of = new Keyed(nameOf(node.iter), node.lineno ?? 1, 'dict');
  of.become({
    plan,
    line: node.lineno ?? 1,
    added: { key: sides.inner, value: element }
  });
  const others = test.filter((_, index) => index !== at);
  const sums = onlySums(rest, machine);
  if (sums) {
    const bag = groupOf(of, element, sides, row, node);
    const tests = others.map(({ node: part }) => part);
    if (others.some(({ negated }) => negated)) {
      throw LiftRefusal.at(node, 'This loop is not understood.');
    }
    addUp(
      node,
      sums.map(sum => ({ ...sum, tests: [...tests, ...sum.tests] })),
      bag,
      row,
      machine
    );
    return true;
  }
  const join = joinMany(row.plan, of, sides.outer, node);
  const body = others.reduceRight<StmtNode[]>(
    (inside, { node: part, negated }) => [guarded(part, negated, inside, node)],
    [...rest]
  );
  runInner(node, body, join, take(element, join), row, machine);
  return true;
}

function nameOf(node: ExprNode): string {
  return node.nodeType === 'Name' ? node.id : 'others';
}

interface ITest {
  node: ExprNode;
  negated: boolean;
}

/** The condition at the top of a body, and what happens where it holds. */
function condition(node: For): { test: ITest[]; rest: readonly StmtNode[] } {
  const [first, ...others] = node.body;
  if (first?.nodeType === 'If' && first.orelse.length === 0) {
    const [only] = first.body;
    if (first.body.length === 1 && only.nodeType === 'Continue') {
      return { test: [{ node: first.test, negated: true }], rest: others };
    }
    if (others.length === 0) {
      return {
        test: conjunctNodes(first.test).map(part => ({
          node: part,
          negated: false
        })),
        rest: first.body
      };
    }
  }
  return { test: [], rest: node.body };
}

function conjunctNodes(test: ExprNode): ExprNode[] {
  return test.nodeType === 'BoolOp' && test.op.nodeType === 'And'
    ? test.values.flatMap(conjunctNodes)
    : [test];
}

function guarded(
  test: ExprNode,
  negated: boolean,
  body: StmtNode[],
  node: For
): StmtNode {
  if (negated) {
    throw LiftRefusal.at(node, 'This loop is not understood.');
  }
  return {
    nodeType: 'If',
    test,
    body,
    orelse: [],
    lineno: test.lineno,
    col_offset: test.col_offset,
    end_lineno: test.end_lineno,
    end_col_offset: test.end_col_offset
  } as StmtNode;
}

/** `a == b` with one side of the inner rows and the other of the outer ones. */
function sidesOf(
  test: Expr,
  plan: Plan,
  row: Row
): { inner: Expr; outer: Expr } | null {
  if (test.kind !== 'compare' || test.operator !== '==') {
    return null;
  }
  const [left, right] = [test.left, test.right];
  if (typeOf(left) !== typeOf(right)) {
    return null;
  }
  const isOf = (expr: Expr, rows: Plan) =>
    isOverRows(expr) && columnsOf(expr).length > 0 && availableIn(expr, rows);
  if (isOf(left, plan) && isOf(right, row.plan)) {
    return { inner: left, outer: right };
  }
  return isOf(right, plan) && isOf(left, row.plan)
    ? { inner: right, outer: left }
    : null;
}

/** The rows with a key as a group that is looked up. */
function groupOf(
  rows: Keyed,
  element: Value,
  sides: { inner: Expr; outer: Expr },
  row: Row,
  node: For
): IBag {
  const { plan } = rows.contents();
  const column = new Column(typeOf(sides.inner), 'key');
  const group: IGroup = {
    op: 'group',
    name: rows.name,
    input: plan,
    key: { column, expr: sides.inner },
    aggregates: [],
    line: node.lineno ?? 1
  };
  const of = new Keyed(rows.name, node.lineno ?? 1, 'dict');
  of.become({
    plan: group,
    line: node.lineno ?? 1,
    added: {
      key: make.column(column),
      value: { kind: 'bag', group, element, join: null }
    }
  });
  const join = leftJoin(row, of, sides.outer, node.lineno ?? 1);
  return { kind: 'bag', group, element, join };
}

// --- parts of a value -------------------------------------------------------------------

/** `for tag in tags.split(";"): rows.append(...)`: a row for each part. */
function overParts(node: For, row: Row, machine: Machine): boolean {
  const list = machine.expr(node.iter);
  if (!isOverRows(list) || node.target.nodeType !== 'Name') {
    throw LiftRefusal.at(
      node.iter,
      'What this loop runs over is not understood.'
    );
  }
  const isText = list.kind === 'method' && list.name === 'split';
  const column = new Column(isText ? 'str' : 'unknown', node.target.id);
  runInner(
    node,
    node.body,
    { op: 'explode', input: row.plan, list, column, line: node.lineno ?? 1 },
    scalar(make.column(column)),
    row,
    machine
  );
  return true;
}
