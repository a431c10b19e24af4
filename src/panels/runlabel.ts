/**
 * What a run is called wherever several can be chosen from.
 */
import type { IRunSummary } from '../companion/protocol.generated';

/** The name of a run, and when it was made in the time of the reader. */
export function runLabel({
  name,
  created
}: Pick<IRunSummary, 'name' | 'created'>): string {
  return `${name}, ${new Date(created).toLocaleString()}`;
}
