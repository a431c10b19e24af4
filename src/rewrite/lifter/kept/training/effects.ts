/**
 * What a statement of a training reads and changes: variables, objects behind them,
 * and the state that random numbers are drawn from.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, ExprNode, FunctionDef, StmtNode } from 'py-ast';

import { loadedNames, storedNames } from '../../celltext';
import { MUTATORS, addRootName } from '../../purity';
import { boundNames, mutatedNames } from '../slicing';
import type { IStep } from '../slicing';

type ClassDef = Extract<StmtNode, { nodeType: 'ClassDef' }>;
type Call = Extract<ExprNode, { nodeType: 'Call' }>;

/** The state of a module's random numbers, as a variable. */
export const RANDOM = { random: '<random>', numpy: '<numpy.random>' } as const;

export interface IEffects {
  reads: ReadonlySet<string>;
  writes: ReadonlySet<string>;
  /** Those of the written whose objects are changed in place. */
  mutates: ReadonlySet<string>;
  /** Those of the written that do not depend on what they were before. */
  sets: ReadonlySet<string>;
}

/** Functions, classes and objects of a notebook, as far as trainings need them. */
export class Definitions {
  constructor(steps: readonly IStep[]) {
    for (const { statement, text } of steps) {
      if (statement.nodeType === 'FunctionDef') {
        this._functions.set(statement.name, statement);
        this._sources.set(statement.name, text.source(statement));
      } else if (statement.nodeType === 'ClassDef') {
        this._classes.set(statement.name, statement);
        this._sources.set(statement.name, text.source(statement));
      }
    }
    steps.forEach(step => this._noteObjects(step));
  }

  isDefined(name: string): boolean {
    return this._sources.has(name);
  }

  /** Whether a method of an object of the notebook's classes changes it. */
  changes(object: string, method: string): boolean {
    const of = this._instances.get(object);
    const known = of === undefined ? undefined : this._classes.get(of);
    return known !== undefined && changingMethods(known).has(method);
  }

  /** Whether a variable draws random numbers: every call of it changes it. */
  isGenerator(name: string): boolean {
    return this._generators.has(name);
  }

  /** The parameters that a function changes, by place. */
  changedParameters(name: string): ReadonlySet<number> {
    const known = this._functions.get(name);
    return known ? changedParameters(known) : new Set();
  }

  /** The sources of a statement and of what it calls. */
  sourceWithCallees({ statement, text }: IStep): string {
    const seen = new Set<string>();
    const parts = [text.source(statement)];
    const visit = (node: ASTNodeUnion): void => {
      for (const name of loadedNames(node)) {
        const of = this._functions.get(name) ?? this._classes.get(name);
        if (of && !seen.has(name)) {
          seen.add(name);
          parts.push(this._sources.get(name) ?? '');
          visit(of);
        }
      }
    };
    visit(statement);
    return parts.join('\n');
  }

  private _noteObjects({ statement, text }: IStep): void {
    for (const node of walk(statement)) {
      if (node.nodeType !== 'Assign' || node.value.nodeType !== 'Call') {
        continue;
      }
      const { func } = node.value;
      for (const target of node.targets) {
        if (target.nodeType !== 'Name') {
          continue;
        }
        if (func.nodeType === 'Name' && this._classes.has(func.id)) {
          this._instances.set(target.id, func.id);
        }
        if (GENERATORS.test(text.source(func))) {
          this._generators.add(target.id);
        }
      }
    }
  }

  private readonly _functions = new Map<string, FunctionDef>();
  private readonly _classes = new Map<string, ClassDef>();
  private readonly _sources = new Map<string, string>();
  private readonly _instances = new Map<string, string>();
  private readonly _generators = new Set<string>();
}

const GENERATORS = /(^|\.)(default_rng|RandomState|Generator|Random)$/;

/** What a statement reads and changes. */
export function effectsOf(step: IStep, known: Definitions): IEffects {
  const { statement } = step;
  if (
    statement.nodeType === 'FunctionDef' ||
    statement.nodeType === 'ClassDef'
  ) {
    const own = new Set([statement.name]);
    return {
      reads: freeNames(statement),
      writes: own,
      mutates: new Set(),
      sets: own
    };
  }
  const inner = boundNames(statement);
  const reads = new Set(
    [...loadedNames(statement)].filter(name => !inner.has(name))
  );
  const mutates = mutatedNames(statement);
  for (const node of walk(statement)) {
    if (node.nodeType === 'Call') {
      changedByCall(node, known).forEach(name => mutates.add(name));
    }
  }
  const writes = new Set([...storedNames([statement]), ...mutates]);
  const sets = new Set(assignedWhole(statement));
  addRandomness(step, known, { reads, writes, sets });
  return { reads, writes, mutates, sets };
}

/** Names that an assignment gives a value whatever they held before. */
function assignedWhole(statement: StmtNode): string[] {
  if (statement.nodeType === 'AnnAssign') {
    return statement.target.nodeType === 'Name' ? [statement.target.id] : [];
  }
  if (statement.nodeType !== 'Assign') {
    return [];
  }
  return statement.targets.flatMap(target =>
    target.nodeType === 'Name'
      ? [target.id]
      : target.nodeType === 'Tuple' || target.nodeType === 'List'
        ? target.elts.flatMap(part =>
            part.nodeType === 'Name' ? [part.id] : []
          )
        : []
  );
}

/** Functions of NumPy that change their first argument. */
const IN_PLACE =
  /(\.at|\.put|\.fill_diagonal|\.copyto|\.shuffle|^shuffle|^heappush|\.heappush)$/;

