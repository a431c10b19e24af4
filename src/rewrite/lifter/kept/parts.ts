/**
 * Expressions by their parts, and what an expression of parts is.
 */
import type { ExprNode } from 'py-ast';

import { LiftRefusal } from '../refusal';
import type { Kind } from './kinds';

/** What an expression of these is. */
export function joinKinds(
  kinds: readonly Kind[],
  node: { lineno?: number },
  isCall = false
): Kind {
  const found = new Set(kinds);
  found.delete('constant');
  if (found.size === 0) {
    return 'constant';
  }
  if (found.has('summary') && !found.has('rows')) {
    if ([...found].every(kind => kind === 'summary' || kind === 'count')) {
      return 'summary';
    }
  }
  found.delete('summary');
  if (found.size === 1) {
    return [...found][0];
  }
  if ([...found].every(kind => kind === 'rows' || kind === 'count')) {
    return 'rows';
  }
  if (
    isCall &&
    [...found].every(kind => kind === 'rows' || kind === 'columns')
  ) {
    return 'rows';
  }
  if ([...found].every(kind => kind === 'element' || kind === 'count')) {
    return 'element';
  }
  throw LiftRefusal.at(node, 'This mixes values of different rows.');
}

export function elementOf(kind: Kind, iter: ExprNode): Kind {
  switch (kind) {
    case 'rows':
    case 'some':
    case 'count':
      return 'element';
    case 'columns':
      return 'rows';
    case 'summary':
      throw LiftRefusal.at(iter, 'This loop over a summary cannot be kept.');
    default:
      return kind;
  }
}

export function partOf(kind: Kind): Kind {
  return kind === 'columns' ? 'rows' : kind;
}

export function isWhole(node: ExprNode): boolean {
  return node.nodeType === 'Slice' && !node.lower && !node.upper && !node.step;
}

/** A number in brackets is the number of a row, a text that of a column. */
export function isPosition(node: ExprNode): boolean {
  return (
    (node.nodeType === 'Constant' && typeof node.value === 'number') ||
    node.nodeType === 'UnaryOp'
  );
}

export function isExpr(node: { nodeType: string }): node is ExprNode {
  return /^(Call|Name|Attribute|Subscript|BinOp|Compare|ListComp|GeneratorExp|SetComp|DictComp)$/.test(
    node.nodeType
  );
}

/** The expressions directly inside an expression. */
export function directParts(node: ExprNode): ExprNode[] {
  switch (node.nodeType) {
    case 'BinOp':
      return [node.left, node.right];
    case 'UnaryOp':
      return [node.operand];
    case 'BoolOp':
      return node.values;
    case 'Compare':
      return [node.left, ...node.comparators];
    case 'IfExp':
      return [node.test, node.body, node.orelse];
    case 'Call':
      return [
        ...(node.func.nodeType === 'Attribute' ? [node.func.value] : []),
        ...node.args,
        ...node.keywords.map(keyword => keyword.value)
      ];
    case 'Attribute':
    case 'Starred':
      return [node.value];
    case 'Subscript':
      return [node.value, node.slice];
    case 'Slice':
      return [node.lower, node.upper, node.step].filter(
        (part): part is ExprNode => part !== undefined && part !== null
      );
    case 'List':
    case 'Tuple':
    case 'Set':
      return node.elts;
    case 'Dict':
      return [
        ...node.keys.filter((key): key is ExprNode => Boolean(key)),
        ...node.values
      ];
    case 'JoinedStr':
      return node.values.filter(part => part.nodeType !== 'Constant');
    case 'FormattedValue':
      return [node.value];
    case 'ListComp':
    case 'SetComp':
    case 'GeneratorExp':
    case 'DictComp':
      return [node.generators[0].iter];
    default:
      return [];
  }
}

export function rootName(node: ExprNode): string | null {
  return node.nodeType === 'Name'
    ? node.id
    : node.nodeType === 'Subscript' || node.nodeType === 'Attribute'
      ? rootName(node.value)
      : null;
}
