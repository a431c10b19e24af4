/**
 * Files of code cells: notebooks, and scripts whose cells begin with `# %%`.
 */
import { readFile, writeFile } from 'node:fs/promises';

import type { ICellChange } from '../rewrite/acceptance';
import type { ICodeCell } from '../rewrite/interfaces';
import { NotebookFile } from './notebook';

/** A file whose code cells are rewritten one after the other. */
export interface ICellFile {
  /** The code cells as they stand now. */
  readonly codeCells: ICodeCell[];
  /** Give a cell its new source and metadata. */
  accept(change: ICellChange): void;
  write(path: string): Promise<void>;
}

/** Read a notebook or a script, told apart by the name. */
export async function readCellFile(path: string): Promise<ICellFile> {
  return path.endsWith('.ipynb')
    ? NotebookFile.read(path)
    : ScriptFile.parse(await readFile(path, 'utf8'));
}

const MARKER = /^# ?%%.*$/;

interface IScriptCell {
  /** The line that begins the cell; null for what stands before the first. */
  marker: string | null;
  /** 1-based line of the script on which its source begins. */
  line: number;
  cell: ICodeCell;
}

/** A script; without any marker it is one cell. */
export class ScriptFile implements ICellFile {
  private constructor(private _cells: readonly IScriptCell[]) {}

  static parse(text: string): ScriptFile {
    const parts: { marker: string | null; line: number; lines: string[] }[] = [
      { marker: null, line: 1, lines: [] }
    ];
    text
      .replace(/\r\n/g, '\n')
      .split('\n')
      .forEach((line, index) => {
        if (MARKER.test(line)) {
          parts.push({ marker: line, line: index + 2, lines: [] });
        } else {
          parts[parts.length - 1].lines.push(line);
        }
      });
    const cells = parts
      .filter(({ marker, lines }) => marker !== null || !isBlank(lines))
      .filter(({ marker }) => !/\[markdown\]/.test(marker ?? ''))
      .map(({ marker, line, lines }, index) => ({
        marker,
        line,
        cell: { id: `cell-${index + 1}`, source: lines.join('\n').trimEnd() }
      }));
    return new ScriptFile(cells);
  }

  get codeCells(): ICodeCell[] {
    return this._cells.map(({ cell }) => cell);
  }

  accept(change: ICellChange): void {
    const { role, originalSource } = change.metadata;
    this._cells = this._cells.map(entry =>
      entry.cell.id === change.cellId
        ? {
            ...entry,
            cell: { ...entry.cell, source: change.code, role, originalSource }
          }
        : entry
    );
  }

  async write(path: string): Promise<void> {
    await writeFile(path, this.text);
  }

  /** The script as it stands now. */
  get text(): string {
    return this._cells
      .map(({ marker, cell }) =>
        [...(marker === null ? [] : [marker]), cell.source.trim(), ''].join(
          '\n'
        )
      )
      .join('\n');
  }
}

function isBlank(lines: readonly string[]): boolean {
  return lines.every(line => line.trim() === '');
}
