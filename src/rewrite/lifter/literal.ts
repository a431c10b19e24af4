/**
 * Values of literals, and constant folding of strings such as paths.
 */
import type { ExprNode } from 'py-ast';
import { parse } from 'py-ast';

import type { Expr } from './expression';
import { behind } from './expression';

/** The value of a string literal or of a constant that is one; null otherwise. */
export function literalString(expr: Expr): string | null {
  const inner = behind(expr);
  if (inner.kind === 'literal' && inner.type === 'str') {
    return stringOf(inner.text);
  }
  const node = inner.kind === 'name' ? inner.of.literal : undefined;
  return node?.nodeType === 'Constant' && typeof node.value === 'string'
    ? node.value
    : null;
}

/** The value of a node that is a string literal; null otherwise. */
export function stringOfNode(node: ExprNode): string | null {
  return node.nodeType === 'Constant' && typeof node.value === 'string'
    ? node.value
    : null;
}

/** The value of the source of a string literal. */
function stringOf(text: string): string | null {
  const plain = /^(["'])([^\\"']*)\1$/.exec(text);
  if (plain) {
    return plain[2];
  }
  const [statement] = parse(text).body;
  const node: ExprNode | null =
    statement?.nodeType === 'Expr' ? statement.value : null;
  return node?.nodeType === 'Constant' && typeof node.value === 'string'
    ? node.value
    : null;
}

/** The value of an integer literal or constant; null otherwise. */
export function literalInteger(expr: Expr): number | null {
  const inner = behind(expr);
  if (inner.kind === 'literal' && inner.type === 'int') {
    const value = Number(inner.text.replace(/_/g, ''));
    return Number.isSafeInteger(value) ? value : null;
  }
  const node = inner.kind === 'name' ? inner.of.literal : undefined;
  return node?.nodeType === 'Constant' && Number.isSafeInteger(node.value)
    ? (node.value as number)
    : null;
}

function integerText(expr: Expr): string | null {
  const value = literalInteger(expr);
  return value === null ? null : String(value);
}

/** The value of a string expression that is known before running. */
export function foldString(expr: Expr): string | null {
  const inner = behind(expr);
  if (inner.kind === 'format') {
    const parts = inner.parts.map(part =>
      typeof part === 'string'
        ? part
        : part.specification === '' && part.conversion === ''
          ? (foldString(part.value) ?? integerText(part.value))
          : null
    );
    return parts.includes(null) ? null : parts.join('');
  }
  if (inner.kind === 'binary' && inner.operator === '+') {
    const [left, right] = [foldString(inner.left), foldString(inner.right)];
    return left === null || right === null ? null : left + right;
  }
  return literalString(inner);
}
