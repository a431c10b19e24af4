/**
 * Dictionaries that add things up for each key: `d[k] += v`, `d[k] = d.get(k, 0) + v`,
 * `d[k].append(v)`, `setdefault`, `defaultdict`, `Counter`, and the best of each key.
 */
import type { Call, ExprNode, StmtNode } from 'py-ast';

import type { Expr } from '../expression';
import { make } from '../expression';
import type { IIdiom, Subscript } from '../idiom';
import { Keyed } from '../keyedbuild';
import { literalInteger, literalString } from '../literal';
import type { Machine } from '../machine';
import type { Aggregation } from '../plan';
import { LiftRefusal } from '../refusal';
import type { Row } from '../row';
import { sameExpr } from '../traversal';
import { scalar } from '../values';
import type { Value } from '../values';

type Slot = Extract<Value, { kind: 'slot' }>;
type AugAssign = Extract<StmtNode, { nodeType: 'AugAssign' }>;
type If = Extract<StmtNode, { nodeType: 'If' }>;

export const accumulating: IIdiom = {
  name: 'accumulating',

  statement(node, machine) {
    const { row } = machine;
    if (!row) {
      return false;
    }
    switch (node.nodeType) {
      case 'AugAssign':
        return addedTo(node, row, machine);
      case 'Assign':
        return (
          node.targets.length === 1 &&
          addedAgain(node.targets[0], node.value, row, machine)
        );
      case 'If':
        return startOrBest(node, row, machine);
      default:
        return false;
    }
  },

  call(path, node, machine) {
    if (machine.row) {
      return null;
    }
    const line = node.lineno ?? 1;
    if (path === 'collections.Counter' && node.args.length === 0) {
      const zero = scalar(make.integer(0));
      return { kind: 'keyed', build: new Keyed('', line, 'dict', zero) };
    }
    if (path === 'collections.defaultdict') {
      const fallback = factory(node.args[0], machine);
      return { kind: 'keyed', build: new Keyed('', line, 'dict', fallback) };
    }
    return null;
  },

  subscript(object, node, machine) {
    if (object.kind === 'slot') {
      return { ...object, path: [...object.path, placeOf(node, machine)] };
    }
    const { row } = machine;
    if (
      object.kind !== 'keyed' ||
      !row ||
      !object.build.isBeingFilledIn(row.loop.number)
    ) {
      return null;
    }
    const key = machine.expr(node.slice);
    return { kind: 'slot', build: object.build, key, path: [] };
  },

  method(object, name, node, machine) {
    const { row } = machine;
    if (!row) {
      return null;
    }
    if (object.kind === 'slot') {
      return slotMethod(object, name, node, row, machine);
    }
    if (object.kind === 'keyed' && name === 'setdefault') {
      const [key, value] = node.args.map(each => machine.evaluate(each));
      const slot: Slot = {
        kind: 'slot',
        build: object.build,
        key: machine.asExpr(key, node),
        path: []
      };
      begin(slot, value ?? scalar(NONE), row, node);
      return slot;
    }
    return null;
  }
};

const NONE = { kind: 'literal', text: 'None', type: 'none' } as const;

/** What the function given to `defaultdict` makes. */
function factory(node: ExprNode | undefined, machine: Machine): Value | null {
  if (!node) {
    return null;
  }
  if (node.nodeType === 'Lambda') {
    return machine.evaluate(node.body);
  }
  switch (machine.path(node)) {
    case 'int':
      return scalar(make.integer(0));
    case 'float':
      return scalar({ kind: 'literal', text: '0.0', type: 'float' });
    case 'str':
      return scalar(make.string(''));
    case 'list':
      return { kind: 'tuple', shape: 'list', items: [] };
    default:
      throw LiftRefusal.at(node, 'What new keys begin with is not understood.');
  }
}

function placeOf(node: Subscript, machine: Machine): string {
  const at = machine.expr(node.slice);
  const place = literalString(at) ?? literalInteger(at);
  if (place === null) {
    throw LiftRefusal.at(node, 'Which value this is cannot be told.');
  }
  return String(place);
}

/** `d[k] += v`. */
function addedTo(node: AugAssign, row: Row, machine: Machine): boolean {
  const slot = slotOf(node.target, machine);
  if (!slot) {
    return false;
  }
  const operator = node.op.nodeType;
  const value = machine.evaluate(node.value);
  if (operator === 'Add') {
    update(slot, 'sum', value, row, node);
    return true;
  }
  if (operator === 'Sub') {
    const operand = machine.asExpr(value, node.value);
    const less = scalar({ kind: 'unary', operator: '-', operand });
    update(slot, 'sum', less, row, node);
    return true;
  }
  throw LiftRefusal.at(
    node,
    `Values of \`${slot.build.name}\` are changed from row to row.`
  );
}

/** The place in a dictionary that is being filled; null when it is none. */
function slotOf(node: ExprNode, machine: Machine): Slot | null {
  if (node.nodeType !== 'Subscript') {
    return null;
  }
  const root = rootOf(node);
  const held = root === null ? undefined : machine.env.get(root);
  if (held?.kind !== 'keyed' && held?.kind !== 'slot') {
    return null;
  }
  const value = machine.subscriptOf(machine.evaluate(node.value), node);
  return value.kind === 'slot' ? value : null;
}

