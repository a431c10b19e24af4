/**
 * A pipeline as a whole: all cells as they were, beside all cells as they are now,
 * each as one script.
 */
import { CONTRACT_FUNCTION } from './interfaces';
import type {
  ICodeCell,
  IVerdict,
  IVerifier,
  IVerifyOptions,
  Observation,
  Role
} from './interfaces';
import { signalsOf } from './tasks/signals';

/** How many mutated inputs: each cell was compared on many; now it is how they go together. */
export const WHOLE_MUTATIONS = 12;

/** What of both versions is compared for one stage. */
export interface IStageOutput {
  role: Role;
  /** The variable or file that holds the result. */
  output: string;
  /** The names of a file's columns. */
  columns: string[];
}

/** Two versions of a pipeline, from raw files to X, y and predictions. */
export interface IComparison {
  original: JoinedCells;
  other: JoinedCells;
  stages: IStageOutput[];
}

/** Verifies cells, and pipelines as a whole. */
export interface IPipelineVerifier extends IVerifier {
  /** Run both versions from the raw files on, and compare their stages. */
  verifyWhole(
    comparison: IComparison,
    options: IVerifyOptions
  ): Promise<IVerdict>;
}

/**
 * The two versions of all cells; null when nothing of them can be compared.
 *
 * @param cells - as they are now; rewritten ones know what they were.
 * @param observed - what shows the result of a rewritten cell, by its id.
 */
export function wholeComparison(
  cells: readonly ICodeCell[],
  observed: ReadonlyMap<string, Observation>
): IComparison | null {
  const roles = Object.keys(CONTRACT_FUNCTION) as Role[];
  const stages = roles.flatMap(role => {
    const cell = cells.find(each => each.role === role);
    const observation = cell && observed.get(cell.id);
    return observation ? [stageOf(role, observation)] : [];
  });
  if (stages.length === 0) {
    return null;
  }
  return { ...versionsOf(cells), stages };
}

/** All cells as they were, and as they are now. */
function versionsOf(
  cells: readonly ICodeCell[]
): Pick<IComparison, 'original' | 'other'> {
  return {
    original: new JoinedCells(
      cells,
      cell => cell.originalSource ?? cell.source
    ),
    other: new JoinedCells(
      cells.filter(cell => !needsLost(cell, cells)),
      cell => cell.source
    )
  };
}

function stageOf(role: Role, observation: Observation): IStageOutput {
  return observation.kind === 'file'
    ? { role, output: observation.path, columns: observation.columns }
    : { role, output: observation.name, columns: [] };
}

/** Cells as one script that knows where each of its lines comes from. */
export class JoinedCells {
  constructor(
    cells: readonly ICodeCell[],
    source: (cell: ICodeCell) => string
  ) {
    for (const cell of cells) {
      const lines = [...source(cell).split('\n'), ''];
      lines.forEach((_, index) =>
        this._places.push({ cellId: cell.id, line: index + 1 })
      );
      this._lines.push(...lines);
    }
  }

  get text(): string {
    return this._lines.join('\n');
  }

  /** The cell, and the line of it, that a line of the script comes from. */
  place(line: number): { cellId: string; line: number } | null {
    return this._places[line - 1] ?? null;
  }

  private readonly _lines: string[] = [];
  private readonly _places: { cellId: string; line: number }[] = [];
}

/**
 * An unchanged cell after the first rewritten one may need what that no longer
 * leaves; one that only defines something needs nothing.
 */
function needsLost(cell: ICodeCell, cells: readonly ICodeCell[]): boolean {
  const first = cells.findIndex(each => each.role !== undefined);
  return (
    cell.role === undefined &&
    cells.indexOf(cell) > first &&
    first >= 0 &&
    signalsOf(cell.source) !== null
  );
}
