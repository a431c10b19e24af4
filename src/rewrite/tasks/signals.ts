/**
 * What a messy cell seems to do, told from its syntax alone: enough to suggest a
 * task, never to forbid one.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, Module } from 'py-ast';

import type { ICodeCell, Role } from '../interfaces';
import { parseCell } from '../syntax';

/** How strongly a cell looks like each role. */
export type Signals = Readonly<Record<Role, number>>;

const LABEL_NAME = /^(y|y_\w+|labels?|targets?)$/;
const FEATURE_NAME = /^(X|X_\w+|x_\w+|features?|feats)$/;
const MODEL_NAME = /^(model|clf|classifier|regressor|estimator|net|lr)$/;
const READERS = new Set(['open', 'reader', 'DictReader']);
const FEATURE_CALLS = new Set([
  'hstack',
  'column_stack',
  'concatenate',
  'zeros',
  'fit_transform',
  'get_dummies',
  'ColumnTransformer'
]);
const TRAINING_CALLS = new Set(['fit', 'partial_fit', 'backward']);

/** The signals of a cell; null when it only imports, defines or does not parse. */
export function signalsOf(source: string): Signals | null {
  const parsed = parseCell(source);
  if (!parsed.ok || !doesSomething(parsed.module)) {
    return null;
  }
  const signals: Record<Role, number> = {
    prepare: 0,
    encode: 0,
    label: 0,
    train: 0
  };
  for (const statement of parsed.module.body) {
    for (const node of walk(statement)) {
      weigh(node, signals);
    }
  }
  return signals;
}

/** The role that a cell most probably plays, or null when it plays none. */
export function likelyRole(
  cells: readonly ICodeCell[],
  cellId: string
): Role | null {
  const cell = cells.find(other => other.id === cellId);
  if (cell?.role) {
    return cell.role;
  }
  const signals = cell ? signalsOf(cell.source) : null;
  if (!signals || Object.values(signals).every(weight => weight === 0)) {
    return null;
  }
  // The later stage wins a tie: a training cell may also cut the features.
  const order: readonly Role[] = ['train', 'label', 'encode', 'prepare'];
  return order.reduce((a, b) => (signals[b] > signals[a] ? b : a));
}

const PASSIVE: ReadonlySet<string> = new Set([
  'Import',
  'ImportFrom',
  'FunctionDef',
  'ClassDef',
  'Pass'
]);

function doesSomething(module: Module): boolean {
  return module.body.some(statement => {
    if (PASSIVE.has(statement.nodeType)) {
      return false;
    }
    // Naming a constant is a definition; computing a value is work.
    if (statement.nodeType === 'Assign') {
      return computes(statement.value);
    }
    return !(
      statement.nodeType === 'Expr' && statement.value.nodeType === 'Constant'
    );
  });
}

function computes(value: ASTNodeUnion): boolean {
  for (const node of walk(value)) {
    if (
      node.nodeType === 'Call' ||
      node.nodeType === 'Subscript' ||
      node.nodeType === 'ListComp'
    ) {
      return true;
    }
  }
  return false;
}

function weigh(node: ASTNodeUnion, signals: Record<Role, number>): void {
  if (node.nodeType === 'Call') {
    const name = calledName(node.func);
    if (READERS.has(name) || name.startsWith('read_')) {
      signals.prepare += 2;
    }
    if (FEATURE_CALLS.has(name)) {
      signals.encode += 2;
    }
    if (TRAINING_CALLS.has(name)) {
      signals.train += 4;
    }
    if (name === 'write' || name === 'merge' || name === 'writerow') {
      signals.prepare += 2;
    }
  } else if (node.nodeType === 'Name' && node.ctx?.nodeType === 'Store') {
    if (LABEL_NAME.test(node.id)) {
      signals.label += 3;
    } else if (FEATURE_NAME.test(node.id)) {
      signals.encode += 3;
    } else if (MODEL_NAME.test(node.id)) {
      signals.train += 3;
    }
  }
}

function calledName(func: ASTNodeUnion): string {
  if (func.nodeType === 'Attribute') {
    return func.attr;
  }
  return func.nodeType === 'Name' ? func.id : '';
}
