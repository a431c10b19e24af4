/**
 * Which of the models that a script trains are kept, and where they are complete.
 */
import type { StmtNode } from 'py-ast';

import type { Anchors } from './anchors';
import { mainBlock, targetNames } from './blocks';
import type { IModel } from './trained';

/** A model that is kept, and the statement after which it is. */
export interface IKeptModel {
  model: IModel;
  /** The last statement before it is complete. */
  after: StmtNode;
}

/**
 * The models to keep: those that are trained once, else the last one of each of many.
 *
 * A hundred tries are a hundred models that nobody asks for again.
 */
export function keptModels(anchors: Anchors): IKeptModel[] {
  const { models } = anchors;
  const once = models.filter(model => !isMadeOften(model, anchors));
  if (once.length > 0) {
    return once.map(model => ({ model, after: endOf(model, anchors) }));
  }
  const isCalledOnce = ({ place }: IModel) =>
    place.function === null || !anchors.isCalledOften(place.function);
  const inLoops = models.filter(isCalledOnce);
  return (inLoops.length > 0 ? inLoops : models).map(model => ({
    model,
    after: model.place.loops[0] ?? endOf(model, anchors)
  }));
}

/** Whether there are several models by this name: it is made, not only trained, time and again. */
export function isMadeOften(
  { variable, place }: IModel,
  anchors: Anchors
): boolean {
  if (!anchors.repeats(place)) {
    return false;
  }
  const made = anchors.places.filter(
    other =>
      other.function === place.function &&
      targetNames(other.statement).includes(variable)
  );
  return made.length === 0 || made.some(other => anchors.repeats(other));
}

/** The end of the block in which a model is made, or of the function that is given it. */
function endOf({ variable, place }: IModel, anchors: Anchors): StmtNode {
  const { body } = anchors.text.module;
  const made = anchors.places.find(
    other =>
      other.function === place.function &&
      other.loops.length === 0 &&
      targetNames(other.statement).includes(variable)
  );
  const whole = place.inMain ? (mainBlock(body) ?? body) : body;
  const block = made?.block ?? place.function?.body ?? whole;
  return block[block.length - 1];
}
