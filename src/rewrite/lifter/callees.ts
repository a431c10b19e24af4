/**
 * Which function a call means.
 */
import type { ExprNode } from 'py-ast';

import type { INotebookName } from './expression';
import type { Value } from './values';

type Env = ReadonlyMap<string, Value>;

/**
 * The qualified name of an imported or builtin function, e.g. `numpy.array`;
 * null when an expression is something else.
 */
export function pathOf(node: ExprNode, env: Env): string | null {
  if (node.nodeType === 'Name') {
    return env.has(node.id) ? importedPath(node, env) : node.id;
  }
  return importedPath(node, env);
}

function importedPath(node: ExprNode, env: Env): string | null {
  if (node.nodeType === 'Name') {
    const of = nameOf(node, env);
    return of?.origin === 'import' ? (of.module ?? null) : null;
  }
  if (node.nodeType !== 'Attribute') {
    return null;
  }
  const value = importedPath(node.value, env);
  return value === null ? null : `${value}.${node.attr}`;
}

/** The function of the notebook that a name means. */
export function definitionOf(node: ExprNode, env: Env): INotebookName | null {
  const of = node.nodeType === 'Name' ? nameOf(node, env) : null;
  return of?.definition ? of : null;
}

function nameOf(
  node: Extract<ExprNode, { nodeType: 'Name' }>,
  env: Env
): INotebookName | null {
  const value = env.get(node.id);
  return value?.kind === 'scalar' && value.expr.kind === 'name'
    ? value.expr.of
    : null;
}
