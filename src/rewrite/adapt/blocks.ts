/**
 * Where the statements of a script are: their blocks, loops and functions.
 */
import { walk } from 'py-ast';
import type {
  ASTNodeUnion,
  ClassDef,
  FunctionDef,
  Module,
  StmtNode
} from 'py-ast';

import type { CellText } from '../lifter/celltext';
import type { ImportedNames } from './names';

/** A script, read. */
export interface IScript {
  readonly text: CellText;
  readonly names: ImportedNames;
  readonly places: readonly IPlace[];
}

/** A loop. */
export type Loop = Extract<StmtNode, { nodeType: 'For' | 'While' }>;

/** A statement and what is around it. */
export interface IPlace {
  statement: StmtNode;
  /** The block the statement is in. */
  block: readonly StmtNode[];
  /** The loops around it within its function, the innermost last. */
  loops: readonly Loop[];
  /** The innermost function around it. */
  function: FunctionDef | null;
  /** The innermost class around it. */
  class: ClassDef | null;
  /** The `with` statements around it within its function, the innermost last. */
  withs: readonly StmtNode[];
  /** Whether it is under `if __name__ == "__main__"`. */
  inMain: boolean;
}

type Around = Omit<IPlace, 'statement' | 'block'>;

/** All statements of a module, in order, each with what is around it. */
export function placesOf(module: Module): IPlace[] {
  const places: IPlace[] = [];
  visit(module.body, OUTERMOST, places);
  return places;
}

const OUTERMOST: Around = {
  loops: [],
  function: null,
  class: null,
  withs: [],
  inMain: false
};

function visit(
  block: readonly StmtNode[],
  around: Around,
  places: IPlace[]
): void {
  for (const statement of block) {
    places.push({ statement, block, ...around });
    for (const [inner, change] of innerBlocks(statement, around)) {
      visit(inner, { ...around, ...change }, places);
    }
  }
}

/** The blocks of a compound statement, with what is different in them. */
function innerBlocks(
  statement: StmtNode,
  around: Around
): [readonly StmtNode[], Partial<Around>][] {
  switch (statement.nodeType) {
    case 'FunctionDef':
      return [[statement.body, { function: statement, loops: [], withs: [] }]];
    case 'AsyncFunctionDef':
      return [[statement.body, { loops: [] }]];
    case 'ClassDef':
      return [[statement.body, { class: statement, loops: [] }]];
    case 'For':
    case 'While':
      return [
        [statement.body, { loops: [...around.loops, statement] }],
        [statement.orelse, {}]
      ];
    case 'If':
      return [
        [statement.body, { inMain: around.inMain || isMainGuard(statement) }],
        [statement.orelse, {}]
      ];
    case 'With':
    case 'AsyncWith':
      return [[statement.body, { withs: [...around.withs, statement] }]];
    case 'Try':
      return [
        [statement.body, {}],
        ...statement.handlers.map(
          handler => [handler.body, {}] as [StmtNode[], Partial<Around>]
        ),
        [statement.orelse, {}],
        [statement.finalbody, {}]
      ];
    default:
      return [];
  }
}

/** Whether a statement is `if __name__ == "__main__":`. */
function isMainGuard(statement: StmtNode): boolean {
  if (statement.nodeType !== 'If') {
    return false;
  }
  const { test } = statement;
  if (test.nodeType !== 'Compare' || test.comparators.length !== 1) {
    return false;
  }
  const sides = [test.left, test.comparators[0]];
  return (
    sides.some(side => side.nodeType === 'Name' && side.id === '__name__') &&
    sides.some(
      side => side.nodeType === 'Constant' && side.value === '__main__'
    )
  );
}

/** The block under `if __name__ == "__main__"`, if there is one. */
export function mainBlock(
  body: readonly StmtNode[]
): readonly StmtNode[] | null {
  const guard = body.find(isMainGuard);
  return guard?.nodeType === 'If' ? guard.body : null;
}

/** The names that an assignment assigns. */
export function targetNames(statement: StmtNode): string[] {
  return statement.nodeType === 'Assign'
    ? statement.targets.flatMap(target =>
        target.nodeType === 'Name' ? [target.id] : []
      )
    : [];
}

/** The expressions of a statement itself, not those of the blocks inside it. */
export function* ownExpressions(statement: StmtNode): Generator<ASTNodeUnion> {
  for (const [key, value] of Object.entries(statement)) {
    if (BLOCKS.has(key)) {
      continue;
    }
    for (const part of Array.isArray(value) ? value : [value]) {
      if (part !== null && typeof part === 'object' && 'nodeType' in part) {
        yield* walk(part as ASTNodeUnion);
      }
    }
  }
}

const BLOCKS: ReadonlySet<string> = new Set([
  'body',
  'orelse',
  'finalbody',
  'handlers'
]);

/** Whether a statement has blocks of its own. */
export function isCompound(statement: StmtNode): boolean {
  return 'body' in statement;
}
