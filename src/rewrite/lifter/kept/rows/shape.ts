/**
 * What the elements of a list are, read from the places where it is filled.
 */
import type { ASTNodeUnion, ExprNode, FunctionDef } from 'py-ast';
import { walk } from 'py-ast';

import type { IStep } from '../slicing';
import type { Definition } from './scope';

/** The elements of a list of rows. */
export interface IShape {
  kind: 'record' | 'tuple' | 'list' | 'single';
  /** For each part what it could be called; exactly that for a record. */
  names: readonly (string | null)[];
}

/** Where names are looked up. */
interface IScope {
  nodes: readonly ASTNodeUnion[];
  definition(name: string): Definition | null;
}

/**
 * The shape of all elements of a list; null when they are not seen to be alike.
 *
 * @param definition - the function of the notebook that has a name.
 */
export function shapeOf(
  name: string,
  steps: readonly IStep[],
  definition: (name: string) => Definition | null
): IShape | null {
  const nodes = steps.flatMap(({ statement }) => [...walk(statement)]);
  return shapeIn(name, { nodes, definition }, new Set());
}

function shapeIn(
  name: string,
  scope: IScope,
  seen: ReadonlySet<unknown>
): IShape | null {
  if (seen.has(name)) {
    return null;
  }
  const inside = new Set([...seen, name]);
  const shapes: (IShape | null)[] = [];
  for (const node of scope.nodes) {
    if (node.nodeType === 'Call' && isMethodOf(node, name)) {
      shapes.push(...addedBy(node, scope, inside));
    } else if (node.nodeType === 'Assign') {
      if (node.targets.some(target => isName(target, name))) {
        shapes.push(...shapeOfList(node.value, name, scope, inside));
      } else if (node.targets.some(target => bindsName(target, name))) {
        shapes.push(null);
      }
    } else if (node.nodeType === 'AugAssign' && isName(node.target, name)) {
      shapes.push(...shapeOfList(node.value, name, scope, inside));
    } else if (node.nodeType === 'For' && bindsName(node.target, name)) {
      const groups = valuesRunOver(node, name);
      shapes.push(
        ...(groups === null ? [null] : listsIn(groups, scope, inside))
      );
    }
  }
  const shape = united(shapes);
  return shape && withFields(shape, name, scope);
}

function isMethodOf(
  node: Extract<ASTNodeUnion, { nodeType: 'Call' }>,
  name: string
): boolean {
  return node.func.nodeType === 'Attribute' && isName(node.func.value, name);
}

function isName(node: ExprNode, name: string): boolean {
  return node.nodeType === 'Name' && node.id === name;
}

function bindsName(node: ExprNode, name: string): boolean {
  return [...walk(node)].some(
    part =>
      part.nodeType === 'Name' &&
      part.id === name &&
      part.ctx.nodeType === 'Store'
  );
}

/** What a method adds to a list. */
function addedBy(
  { func, args }: Extract<ASTNodeUnion, { nodeType: 'Call' }>,
  scope: IScope,
  seen: ReadonlySet<unknown>
): (IShape | null)[] {
  switch (func.nodeType === 'Attribute' ? func.attr : '') {
    case 'append':
      return [shapeOfElement(args[0], scope, seen)];
    case 'insert':
      return [shapeOfElement(args[1], scope, seen)];
    case 'extend':
      return shapeOfList(args[0], null, scope, seen);
    default:
      return [];
  }
}

/** The shapes of what a list is made of; none for an empty one. */
function shapeOfList(
  node: ExprNode,
  own: string | null,
  scope: IScope,
  seen: ReadonlySet<unknown>
): (IShape | null)[] {
  const inner = (part: ExprNode) => shapeOfList(part, own, scope, seen);
  switch (node.nodeType) {
    case 'List':
      return node.elts.map(each => shapeOfElement(each, scope, seen));
    case 'Name':
      return node.id === own ? [] : [shapeIn(node.id, scope, seen)];
    case 'Subscript':
      return node.slice.nodeType === 'Slice'
        ? inner(node.value)
        : node.value.nodeType === 'Name'
          ? listsIn(node.value.id, scope, seen)
          : [null];
    case 'BinOp':
      return [...inner(node.left), ...inner(node.right)];
    case 'ListComp':
    case 'GeneratorExp': {
      const [{ target, iter }] = node.generators;
      return isSame(node.elt, target)
        ? inner(iter)
        : [shapeOfElement(node.elt, scope, seen)];
    }
    case 'Call':
      return shapesOfCall(node, own, scope, seen);
    default:
      return [null];
  }
}

