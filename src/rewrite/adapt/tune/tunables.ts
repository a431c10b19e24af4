/**
 * The hyper-parameters of a script that can be searched.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, Call, ExprNode, StmtNode } from 'py-ast';

import { targetNames } from '../blocks';
import { isLiteral } from '../expressions';
import { type CallGraph, isKnownLibrary } from './callgraph';
import {
  type ISpace,
  type Value,
  configuredCall,
  literalValue,
  namedArguments,
  spaceByName,
  spaceOfArgument
} from './spaces';
import type { ITraining } from './training';

/** Where the value of a hyper-parameter stands. */
export type Holder =
  /** A literal of a call, or what would stand there; nodes are replaced. */
  | { kind: 'literal'; node: ExprNode | null; call: Call | null }
  /** A variable of the training block, or of the module. */
  | { kind: 'variable'; name: string; isGlobal: boolean }
  /** An attribute or entry of an object with settings, as it is written. */
  | { kind: 'setting'; source: string; base: string };

type Dict = Extract<ExprNode, { nodeType: 'Dict' }>;

/** A hyper-parameter that can be searched. */
export interface ITunable {
  /** What it is called in the study. */
  name: string;
  space: ISpace;
  holder: Holder;
  /** The literal that it has, if that is known before the script runs. */
  value: Value | undefined;
  /** The source of its value. */
  source: string;
}

const MOST = 6;

/** The hyper-parameters that parts of a script use, also in functions they reach. */
export function tunablesOf(
  calls: CallGraph,
  training: ITraining,
  nodes: readonly ASTNodeUnion[]
): ITunable[] {
  const finder = new Tunables(calls, training, nodes);
  const found = finder.written();
  return (found.length > 0 ? found : finder.defaults()).slice(0, MOST);
}

class Tunables {
  constructor(
    private readonly _calls: CallGraph,
    private readonly _training: ITraining,
    nodes: readonly ASTNodeUnion[]
  ) {
    this._roots = [...nodes, ...(this._calls.reached(nodes) as ASTNodeUnion[])];
  }

  /** Those that the script says itself. */
  written(): ITunable[] {
    for (const call of this._configured()) {
      for (const { name, value, space } of call.given) {
        this._addArgument(call.call, name, value, space);
      }
    }
    for (const root of this._roots) {
      for (const node of walk(root)) {
        this._addNamed(node);
      }
    }
    return this._found;
  }

  /** Those of the libraries, where the script says nothing. */
  defaults(): ITunable[] {
    for (const { call, defaults } of this._configured()) {
      for (const [name, value] of Object.entries(defaults)) {
        const isGiven = call.keywords.some(({ arg }) => arg === name || !arg);
        const dotted = this._calls.anchors.names.dotted(call.func) ?? '';
        const facts = configuredCall(dotted);
        const space = facts && spaceOfArgument(facts, name);
        if (!isGiven && space) {
          this._add({
            name,
            space,
            holder: { kind: 'literal', node: null, call },
            value,
            source: value === null ? 'None' : String(value)
          });
        }
      }
    }
    return this._found;
  }

  /** The calls whose arguments are hyper-parameters. */
  private *_configured() {
    const { anchors } = this._calls;
    const seen = new Set<Call>();
    for (const root of this._roots) {
      for (const call of walk(root)) {
        if (call.nodeType !== 'Call' || seen.has(call)) {
          continue;
        }
        seen.add(call);
        const dotted = anchors.names.dotted(call.func);
        const facts = dotted === null ? null : configuredCall(dotted);
        if (this._isOwn(call)) {
          yield { call, given: namedAlike(call), defaults: {} };
          continue;
        }
        if (!facts || (facts.onlyFor && !isForTraining(call, this._calls))) {
          continue;
        }
        const given = [
          ...namedArguments(call, facts),
          ...this._settings(call)
        ].flatMap(({ name, value }) => {
          const space = spaceOfArgument(facts, name);
          return space ? [{ name, value, space }] : [];
        });
        yield { call, given, defaults: facts.defaults };
      }
    }
  }

  /** Whether a call is one of a class or function of the script or a module beside it. */
  private _isOwn({ func }: Call): boolean {
    const dotted = this._calls.anchors.names.dotted(func);
    return dotted === null
      ? func.nodeType === 'Name' && this._calls.definitions.has(func.id)
      : !isKnownLibrary(dotted);
  }

  /** Settings that a call is given in a dictionary. */
  private _settings(call: Call): { name: string; value: ExprNode }[] {
    const { text } = this._calls.anchors;
    return call.args.flatMap(argument => {
      const written =
        argument.nodeType === 'Name'
          ? this._dictionary(argument.id)
          : argument.nodeType === 'Dict'
            ? argument
            : null;
      return (written?.keys ?? []).flatMap((key, index) =>
        key?.nodeType === 'Constant' && typeof key.value === 'string'
          ? [
              {
                name: key.value,
                value:
                  argument.nodeType === 'Name'
                    ? entry(argument, text.source(key))
                    : (written?.values[index] as ExprNode)
              }
            ]
          : []
      );
    });
  }

