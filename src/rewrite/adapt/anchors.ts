/**
 * The places of a training script that its adaptations hold on to.
 */
import { walk } from 'py-ast';
import type {
  ASTNodeUnion,
  Call,
  ExprNode,
  FunctionDef,
  StmtNode
} from 'py-ast';

import { CellText } from '../lifter/celltext';
import { type IPlace, isMainGuard, placesOf } from './blocks';
import { calleeOf, isLiteral, isPlain, isPure } from './expressions';
import {
  flavorOf,
  isConfigured,
  isTrainFunction,
  isTrainMethod,
  WRITERS
} from './knowledge';
import { type IMetricPrint, metricPrints } from './metrics';
import { ImportedNames } from './names';

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

/** A model that is trained, and where its training is over. */
export interface IModel {
  variable: string;
  flavor: string;
  /** The last statement that trains it. */
  place: IPlace;
}

/** A file that the script writes. */
export interface IWrittenFile {
  place: IPlace;
  path: string;
}

/** A training script with its anchors. */
export class Anchors {
  /** @throws SyntaxProblem when the script is not Python. */
  constructor(source: string) {
    this.script = new CellText(source);
    this.names = new ImportedNames(this.script.module);
    this.places = placesOf(this.script.module);
    this.metrics = metricPrints(this.places, this.script, this.names);
    this.parameters = this._parameters();
    this.models = this._models();
    this.files = this._files();
  }

  readonly script: CellText;
  readonly names: ImportedNames;
  readonly places: readonly IPlace[];
  readonly metrics: readonly IMetricPrint[];
  readonly parameters: readonly IParameters[];
  readonly models: readonly IModel[];
  readonly files: readonly IWrittenFile[];

  /** The last of the imports that the script begins with. */
  get lastImport(): StmtNode | null {
    const { body } = this.script.module;
    const isHead = (statement: StmtNode) =>
      statement.nodeType === 'Import' ||
      statement.nodeType === 'ImportFrom' ||
      (statement.nodeType === 'Expr' &&
        statement.value.nodeType === 'Constant');
    let last: StmtNode | null = null;
    for (const statement of body) {
      if (!isHead(statement)) {
        break;
      }
      last = statement;
    }
    return last;
  }

  /** The guard `if __name__ == "__main__":`, if there is one. */
  get mainGuard(): StmtNode | null {
    return this.script.module.body.find(isMainGuard) ?? null;
  }

  /** Whether a place runs more than once: in a loop, or in a function called so. */
  repeats(place: IPlace): boolean {
    return (
      place.loops.length > 0 ||
      (place.function !== null && this._isCalledOften(place.function))
    );
  }

  /** Functions that are called in a loop, twice, or handed on. */
  private _isCalledOften(definition: FunctionDef): boolean {
    let uses = 0;
    for (const place of this.places) {
      if (place.statement === definition) {
        continue;
      }
      for (const node of ownExpressions(place.statement)) {
        if (node.nodeType === 'Name' && node.id === definition.name) {
          const caller = place.function;
          const often =
            place.loops.length > 0 ||
            isComprehended(place.statement, definition.name) ||
            (caller !== null &&
              caller !== definition &&
              this._isCalledOften(caller));
          uses += often ? 2 : 1;
        }
      }
    }
    return uses > 1;
  }

