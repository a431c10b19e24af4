/**
 * Pruning while a script trains: half of the weights become zero half-way, and stay so.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, Call, FunctionDef, StmtNode } from 'py-ast';

import { Anchors } from '../anchors';
import type { IPlace, Loop } from '../blocks';
import { calledName, calleeOf, isPlain } from '../expressions';
import { rangeOf } from '../passes';
import type { IAdaptation, INote, IProgram } from '../program';
import { Splice } from '../splice';
import { AMOUNT, type IPruner, lightningCallback } from './helpers';

/** An optimizer, and the modules whose parameters it is given. */
interface IOptimizer {
  place: IPlace;
  /** The variable or attribute it is in. */
  source: string;
  modules: readonly string[];
}

/** Whether a script trains a module of PyTorch with an optimizer, or has a trainer that does. */
export function canPrune(source: string): boolean {
  const anchors = new Anchors(source);
  return optimizersOf(anchors).length > 0 || trainersOf(anchors).length > 0;
}

/** Prune the modules that a script trains. */
export function prune(
  source: string,
  pruner: IPruner,
  program?: IProgram
): IAdaptation {
  if (pruner.used.test(source)) {
    return { code: source, changed: false, notes: [] };
  }
  const anchors = new Anchors(source, program);
  const splice = new Splice(anchors.text);
  const notes: INote[] = [];
  const trainers = trainersOf(anchors);
  const optimizers = trainers.length > 0 ? [] : optimizersOf(anchors);
  if (trainers.length === 0 && optimizers.length === 0) {
    const message =
      'Not pruned: no optimizer that is given the parameters of a module was found.';
    return { code: source, changed: false, notes: [{ line: 1, message }] };
  }
  const helper = [...pruner.helper];
  trainers.forEach(({ place, source: trainer }) =>
    splice.after(place.statement, [
      `${trainer}.callbacks.append(PruneHalfWay())`
    ])
  );
  const imports = new Set(pruner.imports);
  if (trainers.length > 0) {
    const { callback, needed } = callbackBase(trainers[0].call, anchors);
    helper.push('', ...lightningCallback(callback));
    needed.forEach(one => imports.add(one));
  }
  optimizers.forEach((optimizer, place) => {
    const name = optimizers.length > 1 ? `pruning_${place + 1}` : 'pruning';
    new Insertion(optimizer, name, anchors, splice).write();
  });
  const head = [
    ...[...imports].filter(line => !isImported(line, anchors)),
    '',
    '',
    ...helper,
    ''
  ];
  if (anchors.lastImport) {
    splice.after(anchors.lastImport, head);
  } else {
    splice.atStart(head);
  }
  return { code: splice.toString(), changed: true, notes };
}

function isImported(line: string, { names }: Anchors): boolean {
  const module = line.replace('import ', '');
  return module.includes('.') ? false : names.hasAs(module);
}

/** Where the pruning of one optimizer is made, and where it starts. */
class Insertion {
  constructor(
    private readonly _optimizer: IOptimizer,
    private readonly _name: string,
    private readonly _anchors: Anchors,
    private readonly _splice: Splice
  ) {}

  write(): void {
    const { place, source, modules } = this._optimizer;
    const name = source.startsWith('self.') ? `self.${this._name}` : this._name;
    const made = `${name} = PruneWeights([${modules.join(', ')}], [${source}], amount=${AMOUNT})`;
    const loop = this._loop();
    const half = loop && !breaks(loop) ? halfOf(loop, this._anchors) : null;
    if (loop && half !== null) {
      this._splice.after(place.statement, [made]);
      this._splice.before(loop.body[0], [`if ${half}:`, `    ${name}.start()`]);
    } else {
      this._splice.after(place.statement, [made, `${name}.start()`]);
    }
  }

  /** The outermost loop after the optimizer is made in which it makes its steps. */
  private _loop(): Loop | null {
    const { place, source } = this._optimizer;
    const training = trainingFunctions(this._anchors);
    const isOfSelf = source.startsWith('self.');
    const found = this._anchors.places.find(
      ({ statement, function: inside, class: owner, loops }) =>
        (statement.nodeType === 'For' || statement.nodeType === 'While') &&
        (isOfSelf
          ? owner === place.class && loops.length === 0
          : inside === place.function &&
            (statement.lineno ?? 0) > (place.statement.lineno ?? 0) &&
            place.loops.every(loop => loops.includes(loop)) &&
            loops.length === place.loops.length) &&
        trains(statement, training)
    );
    return (found?.statement as Loop | undefined) ?? null;
  }
}

/** The functions in which gradients are computed, and those that call them. */
function trainingFunctions({ places }: Anchors): Set<string> {
  const functions = places
    .map(({ statement }) => statement)
    .filter(
      (statement): statement is FunctionDef =>
        statement.nodeType === 'FunctionDef'
    );
  const found = new Set<string>();
  for (let before = -1; before < found.size;) {
    before = found.size;
    functions
      .filter(each => trains(each, found))
      .forEach(({ name }) => found.add(name));
  }
  return found;
}