function rootOf(node: ExprNode): string | null {
  return node.nodeType === 'Subscript'
    ? rootOf(node.value)
    : node.nodeType === 'Name'
      ? node.id
      : null;
}

function update(
  slot: Slot,
  how: Aggregation | 'list',
  value: Value,
  row: Row,
  node: { lineno?: number }
): void {
  const { build, key, path } = slot;
  if (!build.start && !build.fallback) {
    throw LiftRefusal.at(
      node,
      `\`${build.name}[...]\` has nothing to add to at the first row of a key.`
    );
  }
  row.add(build.accumulator(path, node.lineno ?? 1), { key, how, value }, node);
}

/** Note what a key that comes up first begins with. */
function begin(
  { build, key }: Slot,
  value: Value,
  row: Row,
  node: { lineno?: number }
): void {
  const { start } = build;
  if (start && (start.plan !== row.plan || !sameExpr(start.key, key))) {
    throw LiftRefusal.at(
      node,
      `The keys of \`${build.name}\` begin in more than one way.`
    );
  }
  build.start ??= {
    loop: row.loop.number,
    key,
    value,
    plan: row.plan,
    path: row.path
  };
}

function slotMethod(
  slot: Slot,
  name: string,
  node: Call,
  row: Row,
  machine: Machine
): Value {
  const [item] = node.args;
  if (name === 'append' && item) {
    update(slot, 'list', machine.evaluate(item), row, node);
    return slot;
  }
  throw LiftRefusal.at(
    node,
    `\`.${name}()\` on the values of \`${slot.build.name}\` is not understood.`
  );
}

/** `d[k] = d[k] + v`, `d[k] = d.get(k, 0) + v`, `d[k] = max(d[k], v)`. */
function addedAgain(
  target: ExprNode,
  value: ExprNode,
  row: Row,
  machine: Machine
): boolean {
  if (target.nodeType !== 'Subscript') {
    return false;
  }
  const [how, parts] = combination(value, machine);
  const at = parts.findIndex(part => mentions(part, target, machine));
  if (how === null || at < 0 || parts.length !== 2) {
    return false;
  }
  const slot = slotOf(target, machine);
  if (!slot) {
    return false;
  }
  const before = parts[at];
  if (before.nodeType === 'Call') {
    const [, fallback] = before.args;
    const start = fallback ? machine.evaluate(fallback) : scalar(NONE);
    begin(slot, start, row, target);
  }
  update(slot, how, machine.evaluate(parts[1 - at]), row, target);
  return true;
}

function combination(
  node: ExprNode,
  machine: Machine
): [Aggregation | null, ExprNode[]] {
  if (node.nodeType === 'BinOp' && node.op.nodeType === 'Add') {
    return ['sum', [node.left, node.right]];
  }
  if (node.nodeType === 'Call') {
    const path = machine.path(node.func);
    if (path === 'max' || path === 'min') {
      return [path, node.args];
    }
  }
  return [null, []];
}

/** Whether a part is the value that the target had before. */
function mentions(
  part: ExprNode,
  target: Subscript,
  machine: Machine
): boolean {
  const source = (node: ExprNode) => machine.source(node).replace(/\s/g, '');
  if (part.nodeType === 'Subscript') {
    return source(part) === source(target);
  }
  return (
    part.nodeType === 'Call' &&
    part.func.nodeType === 'Attribute' &&
    part.func.attr === 'get' &&
    source(part.func.value) === source(target.value) &&
    part.args.length > 0 &&
    source(part.args[0]) === source(target.slice)
  );
}

// --- the first and the best of each key ---------------------------------------------

/**
 * `if k not in d: d[k] = 0`, `if k in d: d[k] += v else: d[k] = v`, and
 * `if k not in d or v > d[k]: d[k] = v`.
 */
function startOrBest(node: If, row: Row, machine: Machine): boolean {
  const { test } = node;
  const first = test.nodeType === 'BoolOp' ? test.values[0] : test;
  const asked = keyTest(first, row, machine);
  if (!asked) {
    return false;
  }
  if (test.nodeType === 'BoolOp') {
    return (
      test.op.nodeType === 'Or' &&
      test.values.length === 2 &&
      asked.negated &&
      node.orelse.length === 0 &&
      best(node, asked, test.values[1], row, machine)
    );
  }
  const [missing, present] = asked.negated
    ? [node.body, node.orelse]
    : [node.orelse, node.body];
  const value = onlyAssigned(missing, asked, machine);
  if (!value) {
    return false;
  }
  if (present.length === 0) {
    return started(value, asked, row, machine);
  }
  return firstThenAdded(value, present, asked, row, machine);
}

interface IAsked {
  build: Keyed;
  key: Expr;
  negated: boolean;
}

