/**
 * The settings of a training script: arguments, constants, what calls are given.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, Call, ClassDef, ExprNode, StmtNode } from 'py-ast';

import {
  type IPlace,
  type IScript,
  isCompound,
  ownExpressions,
  targetNames
} from './blocks';
import {
  classSettings,
  constantsOf,
  isConfigName,
  isDataclass,
  isPlainMapping,
  mappingKeys,
  nestedEntries,
  storeCounts
} from './constants';
import { calleeOf, isLiteral, isPlain } from './expressions';
import {
  isConfigured,
  isNoSetting,
  isTrainMethod,
  positionalNames
} from './knowledge';

/** A hyper-parameter and the source of its value. */
export interface IParameter {
  name: string;
  source: string;
  /** Its value, when that is written down, so that it is known before the statement runs. */
  literal?: string;
}

/** Hyper-parameters that are known once a statement has run. */
export interface IParameters {
  place: IPlace;
  entries: IParameter[];
  /** A mapping or namespace of which all entries are hyper-parameters. */
  all?: { source: string; isNamespace: boolean };
}

/** All settings of a script, in its order. */
export function settingsOf(
  script: IScript,
  bases: ReadonlyMap<string, string>
): IParameters[] {
  return new Settings(script, bases).all();
}

class Settings {
  constructor(
    private readonly _script: IScript,
    private readonly _bases: ReadonlyMap<string, string>
  ) {
    this._stores = storeCounts(_script.text);
    this._parsers = new Set(parserNames(_script));
    for (const { statement } of _script.places) {
      if (statement.nodeType === 'ClassDef') {
        this._ownClasses.set(statement.name, statement);
      }
    }
  }

  all(): IParameters[] {
    const found: IParameters[] = [];
    this._reserveNames();
    for (const place of this._script.places) {
      const all = this._wholeMapping(place.statement);
      if (all) {
        found.push({ place, entries: [], all });
      }
      const entries = this._entries(place).flatMap(entry =>
        this._uniquely(entry)
      );
      if (entries.length > 0) {
        found.push({ place, entries });
      }
    }
    return found;
  }

  /** Keep the names in mappings from standing for other values. */
  private _reserveNames(): void {
    for (const { statement } of this._script.places) {
      const all = this._wholeMapping(statement);
      if (all?.isNamespace) {
        for (const name of argumentNames(this._script)) {
          this._used.set(name, `${all.source}.${name}`);
        }
      } else if (all && statement.nodeType === 'Assign') {
        for (const name of mappingKeys(statement.value)) {
          this._used.set(name, `${all.source}["${name}"]`);
        }
      }
    }
  }

  /** What a statement makes that is settings as a whole. */
  private _wholeMapping(statement: StmtNode): IParameters['all'] | null {
    const namespace =
      parsedArguments(statement, this._parsers) ?? this._dataclass(statement);
    if (namespace) {
      return { source: namespace, isNamespace: true };
    }
    const mapping = this._settingsMapping(statement);
    return mapping ? { source: mapping, isNamespace: false } : null;
  }

  /** The single settings of a statement. */
  private _entries(place: IPlace): IParameter[] {
    const { statement } = place;
    if (statement.nodeType === 'ClassDef') {
      return place.block === this._script.text.module.body
        ? classSettings(statement, this._script.text)
        : [];
    }
    const mapping = this._settingsMapping(statement);
    if (mapping && statement.nodeType === 'Assign') {
      return nestedEntries(statement.value, mapping);
    }
    const constants = this._constants(place);
    if (constants.length > 0 || isCompound(statement)) {
      return constants;
    }
    const entries: IParameter[] = [];
    for (const node of ownExpressions(statement)) {
      if (node.nodeType === 'Call') {
        entries.push(...this._arguments(node));
      }
    }
    return entries;
  }

  /** The name of a dictionary of settings: plain values, given to what trains. */
  private _settingsMapping(statement: StmtNode): string | null {
    if (
      statement.nodeType !== 'Assign' ||
      !(isPlainMapping(statement.value) || this._isPlainDict(statement.value))
    ) {
      return null;
    }
    const [name] = targetNames(statement);
    return name && this._configuresTraining(name) ? name : null;
  }

  /** Whether a value is `dict(a=1, b=2)`. */
  private _isPlainDict(value: ExprNode): boolean {
    return (
      value.nodeType === 'Call' &&
      value.func.nodeType === 'Name' &&
      value.func.id === 'dict' &&
      value.args.length === 0 &&
      value.keywords.every(one => isPlain(one.value))
    );
  }

  /** Whether a variable is handed to something that trains or is trained. */
  private _configuresTraining(name: string): boolean {
    const isIt = (node: ExprNode) =>
      node.nodeType === 'Name' && node.id === name;
    for (const node of walk(this._script.text.module as ASTNodeUnion)) {
      if (node.nodeType !== 'Call') {
        continue;
      }
      const { dotted } = calleeOf(node.func, this._script.names);
      const given = [...node.args, ...node.keywords.map(({ value }) => value)];
      if (dotted !== null && isConfigured(dotted) && given.some(isIt)) {
        return true;
      }
    }
    return isConfigName(name);
  }

