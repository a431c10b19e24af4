/**
 * Names that must not be hidden by new ones.
 */
import { walk } from 'py-ast';

import type { Expr } from '../expression';
import { walkExpr } from '../traversal';

/** The names that an expression refers to or binds itself. */
export function namesInside(expr: Expr): Set<string> {
  const names = new Set<string>();
  for (const part of walkExpr(expr)) {
    if (part.kind === 'name') {
      names.add(part.of.name);
    } else if (part.kind === 'verbatim') {
      for (const node of walk(part.node)) {
        if (node.nodeType === 'Name' && !part.bindings.has(node.id)) {
          names.add(node.id);
        } else if (node.nodeType === 'Arg') {
          names.add(node.arg);
        }
      }
    }
  }
  return names;
}

/** Python's reserved words. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'class',
  'from',
  'import',
  'in',
  'is',
  'lambda',
  'not',
  'or',
  'and',
  'pass',
  'def',
  'for',
  'if',
  'else',
  'while',
  'with',
  'as',
  'try',
  'return',
  'global',
  'del',
  'None',
  'True',
  'False',
  'raise',
  'yield',
  'assert',
  'break',
  'continue',
  'elif',
  'except',
  'finally',
  'nonlocal',
  'async',
  'await'
]);