function isSame(element: ExprNode, target: ExprNode): boolean {
  return (
    element.nodeType === 'Name' &&
    target.nodeType === 'Name' &&
    element.id === target.id
  );
}

function shapesOfCall(
  node: Extract<ExprNode, { nodeType: 'Call' }>,
  own: string | null,
  scope: IScope,
  seen: ReadonlySet<unknown>
): (IShape | null)[] {
  if (node.func.nodeType !== 'Name') {
    const groups = calledOn(node, 'values');
    return groups === null ? [null] : valuesIn(groups, scope, seen);
  }
  if (node.func.id === 'list' && node.args.length === 0) {
    return [];
  }
  if (/^(list|sorted|reversed|filter)$/.test(node.func.id)) {
    const at = node.func.id === 'filter' ? 1 : 0;
    return shapeOfList(node.args[at], own, scope, seen);
  }
  const definition = scope.definition(node.func.id);
  return definition?.nodeType === 'FunctionDef'
    ? shapesReturned(definition, scope, seen)
    : [null];
}

/** What the lists that a function returns hold. */
function shapesReturned(
  definition: FunctionDef,
  scope: IScope,
  seen: ReadonlySet<unknown>
): (IShape | null)[] {
  if (seen.has(definition)) {
    return [null];
  }
  const nodes = definition.body.flatMap(statement => [...walk(statement)]);
  const local: IScope = { ...scope, nodes };
  // Names inside the function are others than those outside.
  const inside = new Set<unknown>([definition]);
  seen.forEach(each => typeof each !== 'string' && inside.add(each));
  const shapes: (IShape | null)[] = [];
  for (const node of nodes) {
    if (node.nodeType === 'Return' && node.value) {
      shapes.push(...shapeOfList(node.value, null, local, inside));
    } else if (node.nodeType === 'Expr' && node.value.nodeType === 'Yield') {
      shapes.push(
        node.value.value
          ? shapeOfElement(node.value.value, local, inside)
          : null
      );
    }
  }
  return shapes.length > 0 ? shapes : [null];
}

/** The shape of one element. */
function shapeOfElement(
  node: ExprNode,
  scope: IScope,
  seen: ReadonlySet<unknown>
): IShape | null {
  switch (node.nodeType) {
    case 'Dict': {
      if (node.keys.includes(null)) {
        return extended(node, scope, seen);
      }
      const names = node.keys.map(key =>
        key?.nodeType === 'Constant' && typeof key.value === 'string'
          ? key.value
          : null
      );
      return names.includes(null) ? null : { kind: 'record', names };
    }
    case 'Tuple':
    case 'List':
      return node.elts.some(each => each.nodeType === 'Starred')
        ? null
        : {
            kind: node.nodeType === 'Tuple' ? 'tuple' : 'list',
            names: node.elts.map(nameOf)
          };
    case 'Name':
      return shapeOfVariable(node.id, scope, seen);
    case 'Call':
      return shapeOfMade(node, scope, seen);
    case 'BinOp':
      return joined(
        shapeOfElement(node.left, scope, seen),
        shapeOfElement(node.right, scope, seen)
      );
    case 'Subscript':
      return node.value.nodeType === 'Name' && node.slice.nodeType !== 'Slice'
        ? oneOf(node.value.id, scope, seen)
        : null;
    default:
      return null;
  }
}

/** `{**r, "more": 1}` */
function extended(
  { keys, values }: Extract<ExprNode, { nodeType: 'Dict' }>,
  scope: IScope,
  seen: ReadonlySet<unknown>
): IShape | null {
  const names = new Set<string>();
  for (const [at, key] of keys.entries()) {
    if (key?.nodeType === 'Constant' && typeof key.value === 'string') {
      names.add(key.value);
      continue;
    }
    const shape = key ? null : shapeOfElement(values[at], scope, seen);
    if (shape?.kind !== 'record') {
      return null;
    }
    shape.names.forEach(name => name !== null && names.add(name));
  }
  return { kind: 'record', names: [...names] };
}

