/**
 * File paths as the original writes them.
 */
import type { ExprNode } from 'py-ast';

import { loadedNames } from './celltext';
import { quote } from './expression';
import type { Expr } from './expression';
import { foldString } from './literal';
import type { Machine } from './machine';
import type { IPath } from './plan';
import { PythonPrinter } from './printer/python';
import { LiftRefusal } from './refusal';
import { isOverRows } from './row';
import { qualifiedName } from './typing';

/** The path that an expression names. */
export function pathOf(node: ExprNode | undefined, machine: Machine): IPath {
  if (!node) {
    throw new LiftRefusal(1, '`open` is called without a path.');
  }
  const expr = machine.expr(node);
  if (isOverRows(expr)) {
    throw LiftRefusal.at(node, 'The file that is opened depends on a row.');
  }
  // Inside a function the path is a parameter; its value is what is meant.
  const value = fold(expr);
  const isTurn = [...loadedNames(node)].some(name => {
    const held = machine.env.get(name);
    return held?.kind === 'scalar' && held.expr.kind === 'literal';
  });
  if (isTurn && value !== null) {
    // In a loop that is written out, each turn has a path of its own.
    return { text: quote(value), value };
  }
  const text = machine.inlined ? printed(expr) : machine.source(node);
  return { text, value };
}

function printed(expr: Expr): string {
  const unknown = () => {
    throw new LiftRefusal(
      1,
      'The path of this file cannot be written down outside its function.'
    );
  };
  return new PythonPrinter(
    { column: unknown, binding: () => null },
    { block: unknown, define: unknown, import: unknown }
  ).source(expr);
}

function fold(expr: Expr): string | null {
  const whole = foldString(expr);
  if (whole !== null) {
    return whole;
  }
  if (expr.kind === 'call' || expr.kind === 'method') {
    const name = calleeName(expr);
    const parts = expr.args.map(arg => fold(arg.value));
    if (parts.includes(null)) {
      return null;
    }
    if (name === 'os.path.join') {
      return parts.join('/');
    }
    if (name === 'pathlib.Path') {
      return parts.join('/');
    }
  }
  if (expr.kind === 'binary' && expr.operator === '/') {
    const [left, right] = [fold(expr.left), fold(expr.right)];
    return left === null || right === null ? null : `${left}/${right}`;
  }
  return null;
}

function calleeName(
  expr: Extract<Expr, { kind: 'call' | 'method' }>
): string | null {
  if (expr.kind === 'call') {
    return qualifiedName(expr.callee);
  }
  const object = qualifiedName(expr.object);
  return object === null ? null : `${object}.${expr.name}`;
}

/** Whether two paths are the same file, as far as can be told. */
export function sameFile(a: IPath, b: IPath): boolean {
  return a.value !== null && b.value !== null
    ? normal(a.value) === normal(b.value)
    : a.text === b.text;
}

function normal(path: string): string {
  return path.replace(/\/+/g, '/').replace(/^(\.\/)+/, '');
}

/** A Python name for what a file holds. */
export function stemOf(path: IPath): string {
  const value = path.value ?? path.text;
  const stem = value
    .replace(/^.*[/\\]/, '')
    .replace(/\.\w+$/, '')
    .replace(/\W+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
  return /^[a-z]/.test(stem) ? stem : `source_${stem}`.replace(/_$/, '');
}
