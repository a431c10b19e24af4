/**
 * Calls that open a text file for reading, however they are written.
 */
import type { Call, ExprNode } from 'py-ast';

import { stringOfNode } from '../../literal';
import type { Machine } from '../../machine';
import { LiftRefusal } from '../../refusal';

/** A call that opens a file. */
export interface IOpening {
  path: ExprNode;
  encoding: ExprNode | null;
  /** Whether it gives the whole text at once. */
  whole: boolean;
  /** Whether the file is begun anew, to be written. */
  writes: boolean;
  /** How the file is packed. */
  compression: string | null;
}

/** Functions that open the file that they are given first. */
const OPENERS: Readonly<Record<string, { compression: string | null }>> = {
  open: { compression: null },
  'io.open': { compression: null },
  'codecs.open': { compression: null },
  'gzip.open': { compression: 'gzip' },
  'bz2.open': { compression: 'bz2' },
  'lzma.open': { compression: 'xz' }
};

/** Whether a call may open a file; what it is called on is not looked at. */
export function mayOpen({ func }: Call): boolean {
  return func.nodeType === 'Name'
    ? func.id === 'open'
    : func.nodeType === 'Attribute' &&
        /^(open|read_text|read_(csv|table|json|excel|parquet|sql\w*))$/.test(
          func.attr
        );
}

/**
 * What a call opens as text; null when it opens nothing.
 *
 * @throws {LiftRefusal} when it opens a file in a way that cannot be kept.
 */
export function openingOf(node: Call, machine: Machine): IOpening | null {
  const { func, args } = node;
  const called =
    func.nodeType === 'Name' && func.id === 'open'
      ? 'open'
      : (machine.path(func) ?? '');
  const keyword = (name: string): ExprNode | null =>
    node.keywords.find(({ arg }) => arg === name)?.value ?? null;
  if (Object.hasOwn(OPENERS, called) && args.length > 0) {
    const { compression } = OPENERS[called];
    const writes = isWritten(args[1] ?? keyword('mode'), compression, node);
    const encoding = called === 'codecs.open' ? (args[2] ?? null) : null;
    return {
      path: args[0],
      encoding: encoding ?? keyword('encoding'),
      whole: false,
      writes,
      compression
    };
  }
  if (func.nodeType !== 'Attribute' || machine.path(func) !== null) {
    return null;
  }
  const method = { path: func.value, compression: null };
  if (func.attr === 'read_text') {
    return {
      ...method,
      encoding: args[0] ?? keyword('encoding'),
      whole: true,
      writes: false
    };
  }
  if (func.attr === 'open') {
    const writes = isWritten(args[0] ?? keyword('mode'), null, node);
    return { ...method, encoding: keyword('encoding'), whole: false, writes };
  }
  return null;
}

/** Whether a mode is that of a text file to be written, not read. */
function isWritten(
  mode: ExprNode | null,
  compression: string | null,
  node: Call
): boolean {
  const text = mode ? stringOfNode(mode) : compression === null ? 'r' : 'rb';
  if (compression === null && (text === 'w' || text === 'wt')) {
    return true;
  }
  const reads = compression === null ? /^(r?t?|tr)$/ : /^(rt|tr|t)$/;
  if (text === null || !reads.test(text)) {
    throw LiftRefusal.at(
      node,
      text !== null && /[wax+]/.test(text)
        ? 'A file that is written in this way cannot be kept.'
        : 'A file that is not read as text cannot be kept.'
    );
  }
  return false;
}