/** `k in d` for a dictionary that this loop is filling. */
function keyTest(node: ExprNode, row: Row, machine: Machine): IAsked | null {
  if (
    node.nodeType !== 'Compare' ||
    node.ops.length !== 1 ||
    !/^(Not)?In$/.test(node.ops[0].nodeType)
  ) {
    return null;
  }
  const [container] = node.comparators;
  const held =
    container.nodeType === 'Name' ? machine.env.get(container.id) : undefined;
  if (
    held?.kind !== 'keyed' ||
    held.build.shape !== 'dict' ||
    !held.build.isBeingFilledIn(row.loop.number)
  ) {
    return null;
  }
  return {
    build: held.build,
    key: machine.expr(node.left),
    negated: node.ops[0].nodeType === 'NotIn'
  };
}

/** The value in a branch that does nothing but set the key. */
function onlyAssigned(
  branch: readonly StmtNode[],
  { build, key }: IAsked,
  machine: Machine
): ExprNode | null {
  const [only] = branch;
  if (
    branch.length !== 1 ||
    only.nodeType !== 'Assign' ||
    only.targets.length !== 1
  ) {
    return null;
  }
  const [target] = only.targets;
  if (target.nodeType !== 'Subscript' || target.value.nodeType !== 'Name') {
    return null;
  }
  const held = machine.env.get(target.value.id);
  return held?.kind === 'keyed' &&
    held.build === build &&
    sameExpr(machine.expr(target.slice), key)
    ? only.value
    : null;
}

/** `if k not in d: d[k] = 0`. */
function started(
  node: ExprNode,
  { build, key }: IAsked,
  row: Row,
  machine: Machine
): boolean {
  const value = machine.evaluate(node);
  begin({ kind: 'slot', build, key, path: [] }, value, row, node);
  return true;
}

/** `if k in d: d[k] += v else: d[k] = v`. */
function firstThenAdded(
  first: ExprNode,
  present: readonly StmtNode[],
  { build, key }: IAsked,
  row: Row,
  machine: Machine
): boolean {
  const [only] = present;
  if (present.length !== 1) {
    return false;
  }
  const slot: Slot = { kind: 'slot', build, key, path: [] };
  const value = machine.evaluate(first);
  if (
    only.nodeType === 'AugAssign' &&
    only.op.nodeType === 'Add' &&
    value.kind === 'scalar'
  ) {
    const added = machine.expr(only.value);
    if (!sameExpr(added, value.expr)) {
      return false;
    }
    begin(slot, scalar(make.integer(0)), row, only);
    const target = slotOf(only.target, machine);
    if (!target || !sameExpr(target.key, key) || target.path.length > 0) {
      return false;
    }
    update(slot, 'sum', value, row, only);
    return true;
  }
  if (
    only.nodeType === 'Expr' &&
    value.kind === 'tuple' &&
    value.items.length === 1 &&
    machine.source(only.value).includes('.append(')
  ) {
    begin(slot, { ...value, items: [] }, row, only);
    update(slot, 'list', value.items[0], row, only);
    return true;
  }
  return false;
}

/** `if k not in d or v > d[k]: d[k] = v`. */
function best(
  node: If,
  asked: IAsked,
  test: ExprNode,
  row: Row,
  machine: Machine
): boolean {
  const assigned = onlyAssigned(node.body, asked, machine);
  if (!assigned || test.nodeType !== 'Compare' || test.ops.length !== 1) {
    return false;
  }
  const sides = [test.left, test.comparators[0]];
  const at = sides.findIndex(
    side => side.nodeType === 'Subscript' && slotOf(side, machine)
  );
  if (at < 0) {
    return false;
  }
  const operator = test.ops[0].nodeType;
  const upward = /^Gt/.test(operator) === (at === 1);
  const slot = slotOf(sides[at], machine);
  const by = machine.expr(sides[1 - at]);
  const value = machine.evaluate(assigned);
  const held = slot && partAt(value, slot.path);
  if (
    !/^(Gt|Lt)E?$/.test(operator) ||
    held?.kind !== 'scalar' ||
    !sameExpr(held.expr, by)
  ) {
    throw LiftRefusal.at(
      node,
      `Which row of each key \`${asked.build.name}\` keeps is not understood.`
    );
  }
  // Of equal ones the first stays, unless `>=` or `<=` lets later ones in.
  const last = operator.endsWith('E');
  const sorted = {
    op: 'sort',
    input: row.plan,
    by: [{ expr: by, ascending: upward === last }],
    line: node.lineno ?? 1
  } as const;
  const { key, build } = asked;
  build.add({
    loop: row.loop.number,
    path: row.path,
    line: node.lineno ?? 1,
    plan: {
      op: 'distinct',
      input: { ...sorted, by: [...sorted.by] },
      key,
      keep: last ? 'last' : 'first',
      line: node.lineno ?? 1
    },
    added: { key, value }
  });
  build.reordered = true;
  return true;
}

/** The part of a value at a place. */
function partAt(value: Value, path: readonly string[]): Value | null {
  return path.reduce<Value | null>((part, place) => {
    if (part?.kind === 'tuple') {
      return part.items[Number(place)] ?? null;
    }
    return part?.kind === 'record' ? (part.fields.get(place) ?? null) : null;
  }, value);
}
