/**
 * Cells as the rewriting code sees them, and back.
 *
 * A cell is always addressed by notebook path, cell id and the source it had when
 * work on it began: the active cell, or the active notebook, may be another one by
 * the time an answer arrives.
 */
import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';
import { JSONExt, type PartialJSONObject } from '@lumino/coreutils';

import type { ICellMetadata } from '../rewrite/acceptance';
import type { ICodeCell } from '../rewrite/interfaces';

/** The metadata key under which a rewritten cell remembers what it is. */
export const METADATA_KEY = 'palimpsest';

/** Where a proposal belongs. */
export interface ICellAddress {
  readonly path: string;
  readonly cellId: string;
  /** The source of the cell when the work began. */
  readonly source: string;
}

const ROLES: readonly string[] = ['prepare', 'encode', 'label', 'train'];

function isMetadata(value: unknown): value is ICellMetadata {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const metadata = value as Partial<ICellMetadata>;
  return (
    ROLES.includes(metadata.role ?? '') &&
    typeof metadata.originalSource === 'string'
  );
}

/**
 * What the cell remembers of its rewrite.
 *
 * #### Notes
 * Undoing an accepted rewrite brings the source back but not the metadata, so a
 * memory of the present source as the original does not count.
 */
export function metadataOf(model: ICodeCellModel): ICellMetadata | null {
  const metadata = model.getMetadata(METADATA_KEY) as unknown;
  if (
    !isMetadata(metadata) ||
    metadata.originalSource === model.sharedModel.getSource()
  ) {
    return null;
  }
  return metadata;
}

/** Give a cell the source and the memory of its rewrite, as one undoable edit. */
export function applyChange(
  model: ICodeCellModel,
  code: string,
  metadata: ICellMetadata
): void {
  model.sharedModel.setSource(code);
  model.setMetadata(
    METADATA_KEY,
    JSONExt.deepCopy(metadata as unknown as PartialJSONObject)
  );
}

/** All code cells of a notebook, in order. */
export function codeCells(model: INotebookModel): ICodeCell[] {
  const cells: ICodeCell[] = [];
  for (const cell of model.cells) {
    if (cell.type !== 'code') {
      continue;
    }
    const metadata = metadataOf(cell as ICodeCellModel);
    cells.push({
      id: cell.id,
      source: cell.sharedModel.getSource(),
      ...(metadata && {
        role: metadata.role,
        originalSource: metadata.originalSource
      })
    });
  }
  return cells;
}

/** The code cell model with this id, if the notebook still has it. */
export function findModel(
  notebook: INotebookModel,
  cellId: string
): ICodeCellModel | null {
  for (const cell of notebook.cells) {
    if (cell.id === cellId && cell.type === 'code') {
      return cell as ICodeCellModel;
    }
  }
  return null;
}

/** The cell widget with this id, if it exists. */
export function findWidget(panel: NotebookPanel, cellId: string): Cell | null {
  return (
    panel.content.widgets.find(widget => widget.model.id === cellId) ?? null
  );
}
