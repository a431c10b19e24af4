/**
 * Kept statements as source: pieces put in, pieces left out, indentation.
 */
import type { StmtNode } from 'py-ast';

import type { CellText } from '../celltext';
import type { IInsertion } from './binding';

/** What is changed in the text of a cell. */
export interface IEdits {
  insertions: readonly IInsertion[];
  cuts: readonly { from: number; to: number }[];
}

/** The lines of a statement after edits, moved to the left margin. */
export function editedLines(
  text: CellText,
  statement: StmtNode,
  edits: IEdits
): string[] {
  const { start, end } = text.range(statement);
  const pieces: string[] = [];
  let at = start;
  const inside = edits.insertions.filter(
    edit => edit.at >= start && edit.at <= end
  );
  const stops = [...new Set(inside.map(edit => edit.at))].sort((a, b) => a - b);
  const copy = (to: number): void => {
    const cut = edits.cuts.find(each => each.from <= at && each.to > at);
    if (cut) {
      at = Math.min(cut.to, Math.max(to, cut.to));
    }
    if (to > at) {
      pieces.push(text.text.slice(at, to));
      at = to;
    }
  };
  for (const stop of stops) {
    copy(stop);
    inside
      .filter(edit => edit.at === stop)
      .forEach(edit => pieces.push(edit.text));
  }
  copy(end);
  const margin = ' '.repeat(statement.col_offset ?? 0);
  return pieces
    .join('')
    .split('\n')
    .map((line, index) =>
      index > 0 && line.startsWith(margin) ? line.slice(margin.length) : line
    );
}
