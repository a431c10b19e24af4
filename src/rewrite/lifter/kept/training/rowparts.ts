/**
 * Variables that hold rows of the features or of the labels, and expressions that
 * choose some of them.
 */
import type { ExprNode, StmtNode } from 'py-ast';

import type { CellText } from '../../celltext';
import { isWhole } from '../parts';

/** Rows of the features, of something computed of them row by row, or of the labels. */
export interface IRowPart {
  of: 'features' | 'labels';
  /** The variable that holds all rows. */
  base: string;
}

/** Follows which variables hold rows. */
export class RowParts {
  constructor(
    readonly features: string,
    readonly labels: string,
    private readonly _path: (node: ExprNode) => string | null
  ) {
    this._names.set(features, { of: 'features', base: features });
    this._names.set(labels, { of: 'labels', base: labels });
  }

  /** The rows that an expression is; null when it is something else. */
  of(node: ExprNode): IRowPart | null {
    switch (node.nodeType) {
      case 'Name':
        return this._names.get(node.id) ?? null;
      case 'Attribute':
        return node.attr === 'values' ? this.of(node.value) : null;
      case 'Subscript': {
        const { value, slice } = node;
        const base =
          value.nodeType === 'Attribute' && /^i?loc$/.test(value.attr)
            ? value.value
            : value;
        const part = this.of(base);
        return part && isRowIndex(slice) && !this._isSingle(slice)
          ? part
          : null;
      }
      case 'Call':
        return node.func.nodeType === 'Attribute' &&
          /^(copy|to_numpy)$/.test(node.func.attr)
          ? this.of(node.func.value)
          : null;
      default:
        return null;
    }
  }

  /** Learn from an assignment; whether it only chooses rows. */
  note(statement: StmtNode): boolean {
    if (statement.nodeType !== 'Assign' || statement.targets.length !== 1) {
      return false;
    }
    const [target] = statement.targets;
    if (target.nodeType === 'Name') {
      return this._bind(target, this.of(statement.value));
    }
    if (target.nodeType !== 'Tuple') {
      return false;
    }
    const parts = this._parts(statement.value);
    const known = target.elts.map((each, at) =>
      this._bind(each, parts[at] ?? null)
    );
    return known.every(Boolean);
  }

  /** The rows of which an expression is a single one, by the variable of a loop. */
  rowOf(node: ExprNode): IRowPart | null {
    if (node.nodeType === 'Name') {
      return this._single.get(node.id) ?? null;
    }
    return node.nodeType === 'Subscript' && this._isSingle(node.slice)
      ? this.of(node.value)
      : null;
  }

  /** Inside a loop: its variables are single rows, or numbers of rows. */
  enter({ target, iter }: Extract<StmtNode, { nodeType: 'For' }>): void {
    const call = iter.nodeType === 'Call' ? this._path(iter.func) : null;
    const over =
      iter.nodeType === 'Call' && call === 'zip' ? iter.args : [iter];
    const inner =
      iter.nodeType === 'Call' && call === 'enumerate' ? iter.args[0] : null;
    const targets =
      target.nodeType === 'Tuple' && (call === 'zip' || inner)
        ? target.elts
        : [target];
    targets.forEach((each, at) => {
      if (each.nodeType !== 'Name') {
        return;
      }
      const source = inner ? (at === 1 ? inner : null) : over[at];
      const part = source ? this.of(source) : null;
      if (part) {
        this._single.set(each.id, part);
      } else {
        this._numbers.add(each.id);
      }
    });
  }

  /** A variable that is computed of the features row by row. */
  derive(name: string): void {
    this._names.set(name, { of: 'features', base: name });
  }

  private _bind(target: ExprNode, part: IRowPart | null): boolean {
    if (target.nodeType !== 'Name') {
      return false;
    }
    if (part) {
      this._names.set(target.id, part);
    } else {
      this._names.delete(target.id);
    }
    return part !== null;
  }

  private _parts(value: ExprNode): (IRowPart | null)[] {
    if (value.nodeType === 'Tuple') {
      return value.elts.map(each => this.of(each));
    }
    if (
      value.nodeType === 'Call' &&
      this._path(value.func) === 'sklearn.model_selection.train_test_split'
    ) {
      return value.args.flatMap(each => [this.of(each), this.of(each)]);
    }
    return [];
  }

  private _isSingle(index: ExprNode): boolean {
    return index.nodeType === 'Name' && this._numbers.has(index.id);
  }

  private readonly _single = new Map<string, IRowPart>();
  private readonly _numbers = new Set<string>();
  private readonly _names = new Map<string, IRowPart>();
}

/** `[rows]` and `[rows, :]`, not a column and not a single row. */
function isRowIndex(slice: ExprNode): boolean {
  if (slice.nodeType === 'Tuple') {
    const [rows, ...others] = slice.elts;
    return others.every(isWhole) && isRowIndex(rows);
  }
  return slice.nodeType !== 'Constant' && slice.nodeType !== 'List';
}

/** A piece of the source with other text in its place. */
export interface IReplacement {
  node: ExprNode;
  text: string;
}

/** The source of a node with replacements inside it. */
export function sourceWith(
  text: CellText,
  node: ExprNode | StmtNode,
  replacements: readonly IReplacement[]
): string {
  const { start, end } = text.range(node);
  const inside = replacements
    .map(each => ({ ...text.range(each.node), text: each.text }))
    .filter(each => each.start >= start && each.end <= end)
    .sort((a, b) => b.start - a.start);
  let source = text.text.slice(start, end);
  let limit = end;
  for (const each of inside) {
    if (each.end <= limit) {
      source =
        source.slice(0, each.start - start) +
        each.text +
        source.slice(each.end - start);
      limit = each.start;
    }
  }
  return source;
}