  private _dictionary(name: string): Dict | null {
    const { body } = this._calls.anchors.text.module;
    for (const statement of [...this._training.block, ...body]) {
      if (
        statement.nodeType === 'Assign' &&
        targetNames(statement).includes(name)
      ) {
        return statement.value.nodeType === 'Dict' ? statement.value : null;
      }
    }
    return null;
  }

  private _addArgument(
    call: Call,
    name: string,
    node: ExprNode,
    space: ISpace
  ): void {
    const { text } = this._calls.anchors;
    const value = literalValue(node);
    if (value !== undefined) {
      this._add({
        name,
        space,
        holder: { kind: 'literal', node, call },
        value,
        source: text.source(node)
      });
    } else if (node.nodeType === 'Name') {
      this._addVariable(node.id, space);
    } else if (node.nodeType === 'Attribute' || node.nodeType === 'Subscript') {
      this._addSetting(node, space);
    }
  }

  /** A variable or setting that is called like a hyper-parameter. */
  private _addNamed(node: ASTNodeUnion): void {
    if (node.nodeType === 'Name' && node.ctx.nodeType === 'Load') {
      const space = spaceByName(node.id);
      if (space) {
        this._addVariable(node.id, space);
      }
    } else if (node.nodeType === 'Attribute' || node.nodeType === 'Subscript') {
      const key = keyOf(node);
      const space = key === null ? null : spaceByName(key);
      if (space) {
        this._addSetting(node, space);
      }
    }
  }

  private _addVariable(name: string, space: ISpace): void {
    const { body } = this._calls.anchors.text.module;
    const { block } = this._training;
    const local = block === body ? undefined : assignmentOf(name, block);
    const assigned = local ?? assignmentOf(name, body);
    if (assigned === undefined) {
      return;
    }
    this._add({
      name,
      space,
      holder: { kind: 'variable', name, isGlobal: local === undefined },
      value: literalValue(assigned),
      source: name
    });
  }

  private _addSetting(node: ExprNode, space: ISpace): void {
    const key = keyOf(node);
    const base =
      node.nodeType === 'Attribute' || node.nodeType === 'Subscript'
        ? node.value
        : null;
    if (key === null || base?.nodeType !== 'Name') {
      return;
    }
    const settings = settingsObject(base.id, key, this._calls, this._training);
    if (settings === null) {
      return;
    }
    const source =
      node.nodeType === 'Attribute'
        ? `${base.id}.${key}`
        : `${base.id}["${key}"]`;
    this._add({
      name: key,
      space,
      holder: { kind: 'setting', source, base: base.id },
      value: settings.value,
      source
    });
  }

  private _add(tunable: ITunable): void {
    const key = JSON.stringify(
      tunable.holder.kind === 'literal'
        ? [this._found.length]
        : tunable.holder.kind === 'variable'
          ? tunable.holder.name
          : tunable.holder.source
    );
    if (
      this._keys.has(key) ||
      typeof tunable.value === 'boolean' ||
      (tunable.value === null && !tunable.space.none) ||
      (typeof tunable.value === 'string' &&
        !tunable.space.choices?.includes(tunable.value)) ||
      (typeof tunable.value === 'number' && tunable.space.choices) ||
      (tunable.value === undefined && tunable.space.choices)
    ) {
      return;
    }
    this._keys.add(key);
    let { name } = tunable;
    for (let number = 2; this._names.has(name); number++) {
      name = `${tunable.name}_${number}`;
    }
    this._names.add(name);
    this._found.push({ ...tunable, name });
  }

  private readonly _roots: readonly ASTNodeUnion[];
  private readonly _found: ITunable[] = [];
  private readonly _keys = new Set<string>();
  private readonly _names = new Set<string>();
}

/** The value that a name is given, when that happens once in a block and is a plain literal. */
function assignmentOf(
  name: string,
  block: readonly StmtNode[]
): ExprNode | undefined {
  const found = block.filter(
    one => one.nodeType === 'Assign' && targetNames(one).includes(name)
  );
  const [assigned] = found;
  return found.length === 1 &&
    assigned.nodeType === 'Assign' &&
    assigned.targets.length === 1 &&
    isLiteral(assigned.value)
    ? assigned.value
    : undefined;
}

/** Arguments that are called like hyper-parameters. */
function namedAlike(
  call: Call
): { name: string; value: ExprNode; space: ISpace }[] {
  return call.keywords.flatMap(({ arg, value }) => {
    const space = arg ? spaceByName(arg) : null;
    return arg && space ? [{ name: arg, value, space }] : [];
  });
}