/** Whether something in a statement computes gradients, or calls a function that does. */
function trains(statement: StmtNode, functions: ReadonlySet<string>): boolean {
  for (const node of walk(statement)) {
    if (node.nodeType !== 'Call') {
      continue;
    }
    const name = calledName(node.func);
    if (name === 'backward' || functions.has(name)) {
      return true;
    }
  }
  return false;
}

/** Whether a loop may end early: then nobody knows where its half is. */
function breaks(loop: Loop): boolean {
  return [...walk(loop as ASTNodeUnion)].some(
    ({ nodeType }) => nodeType === 'Break' || nodeType === 'Return'
  );
}

/** The condition under which a pass of a counted loop is the one half-way. */
function halfOf(loop: Loop, { text }: Anchors): string | null {
  if (loop.nodeType !== 'For' || loop.target.nodeType !== 'Name') {
    return null;
  }
  const bounds = rangeOf(loop.iter)?.args;
  if (!bounds?.length || bounds.length > 2 || !bounds.every(isPlain)) {
    return null;
  }
  const [first, last] = bounds.map(bound =>
    /^(Name|Attribute|Constant|Subscript)$/.test(bound.nodeType)
      ? text.source(bound)
      : `(${text.source(bound)})`
  );
  const half =
    last === undefined ? `${first} // 2` : `(${first} + ${last}) // 2`;
  return `${loop.target.id} == ${half}`;
}

/** The optimizers that a script makes, or has made by a function of its own. */
function optimizersOf(anchors: Anchors): IOptimizer[] {
  const makers = optimizerMakers(anchors);
  return anchors.places.flatMap((place): IOptimizer[] => {
    const { statement } = place;
    if (statement.nodeType !== 'Assign' || statement.targets.length !== 1) {
      return [];
    }
    const { value } = statement;
    const [target] = statement.targets;
    if (
      value.nodeType !== 'Call' ||
      !/^(Name|Attribute)$/.test(target.nodeType)
    ) {
      return [];
    }
    const modules = isOptimizer(value, anchors)
      ? ownersIn(value, anchors)
      : handedTo(value, makers, anchors);
    return modules.length > 0
      ? [{ place, source: anchors.text.source(target), modules }]
      : [];
  });
}

function isOptimizer(call: Call, { names }: Anchors): boolean {
  const { dotted } = calleeOf(call.func, names);
  return (
    dotted !== null && /^torch\.optim\.(?!lr_scheduler)[\w.]*[A-Z]/.test(dotted)
  );
}

/** The modules whose parameters are handed over: `model` of `model.parameters()`. */
function ownersIn(call: Call, { text }: Anchors): string[] {
  const owners = new Set<string>();
  for (const node of walk(call as ASTNodeUnion)) {
    if (
      node.nodeType === 'Attribute' &&
      /^(named_)?parameters$/.test(node.attr) &&
      /^(Name|Attribute)$/.test(node.value.nodeType)
    ) {
      const owner = text.source(node.value);
      if (owner !== 'self') {
        owners.add(owner);
      }
    }
  }
  return [...owners];
}

/** Functions that return an optimizer, and at which place of theirs the module is. */
function optimizerMakers(anchors: Anchors): Map<string, number> {
  const makers = new Map<string, number>();
  for (const { statement, function: maker } of anchors.places) {
    if (
      maker &&
      statement.nodeType === 'Return' &&
      statement.value?.nodeType === 'Call' &&
      isOptimizer(statement.value, anchors)
    ) {
      const [owner] = ownersIn(statement.value, anchors);
      const at = maker.args.args.findIndex(({ arg }) => arg === owner);
      if (at >= 0) {
        makers.set(maker.name, at);
      }
    }
  }
  return makers;
}

function handedTo(
  call: Call,
  makers: ReadonlyMap<string, number>,
  { text }: Anchors
): string[] {
  const at =
    call.func.nodeType === 'Name' ? makers.get(call.func.id) : undefined;
  const given = at === undefined ? undefined : call.args[at];
  return given?.nodeType === 'Name' ? [text.source(given)] : [];
}

/** The trainers of Lightning that a script makes. */
function trainersOf(
  anchors: Anchors
): { place: IPlace; source: string; call: Call }[] {
  return anchors.places.flatMap(place => {
    const { statement } = place;
    if (
      statement.nodeType !== 'Assign' ||
      statement.value.nodeType !== 'Call' ||
      statement.targets[0].nodeType !== 'Name'
    ) {
      return [];
    }
    const call = statement.value;
    const { dotted } = calleeOf(call.func, anchors.names);
    return dotted !== null && /lightning.*\.Trainer$/.test(dotted)
      ? [{ place, source: anchors.text.source(statement.targets[0]), call }]
      : [];
  });
}

/** The class of callbacks that goes with a trainer. */
function callbackBase(
  call: Call,
  { names, text }: Anchors
): { callback: string; needed: string[] } {
  if (call.func.nodeType === 'Attribute') {
    return { callback: `${text.source(call.func.value)}.Callback`, needed: [] };
  }
  const dotted = calleeOf(call.func, names).dotted ?? '';
  const module = dotted.startsWith('lightning')
    ? 'lightning.pytorch'
    : 'pytorch_lightning';
  return { callback: `${module}.Callback`, needed: [`import ${module}`] };
}
