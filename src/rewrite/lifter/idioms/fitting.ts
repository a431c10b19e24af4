/**
 * Estimators: `model = Estimator(...)`, `model.fit(X, y)`.
 */
import type { ExprNode } from 'py-ast';

import type { IIdiom } from '../idiom';
import type { Machine } from '../machine';
import type { IFit } from '../run';
import { LiftRefusal } from '../refusal';
import type { Value } from '../values';

export const fitting: IIdiom = {
  name: 'fitting',

  method(object, name, node, machine) {
    if (name !== 'fit' || node.args.length === 0) {
      return null;
    }
    const text = constructor(object, node.func, machine);
    if (text === null) {
      return null;
    }
    const [features, labels, ...others] = node.args;
    if (others.length > 0 || node.keywords.length > 0) {
      throw LiftRefusal.at(
        node,
        'Further arguments of `fit` are not understood.'
      );
    }
    const fit: IFit = {
      cell: machine.cell.index,
      line: node.lineno ?? 1,
      estimator: { name: variableOf(node.func), text },
      features: attempted(features, machine),
      labels: labels ? attempted(labels, machine) : null,
      featuresNode: features,
      labelsNode: labels ?? null
    };
    machine.fits.push(fit);
    return { kind: 'fitted', fit };
  }
};

/** A value, or why it is not known: the training can be told all the same. */
function attempted(node: ExprNode, machine: Machine): Value {
  try {
    return machine.evaluate(node);
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return { kind: 'unknown', refusal: error };
    }
    throw error;
  }
}

/** The source of the call that made the estimator. */
function constructor(
  object: Value,
  func: ExprNode,
  machine: Machine
): string | null {
  if (object.kind !== 'scalar' || func.nodeType !== 'Attribute') {
    return null;
  }
  if (func.value.nodeType === 'Call') {
    return machine.source(func.value);
  }
  const of = object.expr.kind === 'name' ? object.expr.of : null;
  return of?.computed?.nodeType === 'Call'
    ? (of.text?.source(of.computed) ?? null)
    : null;
}

function variableOf(func: ExprNode): string | null {
  return func.nodeType === 'Attribute' && func.value.nodeType === 'Name'
    ? func.value.id
    : null;
}
