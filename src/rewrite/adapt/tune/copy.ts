/**
 * Copies of statements as text: some of them left out, some nodes replaced.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, ExprNode, FunctionDef, StmtNode } from 'py-ast';

import type { CellText, IPlaced } from '../../lifter/celltext';
import { isCompound } from '../blocks';
import { isDefinition } from './program';

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
  /** Lines before a statement. */
  before?: ReadonlyMap<StmtNode, readonly string[]>;
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
    const before = this._changes.before?.get(statement) ?? [];
    const instead = this._changes.instead?.get(statement);
    if (instead) {
      return [...before, ...instead];
    }
    if (!this._changes.keeps(statement)) {
      return [];
    }
    if (isDefinition(statement)) {
      return this.definition(statement as FunctionDef);
    }
    if (isCompound(statement)) {
      return [...before, ...this._compound(statement)];
    }
    const { start, end } = this._script.range(statement as IPlaced);
    const text = this._edited(statement as ASTNodeUnion, start, end);
    return [...before, ...this._dedented(text, statement)];
  }

  /** A function or class with all its statements. */
  definition(statement: FunctionDef): string[] {
    const first = statement.decorator_list[0] ?? statement;
    const start =
      this._script.range(first as IPlaced).start -
      (first === statement ? 0 : 1);
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
    const inside = new Set<unknown>();
    for (const node of walk(root)) {
      if (inside.has(node)) {
        continue;
      }
      const instead = this._changes.instead?.get(node as StmtNode);
      const text =
        instead?.join('\n') ??
        this._changes.replaced.get(node) ??
        (node.nodeType === 'Name'
          ? this._changes.renames.get(node.id)
          : undefined);
      if (text === undefined) {
        continue;
      }
      const range = this._script.range(node as IPlaced);
      if (
        node.nodeType === 'Name' &&
        this._script.text.slice(range.start, range.end) !== node.id
      ) {
        throw new CannotCopy(node);
      }
      for (const part of walk(node)) {
        inside.add(part);
      }
      edits.push({ ...range, text });
    }
    edits.sort((one, other) => other.start - one.start);
    return edits.reduce(
      (source, edit) =>
        source.slice(0, edit.start - start) +
        edit.text +
        source.slice(edit.end - start),
      this._script.text.slice(start, end)
    );
  }
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
