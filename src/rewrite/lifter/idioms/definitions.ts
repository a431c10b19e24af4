/**
 * Imports, functions and constants: names that lifted code may go on using.
 */
import type { ExprNode, StmtNode } from 'py-ast';

import { loadedNames } from '../celltext';
import type { INotebookName } from '../expression';
import { make } from '../expression';
import type { IIdiom } from '../idiom';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import { isOverRows } from '../row';
import { walkExpr } from '../traversal';
import { scalar } from '../values';
import type { Value } from '../values';

export const definitions: IIdiom = {
  name: 'definitions',

  statement(node, machine) {
    switch (node.nodeType) {
      case 'Import':
      case 'ImportFrom':
        bindImports(node, machine);
        return true;
      case 'FunctionDef':
      case 'ClassDef':
        if (machine.row) {
          throw LiftRefusal.at(
            node,
            'A definition in a loop is not understood.'
          );
        }
        if (!machine.isConstant(node.name)) {
          machine.bind(
            node.name,
            {
              kind: 'unknown',
              refusal: LiftRefusal.at(
                node,
                `\`${node.name}\` is defined more than once; which one a rewritten cell would call cannot be told.`
              )
            },
            node
          );
          return true;
        }
        keep(
          {
            name: node.name,
            ...(node.nodeType === 'FunctionDef'
              ? { origin: 'function', definition: node }
              : { origin: 'class', class: node }),
            text: machine.text
          },
          node,
          machine
        );
        return true;
      case 'Assign':
        return bindConstant(node, machine);
      default:
        return false;
    }
  }
};

function keep(of: INotebookName, node: StmtNode, machine: Machine): void {
  machine.cell.kept.set(of.name, node);
  machine.bind(of.name, scalar(make.name(of)), node);
}

function bindImports(
  node: Extract<StmtNode, { nodeType: 'Import' | 'ImportFrom' }>,
  machine: Machine
): void {
  for (const alias of node.names) {
    const name = alias.asname ?? alias.name.split('.')[0];
    const prefix =
      node.nodeType === 'ImportFrom' ? `${node.module ?? ''}.` : '';
    const module =
      node.nodeType === 'Import' && alias.asname === undefined
        ? name
        : prefix + alias.name;
    keep({ name, origin: 'import', module }, node, machine);
  }
}

/** `NAME = literal`, and constants computed from constants. */
function bindConstant(
  node: Extract<StmtNode, { nodeType: 'Assign' }>,
  machine: Machine
): boolean {
  const [target] = node.targets;
  if (
    machine.row ||
    machine.inlined ||
    node.targets.length !== 1 ||
    target.nodeType !== 'Name' ||
    !machine.isConstant(target.id) ||
    // Only what stands alone can stay where it is.
    !machine.text.module.body.includes(node)
  ) {
    return false;
  }
  if (isLiteralNode(node.value) && !hasEmptyDisplay(node.value)) {
    keep(
      {
        name: target.id,
        origin: 'constant',
        literal: node.value,
        text: machine.text
      },
      node,
      machine
    );
    return true;
  }
  const value = machine.evaluate(node.value);
  if (!isConstantValue(value)) {
    machine.bind(target.id, value, target);
    return true;
  }
  keep(
    {
      name: target.id,
      origin: 'constant',
      computed: node.value,
      inside: namesInside(node.value, machine),
      text: machine.text
    },
    node,
    machine
  );
  return true;
}

function namesInside(
  node: ExprNode,
  machine: Machine
): Map<string, INotebookName> {
  const inside = new Map<string, INotebookName>();
  for (const name of loadedNames(node)) {
    const value = machine.env.get(name);
    if (value?.kind === 'scalar' && value.expr.kind === 'name') {
      inside.set(name, value.expr.of);
    }
  }
  return inside;
}

function isConstantValue(value: Value): boolean {
  return (
    value.kind === 'scalar' &&
    !isOverRows(value.expr) &&
    ![...walkExpr(value.expr)].some(part => part.kind === 'statistic')
  );
}

/** Whether a node is data written down. */
export function isLiteralNode(node: ExprNode): boolean {
  switch (node.nodeType) {
    case 'Constant':
      return true;
    case 'UnaryOp':
      return node.op.nodeType === 'USub' && isLiteralNode(node.operand);
    case 'List':
    case 'Tuple':
    case 'Set':
      return node.elts.every(isLiteralNode);
    case 'Dict':
      return (
        node.keys.every(key => key !== null && isLiteralNode(key)) &&
        node.values.every(isLiteralNode)
      );
    default:
      return false;
  }
}

/** Empty lists and dictionaries are there to be filled. */
function hasEmptyDisplay(node: ExprNode): boolean {
  switch (node.nodeType) {
    case 'List':
      return node.elts.length === 0 || node.elts.some(hasEmptyDisplay);
    case 'Dict':
      return node.keys.length === 0 || node.values.some(hasEmptyDisplay);
    default:
      return false;
  }
}
