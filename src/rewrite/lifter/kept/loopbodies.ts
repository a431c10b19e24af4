/**
 * What the body of a loop fills, adds up and hands on from turn to turn.
 */
import type { StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import { loadedNames, storedNames } from '../celltext';
import { rootName } from './parts';

type For = Extract<StmtNode, { nodeType: 'For' }>;

/** Lists that a body appends to. */
export function appendedIn(body: readonly StmtNode[]): Set<string> {
  const names = new Set<string>();
  for (const node of body.flatMap(statement => [...walk(statement)])) {
    if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      /^(append|extend|add)$/.test(node.func.attr) &&
      node.func.value.nodeType === 'Name'
    ) {
      names.add(node.func.value.id);
    }
  }
  const own = storedNames(body);
  return new Set([...names].filter(name => !own.has(name)));
}

/** Lists that a body appends to and looks into: `if c not in known: ...`. */
export function consultedIn(body: readonly StmtNode[]): Set<string> {
  const appended = appendedIn(body);
  const nodes = body.flatMap(statement => [...walk(statement)]);
  const receivers = new Set(
    nodes.flatMap(node =>
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      /^(append|extend|add)$/.test(node.func.attr)
        ? [node.func.value]
        : []
    )
  );
  const consulted = nodes.flatMap(node =>
    node.nodeType === 'Name' &&
    node.ctx.nodeType === 'Load' &&
    appended.has(node.id) &&
    !receivers.has(node)
      ? [node.id]
      : []
  );
  return new Set(consulted);
}

/** Names that a body stores into: `d[k] = v`, `d[k] += v`. */
export function storedInto(body: readonly StmtNode[]): Set<string> {
  const names = new Set<string>();
  for (const node of body.flatMap(statement => [...walk(statement)])) {
    if (node.nodeType === 'Subscript' && node.ctx.nodeType === 'Store') {
      const root = rootName(node);
      if (root !== null) {
        names.add(root);
      }
    }
    if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      /^(add|update|setdefault|append)$/.test(node.func.attr) &&
      node.func.value.nodeType !== 'Name'
    ) {
      const root = rootName(node.func.value);
      if (root !== null) {
        names.add(root);
      }
    }
    if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      /^(add|update|setdefault)$/.test(node.func.attr) &&
      node.func.value.nodeType === 'Name'
    ) {
      names.add(node.func.value.id);
    }
  }
  const own = storedNames(body);
  return new Set([...names].filter(name => !own.has(name)));
}

/** Names that one turn of a loop hands on to the next. */
export function carriedNames(node: For): string[] {
  const stored = new Set<string>();
  for (const part of walk(node.target)) {
    if (part.nodeType === 'Name') {
      stored.add(part.id);
    }
  }
  const all = storedNames(node.body);
  const carried = new Set<string>();
  const visit = (statements: readonly StmtNode[]): void => {
    for (const statement of statements) {
      if (statement.nodeType === 'AugAssign') {
        const root = rootName(statement.target);
        if (
          statement.target.nodeType === 'Name' &&
          root !== null &&
          !stored.has(root)
        ) {
          carried.add(root);
        }
      }
      const inner =
        statement.nodeType === 'If' || statement.nodeType === 'For'
          ? [...statement.body, ...statement.orelse]
          : null;
      const reads = inner
        ? statement.nodeType === 'If'
          ? loadedNames(statement.test)
          : loadedNames((statement as For).iter)
        : loadedNames(statement);
      for (const name of reads) {
        if (all.has(name) && !stored.has(name)) {
          carried.add(name);
        }
      }
      if (statement.nodeType === 'For') {
        for (const part of walk(statement.target)) {
          if (part.nodeType === 'Name') {
            stored.add(part.id);
          }
        }
      }
      if (inner) {
        visit(inner);
      } else {
        storedNames([statement]).forEach(name => stored.add(name));
      }
    }
  };
  visit(node.body);
  return [...carried];
}

/** Whether a body appends to a list exactly once in every turn. */
export function isAlways(body: readonly StmtNode[], name: string): boolean {
  return appendCount(body, name) === 1;
}

function appendCount(body: readonly StmtNode[], name: string): number | null {
  let count = 0;
  for (const statement of body) {
    if (statement.nodeType === 'If') {
      const parts = [statement.body, statement.orelse].map(part =>
        appendCount(part, name)
      );
      if (parts[0] === null || parts[0] !== parts[1]) {
        return parts.every(part => part === 0) && !leaves(statement)
          ? count
          : null;
      }
      if (leaves(statement)) {
        return null;
      }
      count += parts[0];
    } else if (statement.nodeType === 'For') {
      if (appendedIn(statement.body).has(name)) {
        return null;
      }
    } else if (
      statement.nodeType === 'Expr' &&
      appendedIn([statement]).has(name)
    ) {
      count += 1;
    } else if (statement.nodeType === 'Continue') {
      return null;
    }
  }
  return count;
}

function leaves(statement: StmtNode): boolean {
  return [...walk(statement)].some(part =>
    ['Continue', 'Break', 'Return'].includes(part.nodeType)
  );
}
