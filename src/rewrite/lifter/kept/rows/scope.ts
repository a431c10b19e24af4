/**
 * Kept code as it is looked through: stretches with their own variables, and how
 * files are read in them.
 */
import type { ASTNodeUnion, ClassDef, ExprNode, FunctionDef } from 'py-ast';
import { walk } from 'py-ast';

import type { CellText } from '../../celltext';
import type { IFileNames } from '../../plan';

/** How a file is read. */
export interface IReading {
  by: 'lines' | 'named rows';
  /** What separates fields; null for a comma. */
  separator: string | null;
  /** Source of the encoding, when one is given. */
  encoding: string | null;
  /** How the file is packed, where its name does not say so. */
  compression?: string;
}

export const AS_LINES = { by: 'lines', separator: null } as const;

/** Text that takes the place of a node; `of` names the table of a file. */
export interface IEdit {
  start: number;
  end: number;
  text(names: IFileNames): string;
}

/** A stretch of code with its own variables: a function, or the cells. */
export interface IScopeOfCode {
  nodes: readonly ASTNodeUnion[];
  text: CellText;
  definition: FunctionDef | null;
  /** The class that a method is of. */
  owner: ClassDef | null;
}

/** What a name of the notebook can be defined as. */
export type Definition = FunctionDef | ClassDef;

/** A function alone, or the methods of a class. */
export function functionsIn(definition: Definition): FunctionDef[] {
  return definition.nodeType === 'FunctionDef'
    ? [definition]
    : definition.body.filter(each => each.nodeType === 'FunctionDef');
}

/** The scopes of a function or class. */
export function scopesOf({
  definition,
  text
}: {
  definition: Definition;
  text: CellText;
}): IScopeOfCode[] {
  return functionsIn(definition).map(each => ({
    nodes: [...walk(each)],
    text,
    definition: each,
    owner: definition.nodeType === 'ClassDef' ? definition : null
  }));
}

/** The function that a call of a name runs. */
export function runBy(definition: Definition | null): FunctionDef | null {
  return definition?.nodeType === 'ClassDef'
    ? (functionsIn(definition).find(({ name }) => name === '__init__') ?? null)
    : definition;
}

/** What a call hands in for a parameter; null when its default is meant. */
export function argumentAt(
  {
    args,
    keywords
  }: { args: ExprNode[]; keywords: { arg?: string; value: ExprNode }[] },
  name: string,
  called: FunctionDef
): ExprNode | null {
  const offset = called.name === '__init__' ? 1 : 0;
  const at = called.args.args.findIndex(({ arg }) => arg === name) - offset;
  return args[at] ?? keywords.find(({ arg }) => arg === name)?.value ?? null;
}