  private _parameters(): IParameters[] {
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
    for (const place of this.places) {
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
      this.places.flatMap(({ statement, function: definition }) =>
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
    for (const node of walk(this.script.module)) {
      if (node.nodeType !== 'Call') {
        continue;
      }
      const { dotted } = calleeOf(node.func, this.names);
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
    const top =
      block === this.script.module.body ||
      (this.mainGuard?.nodeType === 'If' && block === this.mainGuard.body);
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
    for (const node of walk(this.script.module)) {
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
    const { dotted, method } = calleeOf(call.func, this.names);
    const configures =
      (dotted !== null && isConfigured(dotted)) ||
      (dotted === null && method !== null && isTrainMethod(method));
    if (!configures) {
      return [];
    }
    return call.keywords.flatMap(({ arg, value }) =>
      arg && isPlain(value) && isSetting(value)
        ? [{ name: arg, source: this.script.source(value) }]
        : []
    );
  }

  private _models(): IModel[] {
    const classes = this._classes();
    const models = new Map<string, IModel>();
    for (const place of this.places) {
      if (isCompound(place.statement)) {
        continue;
      }
      for (const node of ownExpressions(place.statement)) {
        if (node.nodeType !== 'Call') {
          continue;
        }
        for (const variable of this._trainedBy(node, place.statement)) {
          const dotted = classes.get(variable);
          const flavor = (dotted && flavorOf(dotted)) ?? this._likelyFlavor();
          if (flavor) {
            const scope = place.function?.name ?? '';
            models.set(`${scope}/${variable}`, { variable, flavor, place });
          }
        }
      }
    }
    return [...models.values()];
  }

  /** The variables that a call trains. */
  private _trainedBy(call: Call, statement: StmtNode): string[] {
    const { func } = call;
    const { dotted, method } = calleeOf(func, this.names);
    if (dotted !== null && isTrainFunction(dotted) && /train$/.test(dotted)) {
      return statement.nodeType === 'Assign' ? targetNames(statement) : [];
    }
    if (
      dotted === null &&
      method === 'fit' &&
      func.nodeType === 'Attribute' &&
      func.value.nodeType === 'Name'
    ) {
      const [first] = call.args;
      const isTrainer = /trainer/i.test(func.value.id);
      return isTrainer && first?.nodeType === 'Name'
        ? [first.id]
        : isTrainer
          ? []
          : [func.value.id];
    }
    const isOptimizer = dotted?.startsWith('torch.optim.') ?? false;
    return isOptimizer ? parameterOwners(call) : [];
  }

  /** What class each variable is an object of, as far as that is written down. */
  private _classes(): Map<string, string> {
    const classes = new Map<string, string>();
    const returned = new Map<string, string>();
    const bases = new Map<string, string>();
    for (const { statement } of this.places) {
      if (statement.nodeType === 'ClassDef') {
        const base = statement.bases
          .map(one => this.names.dotted(one))
          .find(one => one !== null);
        if (base) {
          bases.set(statement.name, base);
        }
      }
    }
    for (const place of this.places) {
      const { statement } = place;
      const value =
        statement.nodeType === 'Assign' || statement.nodeType === 'Return'
          ? statement.value
          : null;
      const made = value ? this._madeBy(value, bases, classes) : null;
      if (made && statement.nodeType === 'Assign') {
        targetNames(statement).forEach(name => classes.set(name, made));
      } else if (made && place.function) {
        returned.set(place.function.name, made);
      }
    }
    for (const { statement } of this.places) {
      if (
        statement.nodeType === 'Assign' &&
        statement.value.nodeType === 'Call' &&
        statement.value.func.nodeType === 'Name'
      ) {
        const made = returned.get(statement.value.func.id);
        if (made) {
          targetNames(statement).forEach(name => classes.set(name, made));
        }
      }
    }
    return classes;
  }

  private _madeBy(
    value: ExprNode,
    bases: ReadonlyMap<string, string>,
    classes: ReadonlyMap<string, string>
  ): string | null {
    if (value.nodeType === 'Name') {
      return classes.get(value.id) ?? null;
    }
    if (value.nodeType !== 'Call') {
      return null;
    }
    const { func } = value;
    const own = func.nodeType === 'Name' ? bases.get(func.id) : undefined;
    if (own) {
      return own;
    }
    const dotted = this.names.dotted(func);
    if (dotted) {
      return dotted;
    }
    // model.to(device), Net().to(device)
    return func.nodeType === 'Attribute'
      ? this._madeBy(func.value, bases, classes)
      : null;
  }

  /** The flavor of the one training library that is imported. */
  private _likelyFlavor(): string | null {
    const known: [string, string][] = [
      ['keras', 'keras'],
      ['tensorflow', 'keras'],
      ['torch', 'pytorch'],
      ['sklearn', 'sklearn']
    ];
    return known.find(([library]) => this.names.has(library))?.[1] ?? null;
  }

  private _files(): IWrittenFile[] {
    const files: IWrittenFile[] = [];
    for (const place of this.places) {
      const { statement } = place;
      if (
        statement.nodeType !== 'Expr' ||
        statement.value.nodeType !== 'Call'
      ) {
        continue;
      }
      const call = statement.value;
      const { dotted, method } = calleeOf(call.func, this.names);
      const writer = WRITERS.find(
        one =>
          (one.dotted !== undefined && one.dotted === dotted) ||
          (one.method !== undefined && one.method === method)
      );
      const path = writer && call.args[writer.argument];
      if (path && isPure(path, this.names) && !isStream(path)) {
        files.push({ place, path: this.script.source(path) });
      }
    }
    return files;
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

/** The expressions of a statement itself, not those of the blocks inside it. */
export function* ownExpressions(statement: StmtNode): Generator<ASTNodeUnion> {
  for (const [key, value] of Object.entries(statement)) {
    if (BLOCKS.has(key)) {
      continue;
    }
    for (const part of Array.isArray(value) ? value : [value]) {
      if (part !== null && typeof part === 'object' && 'nodeType' in part) {
        yield* walk(part as ASTNodeUnion);
      }
    }
  }
}

const BLOCKS: ReadonlySet<string> = new Set([
  'body',
  'orelse',
  'finalbody',
  'handlers'
]);

/** Whether a statement has blocks of its own. */
export function isCompound(statement: StmtNode): boolean {
  return 'body' in statement;
}

function isComprehended(statement: StmtNode, name: string): boolean {
  for (const node of ownExpressions(statement)) {
    if (COMPREHENSIONS.has(node.nodeType)) {
      for (const inner of walk(node)) {
        if (inner.nodeType === 'Name' && inner.id === name) {
          return true;
        }
      }
    }
  }
  return false;
}

const COMPREHENSIONS: ReadonlySet<string> = new Set([
  'ListComp',
  'SetComp',
  'DictComp',
  'GeneratorExp',
  'Lambda'
]);

function targetNames(statement: StmtNode): string[] {
  return statement.nodeType === 'Assign'
    ? statement.targets.flatMap(target =>
        target.nodeType === 'Name' ? [target.id] : []
      )
    : [];
}

/** The models whose parameters an optimizer is given. */
function parameterOwners(call: Call): string[] {
  const owners = new Set<string>();
  for (const node of walk(call as ASTNodeUnion)) {
    if (
      node.nodeType === 'Attribute' &&
      node.attr === 'parameters' &&
      node.value.nodeType === 'Name'
    ) {
      owners.add(node.value.id);
    }
  }
  return [...owners];
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

/** Whether a path argument is an open file instead. */
function isStream(path: ExprNode): boolean {
  return (
    path.nodeType === 'Name' && /^(f|fh|fp|file|buf|buffer|out)$/.test(path.id)
  );
}
