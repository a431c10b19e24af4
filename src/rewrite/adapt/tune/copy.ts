/**
 * Copies of statements as text: some of them left out, some nodes replaced.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, ExprNode, FunctionDef, StmtNode } from 'py-ast';

import {
  type CellText,
  type IPlaced,
  storedNames
} from '../../lifter/celltext';
import { isCompound } from '../blocks';
import { isDefinition } from './callgraph';

const INDENT = '    ';

/** What a copy does not share with its original. */
export interface IChanges {
  /** Whether a statement is copied. */
  keeps(statement: StmtNode): boolean;
  /** Other names for variables. */
  renames: ReadonlyMap<string, string>;
  /** Other text for nodes. */
  replaced: ReadonlyMap<unknown, string>;
  /** Lines instead of a statement. */
  instead?: ReadonlyMap<StmtNode, readonly string[]>;
  /** Lines at the end of a loop's body. */
  atEndOf?: ReadonlyMap<StmtNode, readonly string[]>;
  /** Lines after a statement. */
  after?: ReadonlyMap<StmtNode, readonly string[]>;
}

/** Writes copies of statements. */
export class Copy {
  constructor(
    private readonly _script: CellText,
    private readonly _changes: IChanges
  ) {}

  /** Lines of a block, indented as if it were at the margin. */
  lines(block: readonly StmtNode[]): string[] {
    return block.flatMap(statement => this._statement(statement));
  }

  /** The text of an expression. */
  text(node: ExprNode): string {
    const { start, end } = this._script.range(node as IPlaced);
    return this._edited(node as ASTNodeUnion, start, end);
  }

  private _statement(statement: StmtNode): string[] {
    const after = this._changes.after?.get(statement) ?? [];
    const instead = this._changes.instead?.get(statement);
    if (instead) {
      return [...instead, ...after];
    }
    if (!this._changes.keeps(statement)) {
      return [];
    }
    if (isDefinition(statement)) {
      return this.definition(statement as FunctionDef);
    }
    if (isCompound(statement)) {
      return [...this._compound(statement), ...after];
    }
    const { start, end } = this._script.range(statement as IPlaced);
    const text = this._edited(statement as ASTNodeUnion, start, end);
    return [...this._dedented(text, statement), ...after];
  }

  /** A function or class with all its statements. */
  definition(statement: FunctionDef): string[] {
    const first = statement.decorator_list[0] ?? statement;
    const start =
      this._script.range(first as IPlaced).start -
      (statement.decorator_list.length > 0 ? 1 : 0);
    const { end } = this._script.range(statement as IPlaced);
    const text = this._edited(statement as ASTNodeUnion, start, end);
    return this._dedented(text, statement);
  }

  private _compound(statement: StmtNode): string[] {
    switch (statement.nodeType) {
      case 'For':
        return [
          `for ${this.text(statement.target)} in ${this.text(statement.iter)}:`,
          ...this._body(statement.body, statement),
          ...this._else(statement.orelse)
        ];
      case 'While':
        return [
          `while ${this.text(statement.test)}:`,
          ...this._body(statement.body, statement),
          ...this._else(statement.orelse)
        ];
      case 'If':
        return [
          `if ${this.text(statement.test)}:`,
          ...this._body(statement.body),
          ...this._else(statement.orelse)
        ];
      case 'With':
        return [
          `with ${statement.items
            .map(
              ({ context_expr: context, optional_vars: variables }) =>
                this.text(context) +
                (variables ? ` as ${this.text(variables)}` : '')
            )
            .join(', ')}:`,
          ...this._body(statement.body)
        ];
      case 'Try':
        return [
          'try:',
          ...this._body(statement.body),
          ...statement.handlers.flatMap(handler => [
            `except${handler.type ? ` ${this.text(handler.type)}` : ''}${handler.name ? ` as ${handler.name}` : ''}:`,
            ...this._body(handler.body)
          ]),
          ...this._else(statement.orelse),
          ...(this._keepsAny(statement.finalbody)
            ? ['finally:', ...this._body(statement.finalbody)]
            : [])
        ];
      default:
        throw new CannotCopy(statement);
    }
  }

  private _else(block: readonly StmtNode[]): string[] {
    return this._keepsAny(block) ? ['else:', ...this._body(block)] : [];
  }

  private _keepsAny(block: readonly StmtNode[]): boolean {
    return block.some(
      one => this._changes.keeps(one) || this._changes.instead?.has(one)
    );
  }

  private _body(block: readonly StmtNode[], loop?: StmtNode): string[] {
    const lines = this.lines(block);
    const more = loop ? (this._changes.atEndOf?.get(loop) ?? []) : [];
    const all = [...lines, ...more];
    return indented(all.length > 0 ? all : ['pass']);
  }

