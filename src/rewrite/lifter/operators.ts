/**
 * Operators and statements by the names of the syntax tree.
 */
import type { ExprNode, StmtNode } from 'py-ast';

import type { Operation } from './idiom';

/** Python's operators. */
export const OPERATORS: Readonly<Record<string, string>> = {
  Add: '+',
  Sub: '-',
  Mult: '*',
  MatMult: '@',
  Div: '/',
  Mod: '%',
  Pow: '**',
  LShift: '<<',
  RShift: '>>',
  BitOr: '|',
  BitXor: '^',
  BitAnd: '&',
  FloorDiv: '//',
  Invert: '~',
  Not: 'not',
  UAdd: '+',
  USub: '-',
  Eq: '==',
  NotEq: '!=',
  Lt: '<',
  LtE: '<=',
  Gt: '>',
  GtE: '>=',
  Is: 'is',
  IsNot: 'is not',
  In: 'in',
  NotIn: 'not in'
};

/** What an operator works on, in order. */
export function operandsOf(node: Operation): ExprNode[] {
  switch (node.nodeType) {
    case 'BinOp':
      return [node.left, node.right];
    case 'UnaryOp':
      return [node.operand];
    case 'Compare':
      return [node.left, ...node.comparators];
  }
}

/** The operator; of a comparison, the first. */
export function operatorOf(node: Operation): string {
  const kind = node.nodeType === 'Compare' ? node.ops[0] : node.op;
  return OPERATORS[kind.nodeType];
}

/** What a statement is called in a message. */
export function plainName(node: StmtNode): string {
  const names: Record<string, string> = {
    While: '`while`',
    Try: '`try`',
    ClassDef: '`class`',
    Global: '`global`',
    Raise: '`raise`',
    Break: '`break`',
    Match: '`match`',
    Delete: '`del`',
    For: 'this `for`'
  };
  return names[node.nodeType] ?? node.nodeType;
}
