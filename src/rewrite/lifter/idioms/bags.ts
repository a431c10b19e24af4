/**
 * The list that a dictionary holds for a key: how long it is, its sum, its largest
 * element, and the like are aggregates of a group.
 */
import type { Call, ExprNode } from 'py-ast';

import { make } from '../expression';
import type { Expr } from '../expression';
import type { IIdiom } from '../idiom';
import { aggregated } from '../keyedbuild';
import { literalInteger } from '../literal';
import { takenColumn } from '../lookups';
import type { Machine } from '../machine';
import type { Aggregation } from '../plan';
import { LiftRefusal } from '../refusal';
import { availableIn } from '../row';
import { truthOf } from '../truth';
import { scalar } from '../values';
import type { IBag, Value } from '../values';

const FUNCTIONS: Readonly<Record<string, Aggregation>> = {
  sum: 'sum',
  min: 'min',
  max: 'max',
  'statistics.mean': 'mean',
  'statistics.median': 'median',
  'numpy.mean': 'mean',
  'numpy.median': 'median',
  'numpy.sum': 'sum',
  'numpy.min': 'min',
  'numpy.max': 'max'
};

type Comprehension = Extract<
  ExprNode,
  { nodeType: 'ListComp' | 'GeneratorExp' | 'SetComp' }
>;

export const bags: IIdiom = {
  name: 'bags',

  call(path, node, machine) {
    if (!machine.row || node.args.length !== 1) {
      return null;
    }
    if (
      path !== 'len' &&
      path !== 'set' &&
      path !== 'list' &&
      !FUNCTIONS[path]
    ) {
      return null;
    }
    const [argument] = node.args;
    if (!isAboutBag(argument, machine)) {
      return null;
    }
    const bag = bagOf(machine.evaluate(argument));
    if (!bag) {
      return null;
    }
    if (path === 'list') {
      return bag;
    }
    return path === 'set'
      ? { ...bag, distinct: true }
      : summary(path === 'len' ? 'size' : FUNCTIONS[path], bag, node, machine);
  },

  subscript(object, node, machine) {
    if (object.kind !== 'bag') {
      return null;
    }
    const at = literalInteger(machine.expr(node.slice));
    if (at !== 0 && at !== -1) {
      throw LiftRefusal.at(
        node,
        'Only the first and the last element of such a list are understood.'
      );
    }
    const element = elementOf(object.element, expr =>
      taken(at === 0 ? 'first' : 'last', expr, object, machine)
    );
    if (!element) {
      throw LiftRefusal.at(node, 'This element is no single value.');
    }
    return element;
  },

  expression(node, machine) {
    if (
      !machine.row ||
      !['ListComp', 'GeneratorExp', 'SetComp'].includes(node.nodeType)
    ) {
      return null;
    }
    const comprehension = node as Comprehension;
    const [{ iter }] = comprehension.generators;
    if (comprehension.generators.length > 1 || !isAboutBag(iter, machine)) {
      return null;
    }
    const bag = bagOf(machine.evaluate(iter));
    return bag && mapped(comprehension, bag, machine);
  }
};

/** Whether an expression is worth evaluating to see whether it is such a list. */
export function isAboutBag(node: ExprNode, machine: Machine): boolean {
  switch (node.nodeType) {
    case 'Name': {
      const kind = machine.env.get(node.id)?.kind;
      return kind !== undefined && ABOUT.has(kind);
    }
    case 'Subscript':
    case 'Attribute':
      return isAboutBag(node.value, machine);
    case 'Call':
      return (
        (node.func.nodeType === 'Attribute' &&
          isAboutBag(node.func.value, machine)) ||
        (node.args.length === 1 &&
          ['set', 'list'].includes(machine.path(node.func) ?? '') &&
          isAboutBag(node.args[0], machine))
      );
    case 'ListComp':
    case 'GeneratorExp':
    case 'SetComp':
      return isAboutBag(node.generators[0].iter, machine);
    default:
      return false;
  }
}

