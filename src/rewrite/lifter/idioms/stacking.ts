/**
 * Feature matrices: blocks of columns side by side.
 */
import type { ExprNode } from 'py-ast';

import type { IIdiom } from '../idiom';
import type { Machine } from '../machine';
import type { Plan } from '../plan';
import { LiftRefusal } from '../refusal';
import { typeOf } from '../typing';
import { describe } from '../values';
import type { Block, INamedBlock, Value } from '../values';

/** Whether a function takes one-dimensional arrays as columns. */
const STACKERS: Readonly<Record<string, 'matrices' | 'columns'>> = {
  'numpy.hstack': 'matrices',
  'numpy.concatenate': 'matrices',
  'numpy.column_stack': 'columns'
};

export const stacking: IIdiom = {
  name: 'stacking',

  call(path, node, machine) {
    const takes = STACKERS[path];
    if (!takes || machine.row) {
      return null;
    }
    if (path === 'numpy.concatenate') {
      const axis =
        node.keywords.find(keyword => keyword.arg === 'axis')?.value ??
        node.args[1];
      if (!axis || !['1', '-1'].includes(machine.source(axis))) {
        throw LiftRefusal.at(node, '`concatenate` of rows is not understood.');
      }
    }
    return stacked(node.args[0], takes, machine);
  },

  attribute(object, name) {
    return object.kind === 'matrix' && name === 'shape'
      ? {
          kind: 'tuple',
          shape: 'tuple',
          items: [
            { kind: 'rowcount', plan: object.plan },
            {
              kind: 'unknown',
              refusal: new LiftRefusal(
                1,
                'How many columns a matrix has is known when it runs.'
              )
            }
          ]
        }
      : null;
  },

  subscript(object, node, machine) {
    // np.c_[a, b]
    if (machine.path(node.value) === 'numpy.c_') {
      return stacked(node.slice, 'columns', machine);
    }
    return null;
  }
};

function stacked(
  list: ExprNode | undefined,
  takes: 'matrices' | 'columns',
  machine: Machine
): Value {
  if (list?.nodeType !== 'List' && list?.nodeType !== 'Tuple') {
    throw LiftRefusal.at(
      list ?? {},
      'The parts of the matrix are not listed here.'
    );
  }
  const blocks: INamedBlock[] = [];
  let plan: Plan | null = null;
  for (const item of list.elts) {
    const value = machine.evaluate(item);
    const part = blocksOf(value, takes, item);
    plan ??= part.plan;
    if (part.plan !== plan) {
      throw LiftRefusal.at(
        item,
        'This part is not over the same rows as the others.'
      );
    }
    const name = variableOf(item);
    for (const block of part.blocks) {
      const named = 'block' in block ? block : { name: null, block };
      blocks.push({
        name: named.name ?? name,
        block: named.block,
        line: item.lineno ?? 1
      });
    }
  }
  if (!plan) {
    throw LiftRefusal.at(list, 'The matrix has no parts.');
  }
  return { kind: 'matrix', plan, blocks };
}

/** The variable that an expression is about. */
function variableOf(node: ExprNode): string | null {
  switch (node.nodeType) {
    case 'Name':
      return node.id;
    case 'Subscript':
    case 'Attribute':
      return variableOf(node.value);
    case 'Call':
      return node.func.nodeType === 'Attribute'
        ? variableOf(node.func.value)
        : null;
    default:
      return null;
  }
}

function blocksOf(
  value: Value,
  takes: 'matrices' | 'columns',
  node: ExprNode
): { plan: Plan; blocks: readonly (Block | INamedBlock)[] } {
  switch (value.kind) {
    case 'matrix':
      return value;
    case 'zeros':
      if (!value.filled) {
        throw LiftRefusal.at(
          node,
          'These zeros were filled in a way that is not understood.'
        );
      }
      return { plan: value.plan, blocks: [value.filled] };
    case 'array': {
      const isNumber =
        value.dimensions === 2 ||
        (takes === 'columns' && typeOf(value.expr) !== 'unknown');
      const block: Block = isNumber
        ? { kind: 'number', expr: value.expr }
        : { kind: 'vector', expr: value.expr, flat: takes === 'columns' };
      return { plan: value.plan, blocks: [block] };
    }
    default:
      throw LiftRefusal.at(
        node,
        `A matrix cannot be made of ${describe(value)}.`
      );
  }
}
