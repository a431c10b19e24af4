/**
 * The functions and classes of a script, and what a statement reaches through them.
 */
import { walk } from 'py-ast';
import type {
  ASTNodeUnion,
  Call,
  ClassDef,
  ExprNode,
  FunctionDef,
  StmtNode
} from 'py-ast';

import type { Anchors } from '../anchors';
import { mainBlock } from '../blocks';
import { type Part, partByName } from './data';

/** A function or a class of the script. */
export type Definition = FunctionDef | ClassDef;

/** Names of calls that change what is trained. */
const TRAINING_METHODS: ReadonlySet<string> = new Set([
  'fit',
  'backward',
  'manual_backward',
  'partial_fit',
  'train_on_batch',
  'fit_predict'
]);

/** Libraries whose objects have `fit` but are prepared, not trained. */
const PREPARING =
  /^sklearn\.(preprocessing|feature_extraction|decomposition|impute|compose|feature_selection)\./;

const TRAINING_FUNCTIONS = /^(xgboost|lightgbm)\.(train|cv)$/;

const VALIDATING =
  /^sklearn\.model_selection\.(cross_val_score|cross_validate|cross_val_predict)$/;

/** What the statements of a script call. */
export class CallGraph {
  constructor(readonly anchors: Anchors) {
    for (const statement of anchors.text.module.body) {
      if (isDefinition(statement)) {
        this.definitions.set(statement.name, statement);
      }
    }
    for (const place of anchors.places) {
      const { statement } = place;
      this._noteSplit(statement);
      if (statement.nodeType === 'Assign') {
        const made = calledName(statement.value, this);
        for (const target of statement.targets) {
          if (made && target.nodeType === 'Name') {
            this._made.set(target.id, made);
          }
        }
      }
    }
  }

  /** The part of the data that a variable holds: by how it was split off, or by its name. */
  partOf(name: string): Part | null {
    return this._parts.get(name) ?? partByName(name);
  }

  /** Whether two variables are the parts of one split. */
  isSplitPair(train: string, test: string): boolean {
    return this._pairs.get(test) === train;
  }

  /** Functions and classes at the top, by name. */
  readonly definitions = new Map<string, Definition>();

  /** The block that a user would call the script: its main block, else its body. */
  get entry(): readonly StmtNode[] {
    const { body } = this.anchors.text.module;
    const main = mainBlock(body);
    return main && this.trains(main) ? main : body;
  }

  /** Whether the script imports a module that is not of a known library. */
  get hasOwnModules(): boolean {
    return this.anchors.names.hasOwn(
      dotted => isKnownLibrary(dotted) || STANDARD.has(dotted.split('.')[0])
    );
  }

  /** The functions and classes that nodes use, also through others. */
  reached(nodes: readonly ASTNodeUnion[]): Definition[] {
    const found = new Set<Definition>();
    const visit = (node: ASTNodeUnion) => {
      for (const part of walk(node)) {
        const definition =
          part.nodeType === 'Name' ? this.definitions.get(part.id) : undefined;
        if (definition && !found.has(definition)) {
          found.add(definition);
          visit(definition as ASTNodeUnion);
        }
      }
    };
    nodes.forEach(visit);
    return [...found];
  }

  /** Whether statements train, themselves or through functions and methods of the script. */
  trains(statements: readonly (StmtNode | ExprNode)[]): boolean {
    return statements.some(
      one => !isDefinition(one) && this._trains(one, null, new Set())
    );
  }

