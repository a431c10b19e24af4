/**
 * Whether a function may be called once a row, in any order: it must not change
 * anything outside itself, and must give the same answer every time.
 */
import type { ExprNode, FunctionDef, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import type { IPlaced } from './celltext';
import { loadedNames, storedNames } from './celltext';
import type { Expr } from './expression';
import type { Machine } from './machine';
import { LiftRefusal } from './refusal';
import { PURE_BUILTINS, qualifiedName } from './typing';

/** Methods that change the collection or file that they are called on. */
export const MUTATORS: ReadonlySet<string> = new Set([
  'append',
  'extend',
  'insert',
  'add',
  'update',
  'pop',
  'popitem',
  'remove',
  'discard',
  'clear',
  'setdefault',
  'write',
  'writelines',
  'writerow',
  'writerows',
  'sort',
  'reverse'
]);

const RANDOM =
  /^(random|numpy\.random|secrets|uuid|time\.time|time\.monotonic|datetime\.(datetime|date)\.(now|today|utcnow))\b/;

/** @throws {LiftRefusal} when a function must not be called in another order. */
export function checkPure(callee: Expr, node: IPlaced, machine: Machine): void {
  const path = qualifiedName(callee);
  if (path !== null && RANDOM.test(path)) {
    throw LiftRefusal.at(
      node,
      `\`${path}\` gives another answer at every call.`
    );
  }
  if (callee.kind !== 'name') {
    return;
  }
  const { of } = callee;
  if (of.origin === 'builtin' && !PURE_BUILTINS.has(of.name)) {
    throw LiftRefusal.at(
      node,
      `\`${of.name}()\` cannot be called in a lifted expression.`
    );
  }
  if (of.class) {
    throw LiftRefusal.at(
      node,
      `\`${of.name}()\` makes an object, which is no value of a column.`
    );
  }
  if (!of.definition) {
    return;
  }
  const effect = effectOf(of.definition);
  if (effect) {
    throw LiftRefusal.at(
      node,
      `\`${of.name}\` ${effect.what} (its line ${effect.line}), so its calls cannot be moved.`
    );
  }
  checkGlobals(of.definition, node, machine, new Set());
}

/** A helper may read constants and other helpers, not variables that change. */
function checkGlobals(
  definition: FunctionDef,
  node: IPlaced,
  machine: Machine,
  seen: Set<FunctionDef>
): void {
  if (seen.has(definition)) {
    return;
  }
  seen.add(definition);
  const local = localNames(definition);
  for (const name of loadedNames(definition)) {
    const value = local.has(name) ? undefined : machine.env.get(name);
    if (value === undefined) {
      continue;
    }
    const of =
      value.kind === 'scalar' && value.expr.kind === 'name'
        ? value.expr.of
        : null;
    if (!of) {
      throw LiftRefusal.at(
        node,
        `\`${definition.name}\` reads \`${name}\`, which is not a constant.`
      );
    }
    if (of.definition) {
      checkGlobals(of.definition, node, machine, seen);
    }
  }
}

/** The names that are a function's own. */
function localNames(definition: FunctionDef): Set<string> {
  const names = storedNames(definition.body);
  for (const node of walk(definition)) {
    if (node.nodeType === 'Arg') {
      names.add(node.arg);
    } else if (node.nodeType === 'Name' && node.ctx.nodeType === 'Store') {
      names.add(node.id);
    }
  }
  return names;
}

interface IEffect {
  what: string;
  line: number;
}

/** What a function does beside returning a value; null when nothing. */
export function effectOf(definition: FunctionDef): IEffect | null {
  const known = EFFECTS.get(definition);
  if (known !== undefined) {
    return known;
  }
  const effect = findEffect(definition);
  EFFECTS.set(definition, effect);
  return effect;
}

const EFFECTS = new WeakMap<FunctionDef, IEffect | null>();

function findEffect(definition: FunctionDef): IEffect | null {
  const local = localNames(definition);
  const parameters = new Set(definition.args.args.map(arg => arg.arg));
  for (const node of walk(definition)) {
    const line = ('lineno' in node ? node.lineno : undefined) ?? 1;
    if (node.nodeType === 'Global' || node.nodeType === 'Nonlocal') {
      return { what: `changes \`${node.names[0]}\` outside itself`, line };
    }
    if (node.nodeType === 'Call' && node.func.nodeType === 'Name') {
      if (['print', 'open', 'input', 'exec', 'eval'].includes(node.func.id)) {
        return { what: `calls \`${node.func.id}\``, line };
      }
    }
    if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      MUTATORS.has(node.func.attr) &&
      node.func.value.nodeType === 'Name' &&
      (!local.has(node.func.value.id) || parameters.has(node.func.value.id))
    ) {
      return { what: `changes \`${node.func.value.id}\``, line };
    }
    if (
      node.nodeType === 'Subscript' &&
      node.ctx.nodeType !== 'Load' &&
      node.value.nodeType === 'Name' &&
      (!local.has(node.value.id) || parameters.has(node.value.id))
    ) {
      return { what: `changes \`${node.value.id}\``, line };
    }
  }
  return null;
}

/** Add the variable that an expression is, or is a part of. */
export function addRootName(node: ExprNode, names: Set<string>): void {
  if (node.nodeType === 'Name') {
    names.add(node.id);
  } else if (node.nodeType === 'Subscript' || node.nodeType === 'Attribute') {
    addRootName(node.value, names);
  }
}

/** Whether a loop changes what it runs over, through its own variable. */
export function changesElement(
  loop: Extract<StmtNode, { nodeType: 'For' }>
): boolean {
  const targets = storedNames([{ ...loop, body: [], orelse: [] }]);
  const changed = new Set<string>();
  for (const node of loop.body.flatMap(each => [...walk(each)])) {
    const isStore =
      (node.nodeType === 'Subscript' || node.nodeType === 'Attribute') &&
      node.ctx.nodeType !== 'Load';
    if (isStore) {
      addRootName(node.value, changed);
    } else if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      MUTATORS.has(node.func.attr)
    ) {
      addRootName(node.func.value, changed);
    }
  }
  return [...changed].some(name => targets.has(name));
}

/** The variables whose contents a statement may change. */
export function changedNames(statement: StmtNode): Set<string> {
  const names = new Set<string>();
  const add = (node: ExprNode): void => addRootName(node, names);
  for (const node of walk(statement)) {
    if (
      (node.nodeType === 'Subscript' || node.nodeType === 'Attribute') &&
      node.ctx.nodeType !== 'Load'
    ) {
      add(node.value);
    }
    if (node.nodeType === 'For' && changesElement(node)) {
      loadedNames(node.iter).forEach(name => names.add(name));
    }
    if (node.nodeType === 'AugAssign') {
      add(node.target);
    }
    if (node.nodeType !== 'Call') {
      continue;
    }
    if (node.func.nodeType === 'Attribute') {
      add(node.func.value);
    }
    const harmless =
      node.func.nodeType === 'Name' && PURE_BUILTINS.has(node.func.id);
    if (!harmless) {
      node.args.forEach(add);
      node.keywords.forEach(keyword => add(keyword.value));
    }
  }
  return names;
}