const ABOUT: ReadonlySet<string> = new Set([
  'bag',
  'keyed',
  'record',
  'tuple',
  'lookup'
]);

function bagOf(value: Value): IBag | null {
  return value.kind === 'bag' ? value : null;
}

/** The list with something computed of each element. */
function mapped(node: Comprehension, bag: IBag, machine: Machine): IBag {
  const [{ target, ifs }] = node.generators;
  const outer = new Map(machine.env);
  const { row } = machine;
  machine.row = machine.newRow(bag.group.input);
  try {
    machine.assign(target, bag.element);
    const tests = ifs.map(test => truthOf(machine.expr(test)));
    const element = machine.evaluate(node.elt);
    const condition = make.and([
      ...(bag.condition ? [bag.condition] : []),
      ...tests
    ]);
    const all = [element.kind === 'scalar' ? element.expr : null, condition];
    if (all.some(expr => expr && !availableIn(expr, bag.group.input))) {
      throw LiftRefusal.at(
        node,
        'This comprehension mixes values of the row with those of the list.'
      );
    }
    return {
      ...bag,
      element,
      ...(tests.length > 0 ? { condition } : {}),
      distinct: node.nodeType === 'SetComp'
    };
  } finally {
    machine.row = row;
    machine.restore(outer);
  }
}

/** A number about the list of a key. */
export function summary(
  how: Aggregation,
  bag: IBag,
  node: Call | { lineno?: number },
  machine: Machine
): Value {
  const expr = bag.element.kind === 'scalar' ? bag.element.expr : null;
  if (how !== 'size' && !expr) {
    throw LiftRefusal.at(node, 'The elements of this list are no numbers.');
  }
  if (bag.distinct) {
    if (how !== 'size' || bag.condition) {
      throw LiftRefusal.at(node, 'This is not understood of a set of values.');
    }
    return taken('nunique', machine.asExpr(bag.element, node), bag, machine);
  }
  if (!bag.condition) {
    return taken(how, how === 'size' ? null : expr, bag, machine);
  }
  if (how !== 'size' && how !== 'sum') {
    throw LiftRefusal.at(
      node,
      'Of some elements only the number and the sum are understood.'
    );
  }
  const counted = how === 'size' ? make.integer(1) : (expr ?? make.integer(1));
  return taken(
    'sum',
    make.conditional(bag.condition, counted, make.integer(0)),
    bag,
    machine
  );
}

/** An aggregate of the group, as the row sees it. */
function taken(
  how: Aggregation,
  expr: Expr | null,
  bag: IBag,
  machine: Machine
): Value {
  const value = aggregated(bag.group, how, expr);
  const { join } = bag;
  if (!join || value.kind !== 'scalar') {
    return value;
  }
  const counts = how === 'size' || how === 'sum' || how === 'nunique';
  if (join.how === 'left' && !counts && machine.row?.plan === join) {
    // There is no such value of nothing: the original fails there, too.
    join.how = 'inner';
    join.required = true;
  }
  if (join.how === 'left' && !counts) {
    throw new LiftRefusal(
      join.line,
      `Some rows have nothing in \`${join.of.name}\` to take the ${how} of.`
    );
  }
  const column = takenColumn(value.expr, join);
  return scalar(make.column(column));
}

function elementOf(element: Value, take: (expr: Expr) => Value): Value | null {
  switch (element.kind) {
    case 'scalar':
      return take(element.expr);
    case 'tuple': {
      const items = element.items.map(item => elementOf(item, take));
      return items.every(item => item !== null) ? { ...element, items } : null;
    }
    case 'record': {
      const { rest } = element;
      const fields = new Map<string, Value>();
      for (const [name, field] of element.fields) {
        const value = elementOf(field, take);
        if (!value) {
          return null;
        }
        fields.set(name, value);
      }
      return {
        kind: 'record',
        fields,
        rest: rest && {
          plan: rest.plan,
          field: name => elementOf(rest.field(name), take) ?? rest.field(name)
        }
      };
    }
    default:
      return null;
  }
}
