/**
 * The settings of a training script: arguments, constants, what calls are given.
 */
import { walk } from 'py-ast';
import type { Call, ExprNode, StmtNode } from 'py-ast';

import {
  type IPlace,
  type IScript,
  isCompound,
  mainBlock,
  ownExpressions,
  targetNames
} from './blocks';
import { calleeOf, isLiteral, isPlain } from './expressions';
import { isConfigured, isTrainMethod } from './knowledge';

/** A hyper-parameter and the source of its value. */
export interface IParameter {
  name: string;
  source: string;
}

/** Hyper-parameters that are known once a statement has run. */
export interface IParameters {
  place: IPlace;
  entries: IParameter[];
  /** A mapping or namespace of which all entries are hyper-parameters. */
  all?: { source: string; isNamespace: boolean };
}

/** All settings of a script, in its order. */
export function settingsOf(script: IScript): IParameters[] {
  return new Settings(script).all();
}

class Settings {
  constructor(private readonly _script: IScript) {}

  all(): IParameters[] {
    const found: IParameters[] = [];
    const used = new Map<string, string>();
    const add = (place: IPlace, entries: IParameter[]) => {
      const fresh = entries.flatMap(({ name, source }) =>
        this._uniquely(name, source, used)
      );
      if (fresh.length > 0) {
        found.push({ place, entries: fresh });
      }
    };
    for (const place of this._script.places) {
      const { statement } = place;
      const mapping = this._settingsMapping(place);
      if (mapping) {
        found.push({
          place,
          entries: [],
          all: { source: mapping, isNamespace: false }
        });
        continue;
      }
      const namespace = parsedArguments(statement, this._parsers());
      if (namespace) {
        found.push({
          place,
          entries: [],
          all: { source: namespace, isNamespace: true }
        });
        continue;
      }
      const constant = this._constant(place);
      if (constant) {
        add(place, [constant]);
        continue;
      }
      const entries: IParameter[] = [];
      for (const node of ownExpressions(statement)) {
        if (node.nodeType === 'Call') {
          entries.push(...this._arguments(node));
        }
      }
      if (!isCompound(statement)) {
        add(place, entries);
      }
    }
    return found;
  }

  /** Functions of the script that return parsed arguments. */
  private _parsers(): ReadonlySet<string> {
    return new Set(
      this._script.places.flatMap(({ statement, function: definition }) =>
        statement.nodeType === 'Return' &&
        statement.value?.nodeType === 'Call' &&
        statement.value.func.nodeType === 'Attribute' &&
        statement.value.func.attr === 'parse_args' &&
        definition
          ? [definition.name]
          : []
      )
    );
  }

  /** The name of a dictionary of settings: literal values, given to what trains. */
  private _settingsMapping({ statement }: IPlace): string | null {
    if (
      statement.nodeType !== 'Assign' ||
      statement.value.nodeType !== 'Dict' ||
      statement.value.values.length === 0 ||
      !statement.value.values.every(isPlain)
    ) {
      return null;
    }
    const [name] = targetNames(statement);
    return name && this._configuresTraining(name) ? name : null;
  }

  /** Whether a variable is handed to something that trains or is trained. */
  private _configuresTraining(name: string): boolean {
    for (const node of walk(this._script.text.module)) {
      if (node.nodeType !== 'Call') {
        continue;
      }
      const { dotted } = calleeOf(node.func, this._script.names);
      const given = [
        ...node.args,
        ...node.keywords.map(keyword => keyword.value)
      ];
      if (
        dotted !== null &&
        isConfigured(dotted) &&
        given.some(one => one.nodeType === 'Name' && one.id === name)
      ) {
        return true;
      }
    }
    return /^(config|cfg|params|hparams|hyperparams|hyperparameters|settings)$/i.test(
      name
    );
  }

  /** A name for a parameter that is not that of another value. */
  private _uniquely(
    name: string,
    source: string,
    used: Map<string, string>
  ): IParameter[] {
    if (used.get(name) === source) {
      return [];
    }
    let unique = name;
    for (let number = 2; used.has(unique); number++) {
      unique = `${name}_${number}`;
    }
    used.set(unique, source);
    return [{ name: unique, source }];
  }

  /** A constant of the script: a number or a word, assigned once at the top. */
  private _constant({ statement, block }: IPlace): IParameter | null {
    const { body } = this._script.text.module;
    const top = block === body || block === mainBlock(body);
    if (
      !top ||
      statement.nodeType !== 'Assign' ||
      statement.targets.length !== 1
    ) {
      return null;
    }
    const [target] = statement.targets;
    if (
      target.nodeType !== 'Name' ||
      !isLiteral(statement.value) ||
      isPathLike(statement.value) ||
      this._timesStored(target.id) !== 1
    ) {
      return null;
    }
    return { name: target.id, source: target.id };
  }

  private _timesStored(name: string): number {
    let times = 0;
    for (const node of walk(this._script.text.module)) {
      if (
        node.nodeType === 'Name' &&
        node.id === name &&
        node.ctx.nodeType === 'Store'
      ) {
        times += 1;
      }
    }
    return times;
  }

  /** The keyword arguments of a call that configure training. */
  private _arguments(call: Call): IParameter[] {
    const { dotted, method } = calleeOf(call.func, this._script.names);
    const configures =
      (dotted !== null && isConfigured(dotted)) ||
      (dotted === null && method !== null && isTrainMethod(method));
    if (!configures) {
      return [];
    }
    return call.keywords.flatMap(({ arg, value }) =>
      arg && isPlain(value) && isSetting(value)
        ? [{ name: arg, source: this._script.text.source(value) }]
        : []
    );
  }
}

/** The variable that `parse_args` is assigned to. */
function parsedArguments(
  statement: StmtNode,
  parsers: ReadonlySet<string>
): string | null {
  if (statement.nodeType !== 'Assign' || statement.value.nodeType !== 'Call') {
    return null;
  }
  const [target] = statement.targets;
  const { func } = statement.value;
  const called = func.nodeType === 'Attribute' ? func.attr : null;
  const isParser = func.nodeType === 'Name' && parsers.has(func.id);
  if (called === 'parse_args' || isParser) {
    return target.nodeType === 'Name' ? target.id : null;
  }
  if (called === 'parse_known_args') {
    const first = target.nodeType === 'Tuple' ? target.elts[0] : null;
    return first?.nodeType === 'Name' ? first.id : null;
  }
  return null;
}

/** Whether a value can be a setting: not data, not an object. */
function isSetting(value: ExprNode): boolean {
  return (
    value.nodeType !== 'Name' ||
    !/^(X|y|x|data|train|test|val)(_|$)/.test(value.id)
  );
}

function isPathLike(value: ExprNode): boolean {
  return (
    value.nodeType === 'Constant' &&
    typeof value.value === 'string' &&
    (/[/\\]/.test(value.value) ||
      value.value.length > 100 ||
      /\n/.test(value.value))
  );
}