/** Two tuples, or two lists, behind each other. */
function joined(left: IShape | null, right: IShape | null): IShape | null {
  return left && left.kind === right?.kind && /^(tuple|list)$/.test(left.kind)
    ? { kind: left.kind, names: [...left.names, ...right.names] }
    : null;
}

/** An element of a list, or a value of a dictionary. */
function oneOf(
  name: string,
  scope: IScope,
  seen: ReadonlySet<unknown>
): IShape | null {
  return (
    united(valuesIn(name, scope, seen)) ??
    (seen.has(name) ? null : shapeIn(name, scope, seen))
  );
}

/** What is put into a dictionary under its keys: `d[k] = {...}`. */
function valuesIn(
  name: string,
  scope: IScope,
  seen: ReadonlySet<unknown>
): (IShape | null)[] {
  const inside = new Set([...seen, `values of ${name}`]);
  return seen.has(`values of ${name}`)
    ? [null]
    : putInto(name, scope).map(value =>
        value.nodeType === 'List' ? null : shapeOfElement(value, scope, inside)
      );
}

/** What the lists of a dictionary hold: `d.setdefault(k, []).append(v)`. */
function listsIn(
  name: string,
  scope: IScope,
  seen: ReadonlySet<unknown>
): (IShape | null)[] {
  const key = `lists of ${name}`;
  if (seen.has(key)) {
    return [null];
  }
  const inside = new Set([...seen, key]);
  const shapes = putInto(name, scope).flatMap(value =>
    shapeOfList(value, null, scope, inside)
  );
  for (const node of scope.nodes) {
    if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      isListOf(node.func.value, name)
    ) {
      shapes.push(...addedBy(node, scope, inside));
    }
  }
  return shapes;
}

/** What is assigned to the keys of a dictionary. */
function putInto(name: string, { nodes }: IScope): ExprNode[] {
  return nodes.flatMap(node =>
    node.nodeType === 'Assign' &&
    node.targets.some(
      target => target.nodeType === 'Subscript' && isName(target.value, name)
    )
      ? [node.value]
      : []
  );
}

/** `d[k]` or `d.setdefault(k, [])` */
function isListOf(node: ExprNode, name: string): boolean {
  return node.nodeType === 'Subscript'
    ? isName(node.value, name) && node.slice.nodeType !== 'Slice'
    : node.nodeType === 'Call' && calledOn(node, 'setdefault') === name;
}

/** The variable whose method a call is. */
function calledOn(
  { func }: Extract<ExprNode, { nodeType: 'Call' }>,
  method: string
): string | null {
  return func.nodeType === 'Attribute' &&
    func.attr === method &&
    func.value.nodeType === 'Name'
    ? func.value.id
    : null;
}

/** The dictionary whose values a variable of a loop runs over. */
function valuesRunOver(
  { target, iter }: { target: ExprNode; iter: ExprNode },
  name: string
): string | null {
  const of =
    iter.nodeType === 'Call' &&
    iter.func.nodeType === 'Name' &&
    iter.func.id === 'sorted'
      ? iter.args[0]
      : iter;
  if (of.nodeType !== 'Call') {
    return null;
  }
  return target.nodeType === 'Tuple'
    ? target.elts.length === 2 && isName(target.elts[1], name)
      ? calledOn(of, 'items')
      : null
    : isName(target, name)
      ? calledOn(of, 'values')
      : null;
}

function shapeOfMade(
  node: Extract<ExprNode, { nodeType: 'Call' }>,
  scope: IScope,
  seen: ReadonlySet<unknown>
): IShape | null {
  if (node.func.nodeType !== 'Name') {
    return null;
  }
  if (node.func.id === 'dict' && node.args.length === 0) {
    const names = node.keywords.map(({ arg }) => arg ?? null);
    return names.includes(null) ? null : { kind: 'record', names };
  }
  const definition = scope.definition(node.func.id);
  if (definition?.nodeType !== 'FunctionDef' || seen.has(definition)) {
    return null;
  }
  const nodes = definition.body.flatMap(statement => [...walk(statement)]);
  const inside = new Set<unknown>([definition]);
  const shapes = nodes.flatMap(each =>
    each.nodeType === 'Return' && each.value && !isNone(each.value)
      ? [shapeOfElement(each.value, { ...scope, nodes }, inside)]
      : []
  );
  return united(shapes);
}

function isNone(node: ExprNode): boolean {
  return node.nodeType === 'Constant' && node.value === null;
}

