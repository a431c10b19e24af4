/**
 * Statements of pandas stay as they are. Loops over the rows of a frame become
 * columns.
 */
import type { Call, ExprNode, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import { loadedNames, storedNames } from '../celltext';
import { make } from '../expression';
import type { IIdiom } from '../idiom';
import { literalString } from '../literal';
import { boundNames } from '../kept/slicing';
import type { Machine } from '../machine';
import { PandasObject } from '../pandasobject';
import type { IPandasStep, PandasType } from '../pandasobject';
import { pathOf, sameFile } from '../paths';
import { LiftRefusal } from '../refusal';
import { scalar } from '../values';
import type { IFieldSource, Value } from '../values';
import { mentionsPandas, pandasType } from './pandastypes';

type Assign = Extract<StmtNode, { nodeType: 'Assign' }>;

export const pandas: IIdiom = {
  name: 'pandas',

  statement(node, machine) {
    if (machine.row) {
      return false;
    }
    switch (node.nodeType) {
      case 'Assign':
        return assigned(node, machine);
      case 'AugAssign': {
        const root = rootName(node.target);
        return isPandas(root, machine) && changed(node, root!, machine);
      }
      case 'Delete':
        return node.targets.every(target => deleted(target, node, machine));
      case 'Expr':
        return (
          node.value.nodeType === 'Call' && called(node, node.value, machine)
        );
      case 'For':
        return overNames(node, machine);
      default:
        return false;
    }
  },

  method(object, name, node, machine) {
    if (object.kind !== 'pandas' || object.object.type !== 'frame') {
      return null;
    }
    if (name === 'iterrows' || name === 'itertuples') {
      return rowsOf(object.object, name, node, machine);
    }
    return null;
  },

  attribute(object, name) {
    return object.kind === 'pandasrow' ? object.record.rest!.field(name) : null;
  },

  subscript(object, node, machine) {
    return object.kind === 'pandasrow'
      ? machine.subscriptOf(object.record, node)
      : null;
  }
};

function rootName(node: ExprNode): string | null {
  return node.nodeType === 'Name'
    ? node.id
    : node.nodeType === 'Subscript' || node.nodeType === 'Attribute'
      ? rootName(node.value)
      : null;
}

function isPandas(name: string | null, machine: Machine): boolean {
  return name !== null && machine.env.get(name)?.kind === 'pandas';
}

// --- statements -----------------------------------------------------------------------

function assigned(node: Assign, machine: Machine): boolean {
  const [target] = node.targets;
  if (node.targets.length !== 1) {
    return false;
  }
  if (target.nodeType === 'Subscript' || target.nodeType === 'Attribute') {
    const root = rootName(target);
    return isPandas(root, machine) && changed(node, root!, machine);
  }
  if (target.nodeType === 'Tuple' && node.value.nodeType === 'Tuple') {
    return pairwise(node, target.elts, node.value.elts, machine);
  }
  if (target.nodeType !== 'Name') {
    return false;
  }
  if (node.value.nodeType === 'Name' && isPandas(node.value.id, machine)) {
    alias(node, target.id, node.value.id, machine);
    return true;
  }
  const type = resultType(node.value, machine);
  if (type === null) {
    return false;
  }
  const step = stepOf(node, [target.id], machine);
  bind(target.id, type, step, machine);
  return true;
}

function resultType(node: ExprNode, machine: Machine): PandasType | null {
  const type = pandasType(node, machine);
  if (type === null || type === 'accessor' || type === 'other') {
    return mentionsPandas(node, machine) && type !== null ? 'array' : null;
  }
  return type;
}

/** `a, b = df["a"], df["b"]`. */
function pairwise(
  node: Assign,
  targets: readonly ExprNode[],
  values: readonly ExprNode[],
  machine: Machine
): boolean {
  if (
    targets.length !== values.length ||
    !values.every(value => resultType(value, machine) !== null) ||
    !targets.every(target => target.nodeType === 'Name')
  ) {
    return false;
  }
  const names = targets.map(target => rootName(target) ?? '');
  const step = stepOf(node, names, machine);
  const types = values.map(value => resultType(value, machine) ?? 'series');
  names.forEach((name, at) => bind(name, types[at], step, machine));
  return true;
}

/** Another name for the same object: what changes one changes the other. */
function alias(node: Assign, name: string, of: string, machine: Machine): void {
  const value = machine.env.get(of);
  if (value?.kind !== 'pandas') {
    return;
  }
  value.object.aliases.push(stepOf(node, [name], machine));
  machine.bind(name, value, node);
}

/** A statement that changes an object in place. */
function changed(
  node: StmtNode,
  root: string,
  machine: Machine,
  instead: string | null = null
): boolean {
  const before = machine.env.get(root);
  if (before?.kind !== 'pandas') {
    return false;
  }
  const step = stepOf(node, [root], machine, instead, true);
  const after: Value = {
    kind: 'pandas',
    object: new PandasObject(root, before.object.type, step)
  };
  for (const [name, value] of [...machine.env]) {
    if (
      value === before ||
      (value.kind === 'pandas' && value.object === before.object)
    ) {
      machine.bind(name, after, node);
    }
  }
  return true;
}

/** A frame with columns that a loop over its rows set. */
export function setColumns(
  object: PandasObject,
  node: StmtNode,
  machine: Machine
): void {
  const before = [...machine.env].filter(
    ([, value]) => value.kind === 'pandas' && value.object === object
  );
  const [held] = before;
  const step: IPandasStep = {
    number: machine.nextStep(),
    cell: machine.cell.index,
    line: node.lineno ?? 1,
    statement: node,
    text: machine.text,
    reads: new Map(held ? [held] : []),
    writes: [object.name],
    paths: [],
    instead: null,
    series: new Map(object.changes)
  };
  const after: Value = {
    kind: 'pandas',
    object: new PandasObject(object.name, object.type, step)
  };
  before.forEach(([name]) => machine.bind(name, after, node));
}

function deleted(target: ExprNode, node: StmtNode, machine: Machine): boolean {
  const root = rootName(target);
  if (target.nodeType !== 'Subscript' || !isPandas(root, machine)) {
    return false;
  }
  const column = machine.source(target.slice);
  return changed(
    node,
    root!,
    machine,
    `${root} = ${root}.drop(columns=[${column}])`
  );
}

/** `df.dropna(inplace=True)`; what only shows something is left out. */
function called(node: StmtNode, call: Call, machine: Machine): boolean {
  const { func } = call;
  if (
    func.nodeType !== 'Attribute' ||
    pandasType(func.value, machine) === null
  ) {
    return false;
  }
  const inplace = call.keywords.find(({ arg }) => arg === 'inplace');
  if (!inplace) {
    if (/^(insert|update|pop)$/.test(func.attr)) {
      return changed(node, rootName(func.value) ?? '', machine);
    }
    machine.cell.outputs.push(node);
    return true;
  }
  if (func.value.nodeType !== 'Name') {
    // Pandas works on a copy here: the frame stays as it was.
    machine.cell.outputs.push(node);
    return true;
  }
  const name = func.value.id;
  const rest = [
    ...call.args,
    ...call.keywords
      .filter(keyword => keyword !== inplace)
      .map(keyword => keyword)
  ].map(part =>
    'arg' in part
      ? `${part.arg ?? ''}=${machine.source((part as { value: ExprNode }).value)}`
      : machine.source(part)
  );
  return changed(
    node,
    name,
    machine,
    `${name} = ${name}.${func.attr}(${rest.join(', ')})`
  );
}

/** `for c in ["a", "b"]: df[c] = ...`. */
function overNames(
  node: Extract<StmtNode, { nodeType: 'For' }>,
  machine: Machine
): boolean {
  const type = pandasType(node.iter, machine);
  const constant =
    node.iter.nodeType === 'List' ||
    node.iter.nodeType === 'Tuple' ||
    type === 'names' ||
    isConstantName(node.iter, machine);
  const roots = new Set<string>();
  for (const part of walk(node)) {
    if (part.nodeType === 'Subscript' && part.ctx.nodeType === 'Store') {
      roots.add(rootName(part) ?? '');
    }
  }
  const frames = [...storedNames(node.body), ...roots].filter(name =>
    isPandas(name, machine)
  );
  if (!constant || frames.length !== 1) {
    return false;
  }
  return changed(node, frames[0], machine);
}

function isConstantName(node: ExprNode, machine: Machine): boolean {
  const value = node.nodeType === 'Name' ? machine.env.get(node.id) : undefined;
  return value?.kind === 'scalar' && value.expr.kind === 'name';
}

function bind(
  name: string,
  type: PandasType,
  step: IPandasStep,
  machine: Machine
): void {
  machine.bind(
    name,
    { kind: 'pandas', object: new PandasObject(name, type, step) },
    step.statement
  );
}

// --- what a statement reads --------------------------------------------------------------

function stepOf(
  node: StmtNode,
  writes: readonly string[],
  machine: Machine,
  instead: string | null = null,
  changes = false
): IPandasStep {
  const reads = new Map<string, Value>();
  const inner = boundNames(node);
  const own = storedNames([node]);
  const names = new Set([...loadedNames(node), ...(changes ? writes : [])]);
  for (const name of names) {
    const value = machine.env.get(name);
    if (inner.has(name) && value === undefined) {
      continue;
    }
    if (value === undefined) {
      if (!own.has(name) && !machine.isBuiltin(name)) {
        machine.lookup(name, node);
      }
      continue;
    }
    requireReadable(name, value, node, machine);
    reads.set(name, value);
    if (value.kind === 'list') {
      value.build.consumed = true;
    }
  }
  return {
    number: machine.nextStep(),
    cell: (machine.inlined?.caller ?? machine.cell).index,
    line: node.lineno ?? 1,
    statement: node,
    text: machine.text,
    reads,
    writes,
    paths: pathsIn(node, machine),
    instead
  };
}

function requireReadable(
  name: string,
  value: Value,
  node: StmtNode,
  machine: Machine
): void {
  if (value.kind === 'scalar' && value.expr.kind === 'name') {
    return;
  }
  if (value.kind !== 'pandas' && value.kind !== 'list') {
    machine.lookup(name, node);
    throw LiftRefusal.at(
      node,
      `\`${name}\` cannot be handed to pandas in a rewrite.`
    );
  }
}

/** The files that a statement reads. */
function pathsIn(node: StmtNode, machine: Machine): IPandasStep['paths'] {
  const paths: IPandasStep['paths'][number][] = [];
  for (const part of walk(node)) {
    if (part.nodeType !== 'Call') {
      continue;
    }
    const path = machine.path(part.func);
    if (path === null || !/^pandas\.read_/.test(path)) {
      continue;
    }
    const [argument] = part.args;
    if (!argument) {
      throw LiftRefusal.at(
        part,
        'The file that is read here is not named first.'
      );
    }
    const read = pathOf(argument, machine);
    if (machine.files.some(file => sameFile(file.path, read))) {
      throw LiftRefusal.at(
        part,
        'Pandas reads a file here that the notebook itself wrote.'
      );
    }
    const place = machine.text.range(argument);
    paths.push({ ...place, path: read });
  }
  return paths;
}

// --- loops over rows -------------------------------------------------------------------

function rowsOf(
  object: PandasObject,
  method: string,
  node: Call,
  machine: Machine
): Value {
  const rest: IFieldSource = {
    plan: object.rows,
    field: name => scalar(make.column(object.column(name)))
  };
  const record: Value = { kind: 'record', fields: new Map(), rest };
  const element: Value = { kind: 'pandasrow', record };
  const index = machine.unknownIndex(node);
  if (method === 'itertuples') {
    const named = node.keywords.find(({ arg }) => arg === 'name');
    if (named && literalString(machine.expr(named.value)) === null) {
      throw LiftRefusal.at(node, 'Plain tuples of a frame are not understood.');
    }
    return { kind: 'rows', plan: object.rows, element };
  }
  return {
    kind: 'rows',
    plan: object.rows,
    element: { kind: 'tuple', shape: 'tuple', items: [index, element] }
  };
}