function changedByCall(call: Call, known: Definitions): Set<string> {
  const names = new Set<string>();
  const { func } = call;
  if (func.nodeType === 'Name') {
    known
      .changedParameters(func.id)
      .forEach(at => call.args[at] && addRootName(call.args[at], names));
  } else if (
    func.nodeType === 'Attribute' &&
    func.value.nodeType === 'Name' &&
    (known.isGenerator(func.value.id) ||
      known.changes(func.value.id, func.attr))
  ) {
    names.add(func.value.id);
  }
  const called =
    func.nodeType === 'Name'
      ? func.id
      : func.nodeType === 'Attribute'
        ? `.${func.attr}`
        : '';
  if (IN_PLACE.test(called) && call.args[0]) {
    addRootName(call.args[0], names);
  }
  for (const { arg, value } of call.keywords) {
    if (arg === 'out') {
      addRootName(value, names);
    }
  }
  for (const arg of [...call.args, ...call.keywords.map(each => each.value)]) {
    if (arg.nodeType === 'Name' && known.isGenerator(arg.id)) {
      names.add(arg.id);
    }
  }
  return names;
}

const DRAWS = {
  [RANDOM.numpy]:
    /\b(np|numpy)\.random\.(?!default_rng|RandomState|Generator|SeedSequence)\w+|\b(train_test_split|KFold|ShuffleSplit)\((?![^)]*random_state)/,
  [RANDOM.random]:
    /(?<![\w.])random\.(?!Random\b)\w+|(?<![\w.])(shuffle|sample|randint|choice)\(/
};

const SEEDS = {
  [RANDOM.numpy]: /\b(np|numpy)\.random\.seed\(/,
  [RANDOM.random]: /(?<![\w.])(random\.)?seed\(/
};

/** Random numbers come out of a hidden variable that every draw changes. */
function addRandomness(
  step: IStep,
  known: Definitions,
  effects: { reads: Set<string>; writes: Set<string>; sets: Set<string> }
): void {
  const source = known.sourceWithCallees(step);
  for (const state of Object.values(RANDOM)) {
    if (!DRAWS[state].test(source) && !SEEDS[state].test(source)) {
      continue;
    }
    effects.writes.add(state);
    if (step.statement.nodeType === 'Expr' && SEEDS[state].test(source)) {
      effects.sets.add(state);
    } else {
      effects.reads.add(state);
    }
  }
}

/** The names that a function or class finds outside itself. */
export function freeNames(definition: FunctionDef | ClassDef): Set<string> {
  if (definition.nodeType === 'ClassDef') {
    const names = new Set<string>();
    const own = storedNames(definition.body);
    for (const part of definition.body) {
      const read =
        part.nodeType === 'FunctionDef' ? freeNames(part) : loadedNames(part);
      read.forEach(name => names.add(name));
    }
    own.forEach(name => names.delete(name));
    definition.bases.forEach(base =>
      loadedNames(base).forEach(name => names.add(name))
    );
    return names;
  }
  const own = new Set([
    ...storedNames(definition.body),
    ...boundNames(definition)
  ]);
  for (const node of walk(definition)) {
    if (node.nodeType === 'Global' || node.nodeType === 'Nonlocal') {
      node.names.forEach(name => own.delete(name));
    }
  }
  return new Set([...loadedNames(definition)].filter(name => !own.has(name)));
}

/** The parameters whose objects a function changes. */
function changedParameters(definition: FunctionDef): Set<number> {
  const changed = new Set<string>();
  for (const node of definition.body.flatMap(part => [...walk(part)])) {
    if (node.nodeType === 'AugAssign') {
      addRootName(node.target, changed);
    } else if (
      (node.nodeType === 'Subscript' || node.nodeType === 'Attribute') &&
      node.ctx.nodeType !== 'Load'
    ) {
      addRootName(node.value, changed);
    } else if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      (MUTATORS.has(node.func.attr) ||
        /^(fit|partial_fit|shuffle|step)$/.test(node.func.attr))
    ) {
      addRootName(node.func.value, changed);
      node.args.forEach(arg => addRootName(arg, changed));
    }
  }
  return new Set(
    definition.args.args.flatMap(({ arg }, at) =>
      changed.has(arg) ? [at] : []
    )
  );
}

/** The methods of a class that change the object, also through others. */
function changingMethods(definition: ClassDef): Set<string> {
  const methods = definition.body.filter(
    (part): part is FunctionDef => part.nodeType === 'FunctionDef'
  );
  const changing = new Set<string>();
  for (let before = -1; before !== changing.size;) {
    before = changing.size;
    for (const method of methods) {
      const self = method.args.args[0]?.arg;
      const nodes = method.body.flatMap(part => [...walk(part)]);
      if (nodes.some(node => changesSelf(node, self, changing))) {
        changing.add(method.name);
      }
    }
  }
  return changing;
}

function changesSelf(
  node: ASTNodeUnion,
  self: string | undefined,
  changing: ReadonlySet<string>
): boolean {
  const isSelf = (root: ExprNode): boolean => {
    const names = new Set<string>();
    addRootName(root, names);
    return self !== undefined && names.has(self);
  };
  if (node.nodeType === 'Subscript' || node.nodeType === 'Attribute') {
    return node.ctx.nodeType !== 'Load' && isSelf(node.value);
  }
  if (node.nodeType !== 'Call' || node.func.nodeType !== 'Attribute') {
    return false;
  }
  const { attr, value } = node.func;
  const direct = value.nodeType === 'Name' && value.id === self;
  return direct ? changing.has(attr) : MUTATORS.has(attr) && isSelf(value);
}