/** An element that was in a variable first: `rec = {...}; rec["x"] = 1`. */
function shapeOfVariable(
  name: string,
  scope: IScope,
  seen: ReadonlySet<unknown>
): IShape | null {
  if (seen.has(name)) {
    return null;
  }
  const inside = new Set([...seen, name]);
  const shapes = scope.nodes.flatMap(node =>
    node.nodeType === 'Assign' &&
    node.targets.some(target => isName(target, name))
      ? [shapeOfElement(node.value, scope, inside)]
      : []
  );
  for (const node of scope.nodes) {
    if (
      (node.nodeType === 'For' || node.nodeType === 'Comprehension') &&
      bindsName(node.target, name)
    ) {
      shapes.push(shapeOfTarget(node, name, scope, inside));
    }
  }
  const bound = scope.nodes.some(
    node =>
      node.nodeType === 'Call' &&
      isMethodOf(node, name) &&
      node.func.nodeType === 'Attribute' &&
      /^(append|extend|insert|pop|update|setdefault)$/.test(node.func.attr)
  );
  const shape = bound ? null : united(shapes);
  return shape && withOwnFields(shape, name, scope);
}

/** The elements that a loop runs over, as a variable of it gets them. */
function shapeOfTarget(
  { target, iter }: { target: ExprNode; iter: ExprNode },
  name: string,
  scope: IScope,
  seen: ReadonlySet<unknown>
): IShape | null {
  const groups = valuesRunOver({ target, iter }, name);
  if (groups !== null) {
    return united(valuesIn(groups, scope, seen));
  }
  if (isName(target, name)) {
    return united(shapeOfList(iter, null, scope, seen));
  }
  const counted =
    iter.nodeType === 'Call' &&
    iter.func.nodeType === 'Name' &&
    iter.func.id === 'enumerate' &&
    target.nodeType === 'Tuple' &&
    isName(target.elts[1], name);
  return counted ? united(shapeOfList(iter.args[0], null, scope, seen)) : null;
}

/** Fields that are set in a dictionary of the list later on. */
function withFields(shape: IShape, list: string, scope: IScope): IShape {
  const targets = scope.nodes.flatMap(node =>
    node.nodeType === 'For' && mentions(node.iter, list)
      ? [...walk(node.target)].flatMap(part =>
          part.nodeType === 'Name' ? [part.id] : []
        )
      : []
  );
  return targets.reduce(
    (current, target) => withOwnFields(current, target, scope),
    shape
  );
}

function mentions(node: ExprNode, name: string): boolean {
  return [...walk(node)].some(
    part => part.nodeType === 'Name' && part.id === name
  );
}

function withOwnFields(shape: IShape, name: string, scope: IScope): IShape {
  if (shape.kind !== 'record') {
    return shape;
  }
  const names = new Set(shape.names);
  for (const node of scope.nodes) {
    if (
      node.nodeType === 'Subscript' &&
      node.ctx.nodeType === 'Store' &&
      isName(node.value, name) &&
      node.slice.nodeType === 'Constant' &&
      typeof node.slice.value === 'string'
    ) {
      names.add(node.slice.value);
    }
  }
  return { ...shape, names: [...names] };
}

/** What a part of a tuple could be called. */
function nameOf(node: ExprNode): string | null {
  switch (node.nodeType) {
    case 'Name':
      return node.id;
    case 'Subscript':
      return node.slice.nodeType === 'Constant' &&
        typeof node.slice.value === 'string'
        ? node.slice.value
        : nameOf(node.value);
    case 'Attribute':
      return node.attr;
    case 'Call':
      return node.args.length === 1 && node.args[0].nodeType !== 'Constant'
        ? nameOf(node.args[0])
        : node.func.nodeType === 'Attribute'
          ? (nameOf(node.func.value) ?? node.func.attr)
          : null;
    default:
      return null;
  }
}

/** One shape for all elements; null when there is none. */
function united(shapes: readonly (IShape | null)[]): IShape | null {
  const [first, ...others] = shapes;
  if (!first || others.includes(null)) {
    return null;
  }
  const alike = others.every(
    each =>
      each?.kind === first.kind &&
      each.names.length === first.names.length &&
      (first.kind !== 'record' ||
        each.names.every(name => first.names.includes(name)))
  );
  return alike ? first : null;
}
