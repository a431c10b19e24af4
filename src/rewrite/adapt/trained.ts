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
import { flavorOf, isTrainFunction } from './knowledge';

/** A model that is trained, and where its training is over. */
export interface IModel {
  variable: string;
  flavor: string;
  /** The last statement that trains it. */
  place: IPlace;
}

/** All models that a script trains. */
export function trainedModels(script: IScript): IModel[] {
  return new Trained(script).all();
}

class Trained {
  constructor(private readonly _script: IScript) {}

  all(): IModel[] {
    const classes = this._classes();
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
    const { dotted, method } = calleeOf(func, this._script.names);
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
    for (const { statement } of this._script.places) {
      if (statement.nodeType === 'ClassDef') {
        const base = statement.bases
          .map(one => this._script.names.dotted(one))
          .find(one => one !== null);
        if (base) {
          bases.set(statement.name, base);
        }
      }
    }
    for (const place of this._script.places) {
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
    for (const { statement } of this._script.places) {
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
    const dotted = this._script.names.dotted(func);
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
    return (
      known.find(([library]) => this._script.names.has(library))?.[1] ?? null
    );
  }
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