  private _trains(
    node: StmtNode | ExprNode,
    self: ClassDef | null,
    seen: Set<unknown>
  ): boolean {
    if (this.trainsItself(node)) {
      return true;
    }
    for (const part of walk(node as ASTNodeUnion)) {
      for (const [called, owner] of this._calledBy(part, self)) {
        if (!seen.has(called)) {
          seen.add(called);
          if (called.body.some(one => this._trains(one, owner, seen))) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** The functions that a node of the tree calls or hands on, with the class of a method. */
  private _calledBy(
    node: ASTNodeUnion,
    self: ClassDef | null
  ): [FunctionDef, ClassDef | null][] {
    if (node.nodeType === 'Name') {
      const definition = this.definitions.get(node.id);
      return definition?.nodeType === 'FunctionDef'
        ? [[definition, null]]
        : definition
          ? methodsOf(definition, '__init__')
          : [];
    }
    if (node.nodeType !== 'Attribute' || node.value.nodeType !== 'Name') {
      return [];
    }
    const isSelf = node.value.id === 'self';
    const owner = isSelf
      ? self
      : this.definitions.get(this._made.get(node.value.id) ?? '');
    return owner?.nodeType === 'ClassDef' ? methodsOf(owner, node.attr) : [];
  }

  /** Whether a tree contains a call that trains. */
  trainsItself(node: StmtNode | ExprNode): boolean {
    for (const part of walk(node as ASTNodeUnion)) {
      if (part.nodeType === 'Call' && this.isTraining(part)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a call is one that trains a model. */
  isTraining(call: Call): boolean {
    const { func } = call;
    const dotted = this.anchors.names.dotted(func);
    if (dotted !== null) {
      return (
        TRAINING_FUNCTIONS.test(dotted) ||
        VALIDATING.test(dotted) ||
        (!isKnownLibrary(dotted) && /(^|[._])(train|fit)/i.test(dotted))
      );
    }
    if (func.nodeType !== 'Attribute' || !TRAINING_METHODS.has(func.attr)) {
      return false;
    }
    const made = calledName(func.value, this) ?? this.madeBy(func.value);
    return made === null || !PREPARING.test(made);
  }

  /** The dotted name of what made the value of a variable, if it was a call. */
  madeBy(node: ExprNode): string | null {
    return node.nodeType === 'Name' ? (this._made.get(node.id) ?? null) : null;
  }

  /** What a split gives, alternately: a part to train on and one to test on. */
  private _noteSplit(statement: StmtNode): void {
    if (
      statement.nodeType !== 'Assign' ||
      statement.targets[0].nodeType !== 'Tuple' ||
      !/\.train_test_split$/.test(calledName(statement.value, this) ?? '')
    ) {
      return;
    }
    const { elts } = statement.targets[0];
    elts.forEach((target, index) => {
      const before = elts[index - 1];
      if (
        index % 2 === 1 &&
        target.nodeType === 'Name' &&
        before.nodeType === 'Name'
      ) {
        this._pairs.set(target.id, before.id);
      }
      if (target.nodeType === 'Name' && partByName(target.id) === null) {
        this._parts.set(target.id, index % 2 === 0 ? 'train' : 'test');
      }
    });
  }

  private readonly _made = new Map<string, string>();
  private readonly _pairs = new Map<string, string>();
  private readonly _parts = new Map<string, Part>();
}

function methodsOf(
  owner: ClassDef,
  name: string
): [FunctionDef, ClassDef | null][] {
  return owner.body.flatMap(one =>
    one.nodeType === 'FunctionDef' && one.name === name
      ? [[one, owner] as [FunctionDef, ClassDef]]
      : []
  );
}

/** Whether a statement defines a function or a class. */
export function isDefinition(node: {
  nodeType: string;
}): node is Definition & StmtNode {
  return node.nodeType === 'FunctionDef' || node.nodeType === 'ClassDef';
}

/** The dotted name of what an expression calls; `Net().to(device)` calls `Net`. */
export function calledName(node: ExprNode, calls: CallGraph): string | null {
  if (node.nodeType !== 'Call') {
    return null;
  }
  const { func } = node;
  const dotted = calls.anchors.names.dotted(func);
  if (dotted !== null) {
    return dotted;
  }
  if (func.nodeType === 'Name') {
    return func.id;
  }
  return func.nodeType === 'Attribute' ? calledName(func.value, calls) : null;
}

/** Whether a dotted name is of a library that is known not to be the user's. */
export function isKnownLibrary(dotted: string): boolean {
  return KNOWN.has(dotted.split('.')[0]);
}

const KNOWN: ReadonlySet<string> = new Set([
  'sklearn',
  'torch',
  'torchvision',
  'numpy',
  'pandas',
  'scipy',
  'matplotlib',
  'seaborn',
  'xgboost',
  'lightgbm',
  'keras',
  'tensorflow',
  'pytorch_lightning',
  'lightning',
  'torchmetrics',
  'tqdm'
]);

/** Modules of Python that training scripts import. */
const STANDARD: ReadonlySet<string> = new Set([
  'argparse',
  'collections',
  'copy',
  'dataclasses',
  'functools',
  'itertools',
  'json',
  'logging',
  'math',
  'os',
  'pathlib',
  'pickle',
  'random',
  're',
  'statistics',
  'string',
  'sys',
  'time',
  'types',
  'typing',
  'warnings',
  '__future__'
]);
