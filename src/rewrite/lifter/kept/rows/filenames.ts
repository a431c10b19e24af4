/**
 * Which files a path can mean: one, or one for each turn of a loop, call of a
 * function, or file that a pattern matches.
 */
import type { ASTNodeUnion, ExprNode } from 'py-ast';
import { walk } from 'py-ast';

import { loadedNames } from '../../celltext';
import type { Machine } from '../../machine';
import { LiftRefusal } from '../../refusal';
import { listedFiles } from './listing';
import { argumentAt, runBy } from './scope';
import type { Definition, IScopeOfCode } from './scope';
import { filledPercent, formatted, joinedPath, ofMethod } from './templates';
import type { Plain } from './templates';

type Element = Plain | null | readonly Element[];
type Bindings = ReadonlyMap<string, Plain>;

const MOST = 60;

/** Finds the paths that expressions can be. */
export class FileNames {
  constructor(
    private readonly _machine: Machine,
    private readonly _scopes: readonly IScopeOfCode[],
    private readonly _definition: (name: string) => Definition | null
  ) {}

  /**
   * The paths that an expression can be.
   *
   * @throws {LiftRefusal} when they are not known before running.
   */
  pathsOf(node: ExprNode, scope: IScopeOfCode): string[] {
    const paths = this._values(node, scope, new Set()).map(value =>
      value === null ? null : String(value)
    );
    if (paths.length === 0 || paths.length > MOST || paths.includes(null)) {
      throw LiftRefusal.at(node, 'Which file is opened here is not known.');
    }
    return [...new Set(paths.filter(path => path !== null))];
  }

  /** Whether an expression is an object of pathlib. */
  isPathObject(
    node: ExprNode,
    scope: IScopeOfCode,
    seen: ReadonlySet<string> = new Set()
  ): boolean {
    const inner = (part: ExprNode, name?: string) =>
      this.isPathObject(part, scope, name ? new Set([...seen, name]) : seen);
    switch (node.nodeType) {
      case 'BinOp':
        return node.op.nodeType === 'Div' && inner(node.left);
      case 'Call': {
        if (this._machine.path(node.func) === 'pathlib.Path') {
          return true;
        }
        const { func } = node;
        return func.nodeType === 'Attribute'
          ? func.attr === 'glob' && inner(func.value)
          : func.nodeType === 'Name' &&
              /^(sorted|list)$/.test(func.id) &&
              inner(node.args[0]);
      }
      case 'Name': {
        if (seen.has(node.id)) {
          return false;
        }
        const computed = this._constant(node.id)?.computed;
        const sources = [
          ...(computed ? [computed] : []),
          ...assigned(node.id, scope),
          ...loopsOver(node.id, scope).map(({ iter }) => iter),
          ...this._argumentsFor(node.id, scope).map(each => each.node)
        ];
        return sources.some(each => inner(each, node.id));
      }
      default:
        return false;
    }
  }

  /** The values of an expression; null for one that is not known. */
  private _values(
    node: ExprNode,
    scope: IScopeOfCode,
    seen: ReadonlySet<string>
  ): (Plain | null)[] {
    let turns: Bindings[] = [new Map()];
    for (const name of [...loadedNames(node), ...ownAttributes(node)]) {
      if (turns.length > 0 && turns[0].has(name)) {
        continue;
      }
      const values = this._bindings(name, scope, seen);
      if (values !== null) {
        turns = turns.flatMap(turn =>
          values.map(each => new Map([...turn, ...each]))
        );
      }
      if (turns.length > MOST * MOST) {
        return [null];
      }
    }
    return turns.map(turn => this._fold(node, turn));
  }

  /** What a variable can be, with those that change together with it. */
  private _bindings(
    name: string,
    scope: IScopeOfCode,
    seen: ReadonlySet<string>
  ): Bindings[] | null {
    const own = `${scope.definition?.name ?? ''} ${name}`;
    if (seen.has(own)) {
      return [];
    }
    const inside = new Set([...seen, own]);
    const single = (values: (Plain | null)[]): Bindings[] =>
      values.map(value =>
        value === null ? new Map() : new Map([[name, value]])
      );
    if (name.startsWith('self.')) {
      const stored = this._stored(name, scope);
      return stored.length === 1
        ? single(this._values(stored[0].node, stored[0].scope, inside))
        : null;
    }
    const loops = loopsOver(name, scope);
    if (loops.length > 0) {
      return loops.flatMap(({ target, iter }) =>
        this._elements(iter, scope, inside).map(each => bound(target, each))
      );
    }
    const given = this._argumentsFor(name, scope);
    if (given.length > 0) {
      return given.flatMap(each =>
        single(this._values(each.node, each.scope, inside))
      );
    }
    const values = assigned(name, scope);
    return values.length === 1 && !this._constant(name)
      ? single(this._values(values[0], scope, inside))
      : null;
  }

