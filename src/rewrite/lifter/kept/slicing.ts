/**
 * The statements of a notebook that a variable depends on, from the training table
 * on.
 */
import { walk } from 'py-ast';
import type { ExprNode, StmtNode } from 'py-ast';

import { loadedNames, storedNames } from '../celltext';
import type { CellText } from '../celltext';
import { addRootName } from '../purity';
import type { ICellRun } from '../run';

/** A top-level statement of a notebook. */
export interface IStep {
  statement: StmtNode;
  cell: ICellRun;
  text: CellText;
}

/** All statements of cells, in order. */
export function stepsOf(cells: readonly ICellRun[]): IStep[] {
  return cells.flatMap(cell => {
    const { text } = cell;
    return text
      ? text.module.body.map(statement => ({ statement, cell, text }))
      : [];
  });
}

/** The names whose values a statement changes. */
export function writtenNames({ statement }: IStep): Set<string> {
  return new Set([...storedNames([statement]), ...mutatedNames(statement)]);
}

/** The names of what a statement changes in place. */
export function mutatedNames(statement: StmtNode): Set<string> {
  const names = new Set<string>();
  const add = (node: ExprNode): void => addRootName(node, names);
  for (const node of walk(statement)) {
    if (
      (node.nodeType === 'Subscript' || node.nodeType === 'Attribute') &&
      node.ctx.nodeType !== 'Load'
    ) {
      add(node.value);
    } else if (node.nodeType === 'AugAssign') {
      add(node.target);
    } else if (node.nodeType === 'Call' && node.func.nodeType === 'Attribute') {
      const inplace = node.keywords.some(({ arg }) => arg === 'inplace');
      if (inplace || CHANGING.test(node.func.attr)) {
        add(node.func.value);
      }
      if (node.func.attr === 'shuffle') {
        node.args.forEach(add);
      }
    }
  }
  return names;
}

/** Methods that change what they are called on. */
const CHANGING =
  /^(append|extend|insert|add|update|pop|popitem|remove|discard|clear|setdefault|sort|reverse|fit|partial_fit|fill|resize)$/;

/** What a slice is taken from. */
export interface ISliceOptions {
  /** Names that are there: they are not looked into. */
  given: ReadonlySet<string>;
  /** Names that stay names of the notebook: imports, functions, constants. */
  isKept(name: string): boolean;
}

/**
 * The statements that give the names their values, in order.
 *
 * @param steps - what ran since the given names got theirs.
 */
export function sliceOf(
  steps: readonly IStep[],
  wanted: readonly string[],
  { given, isKept }: ISliceOptions
): { steps: IStep[]; missing: string[] } {
  const needed = new Set(wanted.filter(name => !isKept(name)));
  const chosen: IStep[] = [];
  const views = viewsIn(steps);
  for (const step of [...steps].reverse()) {
    const written = [...writtenNames(step)].flatMap(name => [
      name,
      ...(views.get(name) ?? [])
    ]);
    if (!written.some(name => needed.has(name)) || isDefinition(step)) {
      continue;
    }
    chosen.unshift(step);
    const { statement } = step;
    if (statement.nodeType === 'Assign') {
      for (const target of statement.targets) {
        if (target.nodeType === 'Name') {
          needed.delete(target.id);
        } else if (target.nodeType === 'Tuple') {
          target.elts.forEach(
            each => each.nodeType === 'Name' && needed.delete(each.id)
          );
        }
      }
    }
    const inner = boundNames(statement);
    for (const name of loadedNames(statement)) {
      if (!isKept(name) && !inner.has(name)) {
        needed.add(name);
      }
    }
  }
  const made = new Set(
    chosen.flatMap(step => [...storedNames([step.statement])])
  );
  return {
    steps: chosen,
    missing: [...needed].filter(name => !given.has(name) && !made.has(name))
  };
}

/** Variables that may show a part of another one: changing them changes it. */
function viewsIn(steps: readonly IStep[]): Map<string, string[]> {
  const views = new Map<string, string[]>();
  for (const { statement } of steps) {
    for (const node of walk(statement)) {
      if (node.nodeType !== 'Assign' || node.targets.length !== 1) {
        continue;
      }
      const [target] = node.targets;
      const root = rootOf(node.value);
      if (target.nodeType === 'Name' && root !== null && root !== target.id) {
        views.set(target.id, [
          ...(views.get(target.id) ?? []),
          root,
          ...(views.get(root) ?? [])
        ]);
      }
    }
  }
  return views;
}

function rootOf(node: ExprNode): string | null {
  return node.nodeType === 'Name'
    ? node.id
    : node.nodeType === 'Subscript' || node.nodeType === 'Attribute'
      ? rootOf(node.value)
      : null;
}

function isDefinition({ statement }: IStep): boolean {
  return ['Import', 'ImportFrom', 'FunctionDef', 'ClassDef'].includes(
    statement.nodeType
  );
}

/** Names that comprehensions and lambdas inside a statement bind themselves. */
export function boundNames(statement: StmtNode): Set<string> {
  const names = new Set<string>();
  for (const node of walk(statement)) {
    if (node.nodeType === 'Arg') {
      names.add(node.arg);
    } else if (
      node.nodeType === 'ListComp' ||
      node.nodeType === 'SetComp' ||
      node.nodeType === 'GeneratorExp' ||
      node.nodeType === 'DictComp'
    ) {
      for (const { target } of node.generators) {
        for (const part of walk(target)) {
          if (part.nodeType === 'Name') {
            names.add(part.id);
          }
        }
      }
    }
  }
  return names;
}

/** Whether a step runs no earlier than another. */
export function isAfter(step: IStep, other: IStep): boolean {
  return (
    step.cell.index > other.cell.index ||
    (step.cell.index === other.cell.index &&
      (step.statement.lineno ?? 1) >= (other.statement.lineno ?? 1))
  );
}
