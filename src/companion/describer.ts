/**
 * What the sources of a cell look like, as the companion of its notebook sees them.
 */
import type { ISourceSchema } from '../rewrite/interfaces';
import type { ISourceNames } from '../rewrite/sources';
import type { ICompanion } from './client';
import type { ISourceDescription } from './protocol.generated';

/** More names than this are not asked for at once; the protocol refuses them. */
const MAXIMUM_FILES = 50;
const MAXIMUM_FRAMES = 200;

/**
 * Describe the files and frames that are there; names of anything else are left out.
 *
 * @param sampleRows - how many rows may leave the kernel; none when 0.
 */
export async function describeSources(
  companion: ICompanion,
  names: ISourceNames,
  sampleRows: number,
  signal: AbortSignal
): Promise<ISourceSchema[]> {
  if (names.files.length + names.frames.length === 0) {
    return [];
  }
  const { sources } = await companion.call(
    'sources.describe',
    {
      files: names.files.slice(0, MAXIMUM_FILES),
      frames: names.frames.slice(0, MAXIMUM_FRAMES),
      sample_rows: sampleRows
    },
    { signal }
  );
  return sources.map(schemaOf);
}

function schemaOf(source: ISourceDescription): ISourceSchema {
  const { name, rows, columns, complete, named, samples } = source;
  return {
    name,
    rows,
    columns,
    ...(!complete && { partial: true }),
    ...(!named && { nameless: true }),
    ...(samples.length > 0 && { samples })
  };
}