  /** What the methods of a class store in an attribute of their object. */
  private _stored(
    attribute: string,
    { owner }: IScopeOfCode
  ): { node: ExprNode; scope: IScopeOfCode }[] {
    return this._scopes
      .filter(scope => owner !== null && scope.owner === owner)
      .flatMap(scope =>
        scope.nodes.flatMap(node =>
          node.nodeType === 'Assign' &&
          node.targets.some(target => attributeName(target) === attribute)
            ? [{ node: node.value, scope }]
            : []
        )
      );
  }

  /** What is handed in for a parameter of the function that a scope is. */
  private _argumentsFor(
    name: string,
    { definition, text }: IScopeOfCode
  ): { node: ExprNode; scope: IScopeOfCode }[] {
    const at = definition?.args.args.findIndex(({ arg }) => arg === name) ?? -1;
    if (!definition || at < 0) {
      return [];
    }
    const { args, defaults } = definition.args;
    const fallback = defaults[at - args.length + defaults.length];
    return this._scopes.flatMap(scope =>
      scope.nodes.flatMap(node => {
        if (
          node.nodeType !== 'Call' ||
          node.func.nodeType !== 'Name' ||
          runBy(this._definition(node.func.id)) !== definition
        ) {
          return [];
        }
        const given = argumentAt(node, name, definition);
        const own = { nodes: [], text, definition: null, owner: null };
        return given
          ? [{ node: given, scope }]
          : fallback
            ? [{ node: fallback, scope: own }]
            : [];
      })
    );
  }

  /** What a loop runs over. */
  private _elements(
    node: ExprNode,
    scope: IScopeOfCode,
    seen: ReadonlySet<string>
  ): Element[] {
    const inner = (part: ExprNode) => this._elements(part, scope, seen);
    const listed = listedFiles(node, this._machine, part =>
      this.pathsOf(part, scope)
    );
    if (listed) {
      return listed.paths;
    }
    if (node.nodeType === 'Name') {
      const literal = this._constant(node.id)?.literal;
      const values = assigned(node.id, scope);
      if (literal ?? values.length === 1) {
        return inner(literal ?? values[0]);
      }
    } else if (
      node.nodeType === 'Tuple' ||
      node.nodeType === 'List' ||
      node.nodeType === 'Set'
    ) {
      return node.elts.map(each => this._element(each, scope, seen));
    } else if (node.nodeType === 'Dict') {
      return node.keys.map(key => key && this._element(key, scope, seen));
    } else if (node.nodeType === 'ListComp') {
      const [{ iter, target, ifs }] = node.generators;
      const kept = inner(iter)
        .map(each => bound(target, each))
        .filter(turn => ifs.every(test => this._mayHold(test, turn)));
      return kept.map(turn => this._fold(node.elt, turn));
    } else if (node.nodeType === 'Call') {
      const elements = this._elementsOfCall(node, scope, seen);
      if (elements) {
        return elements;
      }
    }
    throw LiftRefusal.at(node, 'Which files this loop opens is not known.');
  }

  private _elementsOfCall(
    { func, args }: Extract<ExprNode, { nodeType: 'Call' }>,
    scope: IScopeOfCode,
    seen: ReadonlySet<string>
  ): Element[] | null {
    const inner = (part: ExprNode) => this._elements(part, scope, seen);
    if (func.nodeType === 'Name') {
      switch (func.id) {
        case 'sorted':
        case 'list':
        case 'tuple':
        case 'reversed':
          return inner(args[0]);
        case 'enumerate':
          return inner(args[0]).map((each, at) => [at, each]);
        case 'zip': {
          const [first, ...rest] = args.map(inner);
          return first.map((each, at) => [
            each,
            ...rest.map(other => other[at] ?? null)
          ]);
        }
        case 'range': {
          const bounds = args.map(each => Number(this._fold(each, new Map())));
          const [from, to] = bounds.length === 1 ? [0, bounds[0]] : bounds;
          return bounds.length > 2 || bounds.some(Number.isNaN)
            ? null
            : Array.from(
                { length: Math.max(0, to - from) },
                (_, n) => from + n
              );
        }
      }
    }
    const of = func.nodeType === 'Attribute' ? func.value : null;
    const literal =
      of?.nodeType === 'Name' ? this._dictionary(of.id, scope) : of;
    if (
      func.nodeType !== 'Attribute' ||
      literal?.nodeType !== 'Dict' ||
      args.length > 0
    ) {
      return null;
    }
    const keys = inner(literal);
    const values = literal.values.map(each => this._element(each, scope, seen));
    switch (func.attr) {
      case 'items':
        return keys.map((key, at) => [key, values[at]]);
      case 'keys':
        return keys;
      case 'values':
        return values;
      default:
        return null;
    }
  }

  private _dictionary(name: string, scope: IScopeOfCode): ExprNode | null {
    const values = assigned(name, scope);
    return (
      this._constant(name)?.literal ?? (values.length === 1 ? values[0] : null)
    );
  }

  private _element(
    node: ExprNode,
    scope: IScopeOfCode,
    seen: ReadonlySet<string>
  ): Element {
    if (node.nodeType === 'Tuple' || node.nodeType === 'List') {
      return node.elts.map(each => this._element(each, scope, seen));
    }
    const values = this._values(node, scope, seen);
    return values.length === 1 ? values[0] : null;
  }

