/**
 * The files that a script writes.
 */
import type { ExprNode } from 'py-ast';

import type { IPlace, IScript } from './blocks';
import { calleeOf, isPure } from './expressions';
import { WRITERS } from './knowledge';

/** A file that the script writes. */
export interface IWrittenFile {
  place: IPlace;
  path: string;
}

/** All files that a script writes. */
export function writtenFiles(script: IScript): IWrittenFile[] {
  const files: IWrittenFile[] = [];
  for (const place of script.places) {
    const { statement } = place;
    if (statement.nodeType !== 'Expr' || statement.value.nodeType !== 'Call') {
      continue;
    }
    const call = statement.value;
    const { dotted, method } = calleeOf(call.func, script.names);
    const writer = WRITERS.find(
      one =>
        (one.dotted !== undefined && one.dotted === dotted) ||
        (one.method !== undefined && one.method === method)
    );
    const path = writer && call.args[writer.argument];
    if (path && isPure(path, script.names) && !isStream(path)) {
      files.push({ place, path: script.text.source(path) });
    }
  }
  return files;
}

/** Whether a path argument is an open file instead. */
function isStream(path: ExprNode): boolean {
  return (
    path.nodeType === 'Name' && /^(f|fh|fp|file|buf|buffer|out)$/.test(path.id)
  );
}
