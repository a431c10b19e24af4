/**
 * What becomes of an opened file: whether it is read line by line or by the csv
 * module.
 */
import type { ASTNodeUnion, Call } from 'py-ast';
import { walk } from 'py-ast';

import { stringOfNode } from '../../literal';
import type { IReading, IScopeOfCode } from './scope';
import { AS_LINES } from './scope';

export function csvReader(node: Call): 'DictReader' | 'reader' | null {
  const { func } = node;
  const name =
    func.nodeType === 'Attribute' &&
    func.value.nodeType === 'Name' &&
    func.value.id === 'csv'
      ? func.attr
      : func.nodeType === 'Name'
        ? func.id
        : '';
  return (name === 'DictReader' || name === 'reader') && node.args.length > 0
    ? name
    : null;
}

/** Whether something is only run through once. */
export function isRunThrough(node: Call, { nodes }: IScopeOfCode): boolean {
  return nodes.some(
    each =>
      ((each.nodeType === 'For' || each.nodeType === 'Comprehension') &&
        each.iter === node) ||
      (each.nodeType === 'Call' &&
        each.func.nodeType === 'Name' &&
        each.func.id === 'list' &&
        each.args[0] === node)
  );
}

export interface IHandle {
  kind: 'with' | 'variable' | 'direct';
  /** The calls of readers that take it. */
  readers: Call[];
  /** Calls of its `close`. */
  closes: Call[];
  /** Whether it is used in any other way. */
  others: boolean;
}

/** What becomes of an opened file. */
export function handleOf(node: Call, { nodes }: IScopeOfCode): IHandle {
  const handle: IHandle = {
    kind: 'direct',
    readers: [],
    closes: [],
    others: false
  };
  const direct = nodes.find(
    each =>
      each.nodeType === 'Call' &&
      csvReader(each) !== null &&
      each.args[0] === node
  );
  if (direct?.nodeType === 'Call') {
    return { ...handle, readers: [direct] };
  }
  const within = nodes.find(
    each =>
      each.nodeType === 'With' &&
      each.items.some(item => item.context_expr === node)
  );
  const item =
    within?.nodeType === 'With'
      ? within.items.find(each => each.context_expr === node)
      : null;
  const assigned = nodes.find(
    each => each.nodeType === 'Assign' && each.value === node
  );
  const target =
    item?.optional_vars ??
    (assigned?.nodeType === 'Assign' ? assigned.targets[0] : null);
  if (target?.nodeType !== 'Name') {
    return { ...handle, kind: within ? 'with' : 'direct', others: true };
  }
  const region =
    within?.nodeType === 'With'
      ? within.body.flatMap(each => [...walk(each)])
      : untilNext(node, target.id, nodes);
  return {
    kind: within ? 'with' : 'variable',
    ...usesOf(target.id, region)
  };
}

/** The nodes from an `open` to the next one into the same variable. */
function untilNext(
  node: Call,
  name: string,
  nodes: readonly ASTNodeUnion[]
): readonly ASTNodeUnion[] {
  const line = node.lineno ?? 1;
  const next = nodes.flatMap(each =>
    each.nodeType === 'Assign' &&
    each.value !== node &&
    (each.lineno ?? 1) > line &&
    each.targets.some(
      target => target.nodeType === 'Name' && target.id === name
    )
      ? [each.lineno ?? 1]
      : []
  );
  const end = Math.min(...next, Infinity);
  return nodes.filter(each => {
    const at = 'lineno' in each ? (each.lineno ?? 0) : 0;
    return at >= line && at < end;
  });
}

function usesOf(
  name: string,
  nodes: readonly ASTNodeUnion[]
): Pick<IHandle, 'readers' | 'closes' | 'others'> {
  const readers: Call[] = [];
  const closes: Call[] = [];
  let known = 0;
  let all = 0;
  for (const node of nodes) {
    if (
      node.nodeType === 'Name' &&
      node.id === name &&
      node.ctx.nodeType === 'Load'
    ) {
      all += 1;
    }
    if (node.nodeType !== 'Call') {
      continue;
    }
    const [first] = node.args;
    if (csvReader(node) && first.nodeType === 'Name' && first.id === name) {
      readers.push(node);
      known += 1;
    } else if (
      node.func.nodeType === 'Attribute' &&
      node.func.attr === 'close' &&
      node.func.value.nodeType === 'Name' &&
      node.func.value.id === name
    ) {
      closes.push(node);
      known += 1;
    }
  }
  return { readers, closes, others: all > known };
}

/**
 * Whether a file is handed in line by line, or as the rows that the csv module
 * reads: only where nothing else is done with it, and as pandas reads it, too.
 */
export function readingOf(
  { readers, others }: IHandle,
  scope: IScopeOfCode
): Pick<IReading, 'by' | 'separator'> {
  const [reader] = readers;
  if (!reader) {
    return AS_LINES;
  }
  const separator = separatorOf(reader);
  if (others || readers.length > 1 || separator === undefined) {
    return AS_LINES;
  }
  // Without a header it is not known how to name the columns of a table.
  return csvReader(reader) === 'DictReader' || hasHeader(reader, scope)
    ? { by: 'named rows', separator }
    : AS_LINES;
}

/** What separates fields; undefined where that, or more, is not as in pandas. */
function separatorOf({ args, keywords }: Call): string | null | undefined {
  if (args.length > 1) {
    return undefined;
  }
  let separator: string | null = null;
  for (const { arg, value } of keywords) {
    const text = arg === 'delimiter' ? stringOfNode(value) : null;
    if (text === null) {
      return undefined;
    }
    separator = text;
  }
  return separator;
}

/** `next(reader)`: the first row is a header. */
export function hasHeader(reader: Call, { nodes }: IScopeOfCode): boolean {
  const assigned = nodes.find(
    each => each.nodeType === 'Assign' && each.value === reader
  );
  const target = assigned?.nodeType === 'Assign' ? assigned.targets[0] : null;
  return nodes.some(
    each =>
      each.nodeType === 'Call' &&
      each.func.nodeType === 'Name' &&
      each.func.id === 'next' &&
      each.args[0]?.nodeType === 'Name' &&
      target?.nodeType === 'Name' &&
      each.args[0].id === target.id
  );
}