  /** Whether a condition on a name can hold; what is not understood can. */
  private _mayHold(test: ExprNode, turn: Bindings): boolean {
    if (
      test.nodeType !== 'Call' ||
      test.func.nodeType !== 'Attribute' ||
      test.args.length !== 1
    ) {
      return true;
    }
    const text = this._fold(test.func.value, turn);
    const part = this._fold(test.args[0], turn);
    if (typeof text !== 'string' || typeof part !== 'string') {
      return true;
    }
    return test.func.attr === 'endswith'
      ? text.endsWith(part)
      : test.func.attr === 'startswith'
        ? text.startsWith(part)
        : true;
  }

  /** A constant of the notebook. */
  private _constant(name: string) {
    const value = this._machine.env.get(name);
    return value?.kind === 'scalar' && value.expr.kind === 'name'
      ? value.expr.of
      : null;
  }

  private _fold(node: ExprNode, turn: Bindings): Plain | null {
    const inner = (part: ExprNode) => this._fold(part, turn);
    const joined = (parts: (Plain | null)[], by: string) =>
      parts.includes(null) ? null : parts.join(by);
    switch (node.nodeType) {
      case 'Constant':
        return typeof node.value === 'string' ||
          Number.isSafeInteger(node.value)
          ? (node.value as Plain)
          : null;
      case 'Name': {
        const value = turn.get(node.id);
        if (value !== undefined) {
          return value;
        }
        const of = this._constant(node.id);
        const known = of?.literal ?? of?.computed;
        return known ? this._fold(known, new Map()) : null;
      }
      case 'Attribute':
        return turn.get(attributeName(node) ?? '') ?? null;
      case 'JoinedStr':
        return joined(
          node.values.map(part =>
            part.nodeType === 'FormattedValue'
              ? formatted(inner(part.value), specOf(part))
              : inner(part)
          ),
          ''
        );
      case 'BinOp':
        return node.op.nodeType === 'Add'
          ? joined([inner(node.left), inner(node.right)], '')
          : node.op.nodeType === 'Div'
            ? joinedPath([inner(node.left), inner(node.right)])
            : node.op.nodeType === 'Mod'
              ? filledPercent(
                  inner(node.left),
                  operandsOf(node.right).map(inner)
                )
              : null;
      case 'Call': {
        const path = this._machine.path(node.func);
        if (path === 'os.path.join' || path === 'pathlib.Path') {
          return joinedPath(node.args.map(inner));
        }
        if (path === 'str' && node.args.length === 1) {
          return inner(node.args[0]);
        }
        return node.func.nodeType === 'Attribute'
          ? ofMethod(
              node.func.attr,
              inner(node.func.value),
              node.args.map(inner)
            )
          : null;
      }
      default:
        return null;
    }
  }
}

/** What `%` fills a template with. */
function operandsOf(node: ExprNode): readonly ExprNode[] {
  return node.nodeType === 'Tuple' ? node.elts : [node];
}

/** How a value is written in an f-string; null where that is computed. */
function specOf({
  format_spec: spec,
  conversion
}: Extract<ExprNode, { nodeType: 'FormattedValue' }>): string | null {
  if (conversion !== -1) {
    return null;
  }
  if (!spec) {
    return '';
  }
  const parts = spec.nodeType === 'JoinedStr' ? spec.values : [spec];
  const texts = parts.map(part =>
    part.nodeType === 'Constant' && typeof part.value === 'string'
      ? part.value
      : null
  );
  return texts.includes(null) ? null : texts.join('');
}

/** `self.path` as it is written; null for anything else. */
function attributeName(node: ASTNodeUnion): string | null {
  return node.nodeType === 'Attribute' &&
    node.value.nodeType === 'Name' &&
    node.value.id === 'self'
    ? `self.${node.attr}`
    : null;
}

function ownAttributes(node: ExprNode): string[] {
  return [...walk(node)].flatMap(part => attributeName(part) ?? []);
}

/** The variables of a loop in one turn. */
function bound(target: ExprNode, element: Element): Map<string, Plain> {
  if (target.nodeType === 'Name') {
    return element === null || typeof element === 'object'
      ? new Map()
      : new Map([[target.id, element]]);
  }
  return target.nodeType === 'Tuple' && typeof element === 'object'
    ? new Map(
        target.elts.flatMap((each, at) => [
          ...bound(each, element?.[at] ?? null)
        ])
      )
    : new Map();
}

/** The loops whose variable has a name. */
function loopsOver(name: string, { nodes }: IScopeOfCode) {
  return nodes.flatMap(node =>
    (node.nodeType === 'For' || node.nodeType === 'Comprehension') &&
    [...walk(node.target)].some(
      part => part.nodeType === 'Name' && part.id === name
    )
      ? [{ target: node.target, iter: node.iter }]
      : []
  );
}

/** What is assigned to a variable. */
function assigned(name: string, { nodes }: IScopeOfCode): ExprNode[] {
  return nodes.flatMap(node =>
    node.nodeType === 'Assign' &&
    node.targets.some(
      target => target.nodeType === 'Name' && target.id === name
    )
      ? [node.value]
      : []
  );
}
