/**
 * Notebook files, as far as rewriting needs them.
 */
import { readFile, writeFile } from 'node:fs/promises';

import type { ICodeCell } from '../rewrite/interfaces';
import type { ICellChange } from '../rewrite/acceptance';
import type { ICellFile } from './document';

interface INotebookCell {
  id: string;
  cell_type: string;
  source: string | string[];
  metadata: Record<string, unknown>;
  outputs?: unknown[];
  execution_count?: number | null;
}

/** A notebook on disk whose cells are rewritten one after the other. */
export class NotebookFile implements ICellFile {
  private constructor(
    private readonly _content: { cells: INotebookCell[] },
    private readonly _changes = new Map<string, ICellChange>()
  ) {}

  static async read(path: string): Promise<NotebookFile> {
    return new NotebookFile(JSON.parse(await readFile(path, 'utf8')));
  }

  /** The code cells as they stand now. */
  get codeCells(): ICodeCell[] {
    return this._content.cells
      .filter(cell => cell.cell_type === 'code')
      .map(cell => {
        const change = this._changes.get(cell.id);
        return {
          id: cell.id,
          source: textOf(cell),
          ...(change && {
            role: change.metadata.role,
            originalSource: change.metadata.originalSource
          })
        };
      });
  }

  /** Give a cell its new source and metadata. */
  accept(change: ICellChange): void {
    const cell = this._content.cells.find(other => other.id === change.cellId);
    if (!cell) {
      throw new Error(`The notebook has no cell ${change.cellId}.`);
    }
    cell.source = change.code;
    cell.metadata = { ...cell.metadata, palimpsest: change.metadata };
    this._changes.set(change.cellId, change);
  }

  async write(path: string): Promise<void> {
    await writeFile(path, JSON.stringify(this._content, null, 1) + '\n');
  }
}

function textOf(cell: INotebookCell): string {
  return Array.isArray(cell.source) ? cell.source.join('') : cell.source;
}
