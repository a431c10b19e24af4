/**
 * Questions about the syntax tree that several findings ask.
 */
import type { ExprNode, StmtNode } from 'py-ast';

import type { ICellRun } from '../run';

/** The blocks of statements inside a statement, but not those of functions. */
export function innerBlocks(statement: StmtNode): StmtNode[][] {
  switch (statement.nodeType) {
    case 'For':
    case 'While':
    case 'If':
      return [statement.body, statement.orelse];
    case 'With':
      return [statement.body];
    case 'Try':
      return [
        statement.body,
        ...statement.handlers.map(handler => handler.body),
        statement.orelse,
        statement.finalbody
      ];
    default:
      return [];
  }
}

/** The texts of a constant, of a display of such, or of the name of one; null for others. */
export function textsOf(
  node: ExprNode,
  cells: readonly ICellRun[]
): string[] | null {
  if (node.nodeType === 'Constant') {
    return typeof node.value === 'string' ? [node.value] : null;
  }
  if (
    node.nodeType === 'List' ||
    node.nodeType === 'Tuple' ||
    node.nodeType === 'Set'
  ) {
    const parts = node.elts.map(each => textsOf(each, []));
    return parts.some(part => part === null)
      ? null
      : parts.flatMap(part => part ?? []);
  }
  const value = node.nodeType === 'Name' ? constantOf(node.id, cells) : null;
  return value && textsOf(value, []);
}

/** What the only top-level assignment of a name gives it; null when there are others. */
function constantOf(name: string, cells: readonly ICellRun[]): ExprNode | null {
  const values = cells.flatMap(({ text }) =>
    (text?.module.body ?? []).flatMap(statement =>
      statement.nodeType === 'Assign' &&
      statement.targets.some(
        target => target.nodeType === 'Name' && target.id === name
      )
        ? [statement.value]
        : []
    )
  );
  return values.length === 1 ? values[0] : null;
}
