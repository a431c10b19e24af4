/**
 * Variables: assignment in all its forms.
 */
import type { StmtNode } from 'py-ast';

import { make } from '../expression';
import type { BinaryOperator } from '../expression';
import type { IIdiom } from '../idiom';
import type { Machine } from '../machine';
import { OPERATORS } from '../operators';
import { LiftRefusal } from '../refusal';
import { isOverRows } from '../row';
import { typeOf } from '../typing';
import { scalar } from '../values';
import type { Value } from '../values';

export const assignments: IIdiom = {
  name: 'assignments',

  statement(node, machine) {
    switch (node.nodeType) {
      case 'Assign': {
        const value = machine.evaluate(node.value);
        node.targets.forEach(target => machine.assign(target, value));
        return true;
      }
      case 'AnnAssign':
        if (node.value) {
          machine.assign(node.target, machine.evaluate(node.value));
        }
        return true;
      case 'AugAssign':
        augment(node, machine);
        return true;
      case 'Pass':
        return true;
      case 'Delete':
        for (const target of node.targets) {
          if (target.nodeType === 'Name') {
            machine.env.delete(target.id);
          } else {
            return false;
          }
        }
        return true;
      default:
        return false;
    }
  },

  expression(node, machine) {
    if (node.nodeType !== 'NamedExpr' || node.target.nodeType !== 'Name') {
      return null;
    }
    const value = machine.evaluate(node.value);
    machine.assign(node.target, value);
    return machine.lookup(node.target.id, node);
  },

  unpack(value, names, machine) {
    if (value.kind === 'tuple') {
      return value.items.length === names.length ? value.items : null;
    }
    // A tuple that is one value of the row.
    const { expr } = value.kind === 'scalar' ? value : { expr: null };
    return expr && isOverRows(expr) && typeOf(expr) === 'unknown'
      ? names.map((_, at) =>
          scalar({ kind: 'index', object: expr, index: make.integer(at) })
        )
      : null;
  }
};

/** `x += y` on a value of the row is `x = x + y`. */
function augment(
  node: Extract<StmtNode, { nodeType: 'AugAssign' }>,
  machine: Machine
): void {
  const { target } = node;
  if (target.nodeType !== 'Name') {
    throw LiftRefusal.at(node, 'This update in place cannot be followed.');
  }
  const before = machine.lookup(target.id, target);
  const value = augmented(before, node, machine);
  machine.bind(target.id, value, target);
}

function augmented(
  before: Value,
  node: Extract<StmtNode, { nodeType: 'AugAssign' }>,
  machine: Machine
): Value {
  const operator = OPERATORS[node.op.nodeType] as BinaryOperator;
  const added = machine.evaluate(node.value);
  if (before.kind === 'tuple' && added.kind === 'tuple' && operator === '+') {
    return { ...before, items: [...before.items, ...added.items] };
  }
  return scalar({
    kind: 'binary',
    operator,
    left: machine.asExpr(before, node.target),
    right: machine.asExpr(added, node.value)
  });
}