/** An entry of a dictionary, as the script would write it. */
function entry(variable: ExprNode, key: string): ExprNode {
  return {
    nodeType: 'Subscript',
    value: variable,
    slice: { nodeType: 'Constant', value: JSON.parse(key.replace(/'/g, '"')) },
    ctx: { nodeType: 'Load' }
  } as unknown as ExprNode;
}

/** Whether a loader is one of training data: by its name, or because it shuffles. */
function isForTraining(call: Call, calls: CallGraph): boolean {
  const [data] = call.args;
  return (
    (data?.nodeType === 'Name' && calls.partOf(data.id) === 'train') ||
    call.keywords.some(
      ({ arg, value }) =>
        arg === 'shuffle' &&
        value.nodeType === 'Constant' &&
        value.value === true
    )
  );
}

/** The attribute or the constant key that an expression reads. */
function keyOf(node: ExprNode | ASTNodeUnion): string | null {
  if (node.nodeType === 'Attribute') {
    return node.attr;
  }
  return node.nodeType === 'Subscript' &&
    node.slice.nodeType === 'Constant' &&
    typeof node.slice.value === 'string'
    ? node.slice.value
    : null;
}

/** An object with settings that is visible where the training is, with a setting's value. */
function settingsObject(
  name: string,
  key: string,
  calls: CallGraph,
  training: ITraining
): { value: Value | undefined } | null {
  const { body } = calls.anchors.text.module;
  const isParameter = training.function?.args.args.some(
    ({ arg }) => arg === name
  );
  const parsed = defaultOfArgument(key, calls);
  if (isParameter) {
    return parsed;
  }
  if (calls.definitions.get(name)?.nodeType === 'ClassDef') {
    return classValue(name, key, calls);
  }
  for (const block of [training.block, body]) {
    for (const statement of block) {
      if (
        statement.nodeType !== 'Assign' ||
        !targetNames(statement).includes(name)
      ) {
        continue;
      }
      const { value } = statement;
      if (value.nodeType === 'Dict') {
        const index = value.keys.findIndex(
          one => one?.nodeType === 'Constant' && one.value === key
        );
        const literal =
          index < 0 ? undefined : literalValue(value.values[index]);
        return literal === undefined ? null : { value: literal };
      }
      if (value.nodeType === 'Call') {
        return (
          keywordOf(value, key) ??
          parsed ??
          (value.func.nodeType === 'Name'
            ? classValue(value.func.id, key, calls)
            : null)
        );
      }
    }
  }
  return null;
}

/** A setting that an object is made with: `SimpleNamespace(lr=0.1)`. */
function keywordOf(
  call: Call,
  key: string
): { value: Value | undefined } | null {
  const given = call.keywords.find(({ arg }) => arg === key);
  const value = given && literalValue(given.value);
  return value === undefined ? null : { value };
}

/** A setting that the class of an object has. */
function classValue(
  name: string,
  key: string,
  calls: CallGraph
): { value: Value | undefined } | null {
  const definition = calls.definitions.get(name);
  if (definition?.nodeType !== 'ClassDef') {
    return null;
  }
  const isFrozen = definition.decorator_list.some(one =>
    /frozen|slots/.test(calls.anchors.text.source(one))
  );
  for (const statement of definition.body) {
    const value =
      statement.nodeType === 'Assign' && targetNames(statement).includes(key)
        ? statement.value
        : statement.nodeType === 'AnnAssign' &&
            statement.target.nodeType === 'Name' &&
            statement.target.id === key
          ? statement.value
          : undefined;
    const literal = value && literalValue(value);
    if (literal !== undefined && !isFrozen) {
      return { value: literal };
    }
  }
  return null;
}

/** Whether there is an argument of the command line with a number as its default; its value is open. */
function defaultOfArgument(
  key: string,
  calls: CallGraph
): { value: undefined } | null {
  for (const node of walk(calls.anchors.text.module)) {
    if (
      node.nodeType !== 'Call' ||
      node.func.nodeType !== 'Attribute' ||
      node.func.attr !== 'add_argument'
    ) {
      continue;
    }
    const names = node.args.map(one => String(literalValue(one) ?? ''));
    const matches = names.some(
      one => one.replace(/^-+/, '').replace(/-/g, '_') === key
    );
    const isNamed = node.keywords.some(
      ({ arg, value }) => arg === 'dest' && literalValue(value) === key
    );
    const given = node.keywords.find(({ arg }) => arg === 'default');
    const value = given && literalValue(given.value);
    const isUsable = value !== 0 || spaceByName(key)?.factor === undefined;
    if ((matches || isNamed) && typeof value === 'number' && isUsable) {
      return { value: undefined };
    }
  }
  return null;
}
