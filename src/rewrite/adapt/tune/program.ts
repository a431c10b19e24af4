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

/** A script as a program: what its statements call. */
export class Program {
  constructor(readonly anchors: Anchors) {
    for (const statement of anchors.text.module.body) {
      if (isDefinition(statement)) {
        this.definitions.set(statement.name, statement);
      }
    }
    for (const place of anchors.places) {
      const { statement } = place;
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

  /** Functions and classes at the top, by name. */
  readonly definitions = new Map<string, Definition>();

  /** The block that a user would call the script: its main block, else its body. */
  get entry(): readonly StmtNode[] {
    const { body } = this.anchors.text.module;
    const main = mainBlock(body);
    return main && this.trains(main) ? main : body;
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

  /** Whether statements train, themselves or through functions of the script. */
  trains(statements: readonly (StmtNode | ExprNode)[]): boolean {
    const nodes = statements.filter(one => !isDefinition(one));
    return (
      nodes.some(one => this.trainsItself(one)) ||
      this.reached(nodes as ASTNodeUnion[]).some(one =>
        this.trainsItself(one as StmtNode)
      )
    );
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

  private readonly _made = new Map<string, string>();
}

/** Whether a statement defines a function or a class. */
export function isDefinition(node: {
  nodeType: string;
}): node is Definition & StmtNode {
  return node.nodeType === 'FunctionDef' || node.nodeType === 'ClassDef';
}

/** The dotted name of what an expression calls; `Net().to(device)` calls `Net`. */
export function calledName(node: ExprNode, program: Program): string | null {
  if (node.nodeType !== 'Call') {
    return null;
  }
  const { func } = node;
  const dotted = program.anchors.names.dotted(func);
  if (dotted !== null) {
    return dotted;
  }
  if (func.nodeType === 'Name') {
    return func.id;
  }
  return func.nodeType === 'Attribute' ? calledName(func.value, program) : null;
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