  /** The lines of a statement without the indentation of its block. */
  private _dedented(text: string, statement: StmtNode): string[] {
    const line = this._script.lines[(statement.lineno ?? 1) - 1] ?? '';
    const indent = /^\s*/.exec(line)?.[0] ?? '';
    return text
      .split('\n')
      .map(one => (one.startsWith(indent) ? one.slice(indent.length) : one));
  }

  private _edited(root: ASTNodeUnion, start: number, end: number): string {
    const edits: { start: number; end: number; text: string }[] = [];
    this._collect(root, new Set(), edits);
    edits.sort((one, other) => other.start - one.start);
    const source = this._script.text.slice(start, end);
    if (edits.length > 0 || isDefinition(root)) {
      this._refuseLongStrings(root);
    }
    return edits.reduce(
      (text, edit) =>
        text.slice(0, edit.start - start) +
        edit.text +
        text.slice(edit.end - start),
      source
    );
  }

  /** Collect what is different in a copy; names of a function's own stay. */
  private _collect(
    node: ASTNodeUnion,
    own: ReadonlySet<string>,
    edits: { start: number; end: number; text: string }[]
  ): void {
    const instead = this._changes.instead?.get(node as StmtNode);
    const renamed =
      node.nodeType === 'Name' && !own.has(node.id)
        ? this._changes.renames.get(node.id)
        : undefined;
    const text =
      instead?.join('\n') ?? this._changes.replaced.get(node) ?? renamed;
    if (text !== undefined) {
      const range = this._script.range(node as IPlaced);
      const source = this._script.text.slice(range.start, range.end);
      if (node.nodeType === 'Name' && source !== node.id) {
        throw new CannotCopy(node);
      }
      edits.push({ ...range, text });
      return;
    }
    const inner =
      node.nodeType === 'FunctionDef'
        ? new Set([...own, ...ownNames(node)])
        : own;
    for (const child of childrenOf(node)) {
      this._collect(child, inner, edits);
    }
  }

  /** Strings over several lines would change with the indentation. */
  private _refuseLongStrings(root: ASTNodeUnion): void {
    for (const node of walk(root)) {
      if (node.nodeType === 'Expr') {
        continue;
      }
      for (const child of childrenOf(node)) {
        const isText =
          child.nodeType === 'Constant' && typeof child.value === 'string';
        if (
          isText &&
          (child.lineno ?? 0) !== (child.end_lineno ?? 0) &&
          String(child.value).includes('\n')
        ) {
          throw new CannotCopy(child);
        }
      }
    }
  }
}

/** The names that a function has for itself. */
export function ownNames(definition: FunctionDef): Set<string> {
  const { posonlyargs, args, kwonlyargs, vararg, kwarg } = definition.args;
  const shared = definition.body.flatMap(one =>
    one.nodeType === 'Global' || one.nodeType === 'Nonlocal' ? one.names : []
  );
  const own = new Set([
    ...[...posonlyargs, ...args, ...kwonlyargs].map(({ arg }) => arg),
    ...(vararg ? [vararg.arg] : []),
    ...(kwarg ? [kwarg.arg] : []),
    ...storedNames(definition.body)
  ]);
  shared.forEach(name => own.delete(name));
  return own;
}

/** The names that a function or class reads and does not have for itself. */
export function freeNames(root: ASTNodeUnion): Set<string> {
  const names = new Set<string>();
  const visit = (node: ASTNodeUnion, own: ReadonlySet<string>) => {
    if (node.nodeType === 'Name' && !own.has(node.id)) {
      names.add(node.id);
    }
    const inner =
      node.nodeType === 'FunctionDef'
        ? new Set([...own, ...ownNames(node)])
        : own;
    childrenOf(node).forEach(child => visit(child, inner));
  };
  visit(root, new Set());
  return names;
}

function childrenOf(node: ASTNodeUnion): ASTNodeUnion[] {
  return Object.values(node).flatMap(value =>
    (Array.isArray(value) ? value : [value]).filter(
      (one): one is ASTNodeUnion =>
        one !== null && typeof one === 'object' && 'nodeType' in one
    )
  );
}

/** A statement of a kind that cannot be copied. */
export class CannotCopy extends Error {
  constructor(node: { nodeType: string; lineno?: number }) {
    super(`Line ${node.lineno ?? '?'} cannot be repeated in an objective.`);
  }
}

/** Lines one level deeper. */
export function indented(lines: readonly string[]): string[] {
  return lines.map(line => (line === '' ? '' : INDENT + line));
}
