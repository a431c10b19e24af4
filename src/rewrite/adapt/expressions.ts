/**
 * Questions about expressions: may they be evaluated again, are they plain values.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, ExprNode } from 'py-ast';

import { isRepeatable } from './knowledge';
import type { ImportedNames } from './names';

const PLAIN: ReadonlySet<string> = new Set([
  'Constant',
  'Name',
  'Attribute',
  'Subscript',
  'BinOp',
  'UnaryOp',
  'Tuple',
  'List',
  'Load',
  'Index',
  'Add',
  'Sub',
  'Mult',
  'Div',
  'FloorDiv',
  'Mod',
  'Pow',
  'USub',
  'UAdd',
  'Slice',
  'IfExp',
  'Compare',
  'BoolOp',
  'And',
  'Or',
  'Not',
  'Gt',
  'Lt',
  'GtE',
  'LtE',
  'Eq',
  'NotEq',
  'keyword',
  'Keyword'
]);

/** Whether evaluating an expression a second time gives the same and does nothing. */
export function isPure(expression: ExprNode, names: ImportedNames): boolean {
  for (const node of walk(expression as ASTNodeUnion)) {
    if (PLAIN.has(node.nodeType)) {
      continue;
    }
    if (node.nodeType !== 'Call' || !isRepeatable(calleeOf(node.func, names))) {
      return false;
    }
  }
  return true;
}

/** What is called: a dotted name of an import, a method, a builtin. */
export function calleeOf(
  func: ExprNode,
  names: ImportedNames
): { dotted: string | null; method: string | null; builtin: string | null } {
  const dotted = names.dotted(func);
  return {
    dotted,
    method: func.nodeType === 'Attribute' ? func.attr : null,
    builtin: dotted === null && func.nodeType === 'Name' ? func.id : null
  };
}

/** The last name of what is called: `f` of `f()` and of `a.f()`. */
export function calledName(func: ExprNode): string {
  switch (func.nodeType) {
    case 'Attribute':
      return func.attr;
    case 'Name':
      return func.id;
    default:
      return '';
  }
}

/** A literal number, text, boolean or None, also with a sign or in a tuple or list. */
export function isLiteral(expression: ExprNode): boolean {
  switch (expression.nodeType) {
    case 'Constant':
      return true;
    case 'UnaryOp':
      return isLiteral(expression.operand);
    case 'BinOp':
      return isLiteral(expression.left) && isLiteral(expression.right);
    case 'Tuple':
    case 'List':
      return expression.elts.every(isLiteral);
    default:
      return false;
  }
}

/** Whether an expression is a plain value: names and literals, no calls. */
export function isPlain(expression: ExprNode): boolean {
  for (const node of walk(expression as ASTNodeUnion)) {
    if (!PLAIN.has(node.nodeType)) {
      return false;
    }
  }
  return true;
}
