/**
 * An example of what a trained model is given, from what is around when it is complete.
 */
import type { Call, ExprNode } from 'py-ast';

import type { Anchors } from './anchors';
import { type IPlace, ownExpressions, targetNames } from './blocks';
import { isPlain } from './expressions';
import type { IModel } from './trained';

/** An expression for a few rows. */
export interface IExample {
  source: string;
  imports: string[];
}

const ROWS = 5;

/** A few rows of what a model is given, or null when none are found. */
export function inputExample(model: IModel, anchors: Anchors): IExample | null {
  const isTorch = model.framework.flavor === 'pytorch';
  return isTorch
    ? (ofLoader(model, anchors) ?? ofCall(model, anchors))
    : ofFit(model, anchors);
}

/** The rows that `fit` was given, or those that its matrix was made of. */
function ofFit({ fit, place }: IModel, anchors: Anchors): IExample | null {
  const given = fit
    ? [...fit.args, ...fit.keywords.map(({ value }) => value)]
    : [];
  for (const value of given) {
    const rows = matrixRows(value, place, anchors) ?? value;
    if (
      isPlain(rows) &&
      ['Name', 'Attribute', 'Subscript'].includes(rows.nodeType)
    ) {
      const isParams =
        rows === value &&
        fit?.func.nodeType === 'Attribute' &&
        /train$/.test(fit.func.attr);
      if (!isParams) {
        return rowsOf(`${anchors.text.source(rows)}[:${ROWS}]`);
      }
    }
  }
  return null;
}

/** The first argument of the call that made a matrix of a booster. */
function matrixRows(
  value: ExprNode,
  place: IPlace,
  anchors: Anchors
): ExprNode | null {
  if (value.nodeType === 'Call') {
    return isMatrix(value, anchors) ? (value.args[0] ?? null) : null;
  }
  if (value.nodeType !== 'Name') {
    return null;
  }
  for (const other of anchors.places) {
    const { statement } = other;
    if (
      other.function === place.function &&
      statement.nodeType === 'Assign' &&
      targetNames(statement).includes(value.id) &&
      statement.value.nodeType === 'Call' &&
      isMatrix(statement.value, anchors)
    ) {
      return statement.value.args[0] ?? null;
    }
  }
  return null;
}

function isMatrix(call: Call, anchors: Anchors): boolean {
  const dotted = anchors.names.dotted(call.func) ?? '';
  return /^(xgboost\.(Quantile)?DMatrix|lightgbm\.Dataset)$/.test(dotted);
}

/** The first items of the data set of a loader that is around. */
function ofLoader(model: IModel, anchors: Anchors): IExample | null {
  const given = model.fit?.args[1];
  if (given?.nodeType === 'Name' && /load/i.test(given.id)) {
    return rowsOfLoader(given.id);
  }
  const module = model.fit?.keywords.find(({ arg }) => arg === 'datamodule');
  if (module?.value.nodeType === 'Name') {
    return rowsOfLoader(`${module.value.id}.train_dataloader()`);
  }
  for (const place of anchors.places) {
    const { statement } = place;
    const value = statement.nodeType === 'Assign' ? statement.value : null;
    const [loader] = targetNames(statement);
    if (
      loader &&
      value?.nodeType === 'Call' &&
      isAround(place, model) &&
      anchors.names.dotted(value.func) === 'torch.utils.data.DataLoader' &&
      !value.keywords.some(({ arg }) => arg === 'collate_fn')
    ) {
      return rowsOfLoader(loader);
    }
  }
  return null;
}

function rowsOfLoader(loader: string): IExample {
  return {
    source: `torch.stack([${loader}.dataset[row][0] for row in range(2)]).numpy()`,
    imports: ['torch']
  };
}

/** What the model is called with where it is trained. */
function ofCall(model: IModel, anchors: Anchors): IExample | null {
  const calls = anchors.places
    .filter(place => isAround(place, model))
    .flatMap(({ statement }) => [...ownExpressions(statement)])
    .filter(
      node =>
        node.nodeType === 'Call' &&
        node.func.nodeType === 'Name' &&
        node.func.id === model.variable
    ) as Call[];
  const call =
    calls.find(({ args }) => args.length === 1 && isPlain(args[0])) ??
    calls.find(({ args }) => args.length === 1);
  return call
    ? rowsOf(
        `(${anchors.text.source(call.args[0])})[:${ROWS}].detach().cpu().numpy()`
      )
    : null;
}

/** Whether what a place assigns is known where a model is complete. */
function isAround(place: IPlace, model: IModel): boolean {
  return (
    place.class === null &&
    (place.function === null || place.function === model.place.function)
  );
}

function rowsOf(source: string): IExample {
  return { source: source.replace(/^\((\w+)\)/, '$1'), imports: [] };
}