  /** The variable that an object of a dataclass of settings is assigned to. */
  private _dataclass(statement: StmtNode): string | null {
    if (
      statement.nodeType !== 'Assign' ||
      statement.value.nodeType !== 'Call' ||
      statement.value.func.nodeType !== 'Name'
    ) {
      return null;
    }
    const definition = this._ownClasses.get(statement.value.func.id);
    const [name] = targetNames(statement);
    const isSettings =
      isConfigName(name ?? '') || isConfigName(definition?.name ?? '');
    return definition && isDataclass(definition) && isSettings ? name : null;
  }

  /** A name for a parameter that is not that of another value. */
  private _uniquely(parameter: IParameter): IParameter[] {
    const { name, source } = parameter;
    if (this._used.get(name) === source.replaceAll("'", '"')) {
      return [];
    }
    let unique = name;
    for (let number = 2; this._used.has(unique); number++) {
      unique = `${name}_${number}`;
    }
    this._used.set(unique, source);
    return [{ ...parameter, name: unique }];
  }

  /** Constants: numbers and words that are assigned once, not in a loop. */
  private _constants({
    statement,
    loops,
    class: inside
  }: IPlace): IParameter[] {
    return loops.length > 0 || inside !== null
      ? []
      : constantsOf(statement, this._script.text).filter(
          ({ name }) => this._stores.get(name) === 1
        );
  }

  /** The arguments of a call that configure training. */
  private _arguments(call: Call): IParameter[] {
    const { dotted, method } = calleeOf(call.func, this._script.names);
    const own =
      call.func.nodeType === 'Name' && this._bases.has(call.func.id)
        ? this._ownClasses.get(call.func.id)
        : undefined;
    const configures =
      own !== undefined ||
      (dotted !== null && isConfigured(dotted)) ||
      (dotted === null && method !== null && isTrainMethod(method));
    if (!configures) {
      return [];
    }
    const names = own
      ? constructorNames(own)
      : dotted
        ? positionalNames(dotted)
        : [];
    const given: [string | null, ExprNode][] = [
      ...call.args.map(
        (value, at) =>
          [isLiteral(value) ? (names[at] ?? null) : null, value] as [
            string | null,
            ExprNode
          ]
      ),
      ...call.keywords.map(
        ({ arg, value }) => [arg ?? null, value] as [string | null, ExprNode]
      )
    ];
    return given.flatMap(([name, value]) =>
      name && isPlain(value) && isSetting(name, value)
        ? [this._parameter(name, value)]
        : []
    );
  }

  private _parameter(name: string, value: ExprNode): IParameter {
    const source = this._script.text.source(value);
    return isLiteral(value)
      ? { name, source, literal: source }
      : { name, source };
  }

  private readonly _stores: ReadonlyMap<string, number>;
  private readonly _parsers: ReadonlySet<string>;
  private readonly _ownClasses = new Map<string, ClassDef>();
  private readonly _used = new Map<string, string>();
}

/** The names of the arguments of a class's constructor. */
function constructorNames(definition: ClassDef): string[] {
  for (const statement of definition.body) {
    if (statement.nodeType === 'FunctionDef' && statement.name === '__init__') {
      return statement.args.args.slice(1).map(({ arg }) => arg);
    }
  }
  return [];
}

/** The names that the script's argument parsers give. */
function argumentNames(script: IScript): string[] {
  return script.places.flatMap(({ statement }) =>
    [...ownExpressions(statement)].flatMap(node => {
      if (
        node.nodeType !== 'Call' ||
        node.func.nodeType !== 'Attribute' ||
        node.func.attr !== 'add_argument'
      ) {
        return [];
      }
      const given = [
        ...node.args,
        ...node.keywords.flatMap(({ arg, value }) =>
          arg === 'dest' ? [value] : []
        )
      ];
      return given.flatMap(one =>
        one.nodeType === 'Constant' && typeof one.value === 'string'
          ? [one.value.replace(/^-+/, '').replaceAll('-', '_')]
          : []
      );
    })
  );
}

/** Functions of the script that return parsed arguments. */
function parserNames(script: IScript): string[] {
  return script.places.flatMap(({ statement, function: definition }) =>
    definition &&
    statement.nodeType === 'Return' &&
    statement.value &&
    (isParsing(statement.value) ||
      script.places.some(
        other =>
          other.function === definition &&
          other.statement.nodeType === 'Assign' &&
          isParsing(other.statement.value) &&
          statement.value?.nodeType === 'Name' &&
          targetNames(other.statement).includes(statement.value.id)
      ))
      ? [definition.name]
      : []
  );
}

function isParsing(value: ExprNode): boolean {
  return (
    value.nodeType === 'Call' &&
    value.func.nodeType === 'Attribute' &&
    value.func.attr === 'parse_args'
  );
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
function isSetting(name: string, value: ExprNode): boolean {
  return (
    !isNoSetting(name) &&
    (value.nodeType !== 'Name' ||
      !/^(X|y|x|data|train|test|val)(_|$)/.test(value.id))
  );
}
