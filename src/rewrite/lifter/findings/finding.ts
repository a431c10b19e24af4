/**
 * What is odd about a cell. A kind of finding is one file here and one line in
 * the registry.
 */
import type { ICodeCell, IFinding, Role } from '../../interfaces';
import type { IAnalysis } from '../analysis';
import type { CellText } from '../celltext';
import type { ICellRun } from '../run';

/** What a kind of finding may look at. */
export interface IFindingContext {
  cell: ICellRun;
  text: CellText;
  /** What the cell does; null when that could not be found out. */
  role: Role | null;
  analysis: IAnalysis;
  /** The notebook as if every left-over variable were a constant. */
  tolerant(): IAnalysis;
  /**
   * The rewritten cell if the original had other text at some places; null when
   * that cannot be lifted either.
   */
  fixed(edits: readonly IEdit[]): string | null;
}

/** Other text for a range of the original's source. */
export interface IEdit {
  start: number;
  end: number;
  text: string;
}

export type FindingRule = (context: IFindingContext) => IFinding[];

/** A notebook with the source of one cell edited. */
export function edited(
  cells: readonly ICodeCell[],
  cell: ICellRun,
  text: CellText,
  edits: readonly IEdit[]
): ICodeCell[] {
  const source = [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce(
      (before, { start, end, text: replacement }) =>
        before.slice(0, start) + replacement + before.slice(end),
      text.text
    );
  return cells.map((each, at) =>
    at === cell.index ? { ...each, source, originalSource: source } : each
  );
}

/** Code with a mark that says what was changed. */
export function marked(code: string, change: string): string {
  return `# Changed from the original: ${change}\n${code}`;
}
