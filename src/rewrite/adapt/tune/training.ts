/**
 * The block of a script in which its data, its model and its training come together.
 */
import type { Call, FunctionDef, StmtNode } from 'py-ast';

import { loadedNames, storedNames } from '../../lifter/celltext';
import { ownExpressions } from '../blocks';
import type { CallGraph } from './callgraph';
import { innerBlocks } from './slice';

/** Where a script trains. */
export interface ITraining {
  block: readonly StmtNode[];
  /** The function that the block is the body of. */
  function: FunctionDef | null;
  /** The statements of the block that train. */
  statements: StmtNode[];
}

/** Find the block that trains, from where the script begins; null when nothing trains. */
export function trainingOf(calls: CallGraph): ITraining | null {
  let block = calls.entry;
  let definition: FunctionDef | null = null;
  for (;;) {
    const statements = block.filter(one => calls.trains([one]));
    if (statements.length === 0) {
      return null;
    }
    const inner = innerOf(statements, block, calls);
    if (inner === null) {
      return { block, function: definition, statements };
    }
    if (inner.function === definition && inner.function !== null) {
      return { block, function: definition, statements };
    }
    block = inner.block;
    definition = inner.function ?? definition;
  }
}

/** The block inside that does it all, when this one only leads there. */
function innerOf(
  statements: readonly StmtNode[],
  block: readonly StmtNode[],
  calls: CallGraph
): { block: readonly StmtNode[]; function: FunctionDef | null } | null {
  const [statement] = statements;
  if (hasData(block, statement, calls)) {
    return null;
  }
  if (
    statement.nodeType === 'With' ||
    statement.nodeType === 'If' ||
    statement.nodeType === 'Try'
  ) {
    const inside = innerBlocks(statement).find(one => calls.trains(one));
    return inside ? { block: inside, function: null } : null;
  }
  if (statement.nodeType === 'For' || statement.nodeType === 'While') {
    return null;
  }
  for (const node of ownExpressions(statement)) {
    const called = node.nodeType === 'Call' ? functionOf(node, calls) : null;
    if (called && calls.trains(called.body)) {
      return { block: called.body, function: called };
    }
  }
  return null;
}

/** Whether what is trained on is there before a statement, or is made by it. */
function hasData(
  block: readonly StmtNode[],
  statement: StmtNode,
  calls: CallGraph
): boolean {
  if (calls.trainsItself(statement)) {
    return true;
  }
  const before = block.slice(0, block.indexOf(statement));
  const made = storedNames(before);
  return [...loadedNames(statement as never)].some(
    name => made.has(name) && (calls.partOf(name) !== null || isData(name))
  );
}

function isData(name: string): boolean {
  return /^([xy]s?|X|Y|data(set|loader)?|df|loader|dm|features|labels|targets|model|net)$/.test(
    name
  );
}

function functionOf(call: Call, calls: CallGraph): FunctionDef | null {
  const definition =
    call.func.nodeType === 'Name'
      ? calls.definitions.get(call.func.id)
      : undefined;
  return definition?.nodeType === 'FunctionDef' ? definition : null;
}
