/**
 * Which frame of pandas is the training table.
 */
import type { IEvent } from './run';
import { Table } from './plan';
import type { PandasObject } from './pandasobject';

/** What is known of the places where features and labels are made. */
export interface IPlaces {
  /** The variable that is said to hold the table. */
  said: string | undefined;
  /** The cell that makes the features; null when there are none. */
  features: { cell: number; line: number } | null;
}

/** The frame that the features are made from. */
export function chosenFrame(
  events: readonly IEvent[],
  { said, features }: IPlaces
): { object: PandasObject; event: IEvent } | null {
  const frames = events.flatMap(event =>
    event.value.kind === 'pandas' && event.value.object.type === 'frame'
      ? [{ object: event.value.object, event }]
      : []
  );
  const before = features
    ? frames.filter(({ event }) => event.cell < features.cell)
    : frames;
  const earlier =
    before.length > 0
      ? before
      : frames.filter(({ event }) => event.line < (features?.line ?? Infinity));
  const named = earlier.filter(({ event }) => event.name === said);
  return (
    named[named.length - 1] ??
    (said === undefined ? earlier[earlier.length - 1] : undefined) ??
    null
  );
}

/** A frame as a training table. */
export function tableOfFrame(object: PandasObject, event: IEvent): Table {
  return new Table(
    object.rows,
    [],
    {
      cell: event.cell,
      line: object.step.line,
      file: null,
      variable: event.name,
      object,
      until: object.step.statement.end_lineno ?? object.step.line
    },
    object.rows
  );
}
