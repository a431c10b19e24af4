/**
 * Statements that only show something: prints, plots, a last line to display.
 * They are no part of the result.
 */
import type { ExprNode, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import type { IIdiom } from '../idiom';
import type { Machine } from '../machine';
import { MUTATORS } from '../purity';

const SHOWING =
  /^(print|display|IPython\.display\.\w+|matplotlib\.|seaborn\.|plotly\.|pprint\.|warnings\.|logging\.|tqdm\.write|numpy\.set_printoptions|pandas\.set_option)/;

/** Methods that change the object that they are called on. */
const CHANGING: ReadonlySet<string> = new Set([
  ...MUTATORS,
  'shuffle',
  'fit',
  'partial_fit',
  'close',
  'seed',
  'fit_transform'
]);

export const outputs: IIdiom = {
  name: 'outputs',

  statement(node, machine) {
    if (isOutput(node, machine)) {
      if (!machine.row) {
        machine.cell.outputs.push(node);
      }
      return true;
    }
    if (node.nodeType === 'Expr') {
      if (node.value.nodeType === 'Constant') {
        return true;
      }
      machine.evaluate(node.value);
      return true;
    }
    return false;
  }
};

/** Whether running a statement shows something and does nothing else. */
export function isOutput(node: StmtNode, machine: Machine): boolean {
  switch (node.nodeType) {
    case 'Expr':
      return showsOnly(node.value, machine);
    case 'If':
      // Progress messages: `if i % 1000 == 0: print(i)`.
      return (
        isHarmless(node.test) &&
        [...node.body, ...node.orelse].every(inner => isOutput(inner, machine))
      );
    case 'For':
      return (
        !machine.row &&
        isHarmless(node.iter) &&
        node.body.every(inner => isOutput(inner, machine))
      );
    default:
      return false;
  }
}

function showsOnly(node: ExprNode, machine: Machine): boolean {
  if (node.nodeType === 'Call') {
    const path = machine.path(node.func);
    const toFile = node.keywords.some(keyword => keyword.arg === 'file');
    return (
      path !== null &&
      SHOWING.test(path) &&
      !toFile &&
      [...node.args, ...node.keywords.map(keyword => keyword.value)].every(
        isHarmless
      )
    );
  }
  return (
    !machine.row &&
    ['Name', 'Attribute', 'Subscript'].includes(node.nodeType) &&
    isHarmless(node)
  );
}

function isHarmless(node: ExprNode): boolean {
  for (const part of walk(node)) {
    if (part.nodeType === 'NamedExpr') {
      return false;
    }
    if (
      part.nodeType === 'Call' &&
      part.func.nodeType === 'Attribute' &&
      CHANGING.has(part.func.attr)
    ) {
      return false;
    }
    if (
      part.nodeType === 'Call' &&
      part.func.nodeType === 'Name' &&
      ['next', 'open', 'exec', 'eval'].includes(part.func.id)
    ) {
      return false;
    }
  }
  return true;
}
