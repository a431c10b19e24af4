/**
 * The models that a script trains, and with which library.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, Call, ExprNode, StmtNode } from 'py-ast';

import {
  type IPlace,
  type IScript,
  isCompound,
  ownExpressions,
  targetNames
} from './blocks';
import { calleeOf } from './expressions';
import {
  type IFramework,
  frameworkOf,
  isTrainFunction,
  isTrainer,
  likelyFramework
} from './knowledge';

/** A model that is trained, and where its training is over. */
export interface IModel {
  variable: string;
  framework: IFramework;
  /** The last statement that trains it. */
  place: IPlace;
  /** The call that trains it, when one does. */
  fit: Call | null;
}

/**
 * All models that a script trains.
 *
 * @param bases - the library class of each own class
 */
export function trainedModels(
  script: IScript,
  bases: ReadonlyMap<string, string>
): IModel[] {
  return new Trained(script, bases).all();
}

class Trained {
  constructor(
    private readonly _script: IScript,
    private readonly _bases: ReadonlyMap<string, string>
  ) {
    this._readClasses();
  }

  all(): IModel[] {
    const models = new Map<string, IModel>();
    for (const place of this._script.places) {
      if (isCompound(place.statement)) {
        continue;
      }
      for (const node of ownExpressions(place.statement)) {
        if (node.nodeType !== 'Call') {
          continue;
        }
        for (const variable of this._trainedBy(node, place.statement)) {
          this._add(models, variable, place, node);
        }
      }
    }
    if (models.size === 0) {
      this._addUpdatedByHand(models);
    }
    return [...models.values()];
  }

  private _add(
    models: Map<string, IModel>,
    variable: string,
    place: IPlace,
    call: Call | null
  ): void {
    const dotted = this._classes.get(variable);
    const framework =
      (dotted && frameworkOf(dotted)) ||
      likelyFramework(name => this._script.names.has(name));
    if (framework) {
      const scope = place.function?.name ?? '';
      const fit = call && this._isFit(call) ? call : null;
      models.set(`${scope}/${variable}`, { variable, framework, place, fit });
    }
  }

  private _isFit(call: Call): boolean {
    const { dotted, method } = calleeOf(call.func, this._script.names);
    return dotted === null ? isFitMethod(method) : isTrainFunction(dotted);
  }

  /** Modules whose parameters the script changes itself, without an optimizer. */
  private _addUpdatedByHand(models: Map<string, IModel>): void {
    const goesBack = this._script.places.some(
      ({ statement }) =>
        statement.nodeType === 'Expr' &&
        statement.value.nodeType === 'Call' &&
        calleeOf(statement.value.func, this._script.names).method === 'backward'
    );
    if (!goesBack) {
      return;
    }
    for (const place of this._script.places) {
      for (const name of targetNames(place.statement)) {
        const dotted = this._classes.get(name) ?? '';
        if (/^torch\.nn\.(Module|Sequential|Linear)$/.test(dotted)) {
          this._add(models, name, place, null);
        }
      }
    }
  }

  /** The variables that a call trains. */
  private _trainedBy(call: Call, statement: StmtNode): string[] {
    const { func } = call;
    const { dotted, method } = calleeOf(func, this._script.names);
    if (dotted !== null && isTrainFunction(dotted)) {
      return /train$/.test(dotted) ? targetNames(statement) : [];
    }
    if (
      dotted === null &&
      isFitMethod(method) &&
      func.nodeType === 'Attribute'
    ) {
      return this._fitted(func.value, call, statement);
    }
    const isOptimizer = dotted?.startsWith('torch.optim.') ?? false;
    return isOptimizer ? parameterOwners(call) : [];
  }

  /** What `owner.fit(...)` trains: its first argument when the owner is a trainer. */
  private _fitted(owner: ExprNode, call: Call, statement: StmtNode): string[] {
    if (owner.nodeType !== 'Name') {
      // model = Ridge().fit(X, y)
      const made = this._madeBy(owner);
      return made && frameworkOf(made) ? targetNames(statement) : [];
    }
    if (!this._isTrainer(owner.id)) {
      return this._isModel(owner.id) ? [owner.id] : [];
    }
    const model =
      call.args[0] ?? call.keywords.find(({ arg }) => arg === 'model')?.value;
    return model?.nodeType === 'Name' ? [model.id] : [];
  }

  private _isTrainer(variable: string): boolean {
    const dotted = this._classes.get(variable);
    return dotted ? isTrainer(dotted) : /trainer/i.test(variable);
  }

  /** Whether a variable that is fitted predicts: scalers and encoders do not. */
  private _isModel(variable: string): boolean {
    const dotted = this._classes.get(variable) ?? '';
    return !/^sklearn\.(preprocessing|impute|feature_|decomposition|compose)/.test(
      dotted
    );
  }

  /** Find what class each variable is an object of, as far as that is written down. */
  private _readClasses(): void {
    const returned = new Map<string, string>();
    for (const { statement, function: definition } of this._script.places) {
      if (definition && statement.nodeType === 'Return' && statement.value) {
        const made = this._madeBy(statement.value);
        if (made) {
          returned.set(definition.name, made);
        }
      } else if (statement.nodeType === 'Assign') {
        const made = this._madeBy(statement.value);
        if (made) {
          targetNames(statement).forEach(name => this._classes.set(name, made));
        }
      }
    }
    for (const { statement } of this._script.places) {
      if (statement.nodeType === 'Assign') {
        const call = statement.value;
        const made =
          call.nodeType === 'Call' && call.func.nodeType === 'Name'
            ? returned.get(call.func.id)
            : undefined;
        if (made) {
          targetNames(statement).forEach(name => this._classes.set(name, made));
        }
      }
    }
  }

  private _madeBy(value: ExprNode): string | null {
    if (value.nodeType === 'Name') {
      return this._classes.get(value.id) ?? null;
    }
    if (value.nodeType !== 'Call') {
      return null;
    }
    const { func } = value;
    const own = func.nodeType === 'Name' ? this._bases.get(func.id) : undefined;
    const made = own ?? this._script.names.dotted(func);
    if (made) {
      return made;
    }
    // model.to(device), Net().to(device), Ridge().fit(X, y)
    return func.nodeType === 'Attribute' ? this._madeBy(func.value) : null;
  }

  private readonly _classes = new Map<string, string>();
}

const FIT_METHODS: ReadonlySet<string> = new Set([
  'fit',
  'partial_fit',
  'train_on_batch'
]);

function isFitMethod(method: string | null): boolean {
  return method !== null && FIT_METHODS.has(method);
}

/** The models whose parameters an optimizer is given. */
function parameterOwners(call: Call): string[] {
  const owners = new Set<string>();
  for (const node of walk(call as ASTNodeUnion)) {
    if (
      node.nodeType === 'Attribute' &&
      node.attr === 'parameters' &&
      node.value.nodeType === 'Name' &&
      node.value.id !== 'self'
    ) {
      owners.add(node.value.id);
    }
  }
  return [...owners];
}
