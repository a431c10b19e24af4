/**
 * What accepting a candidate writes into the notebook, and which candidates may
 * be accepted as what.
 */
import type { ICandidate, IRewriteRequest, IVerdict, Role } from './interfaces';
import type { JudgedCandidate } from './sessionstate';

/**
 * How a candidate is accepted.
 *
 * #### Notes
 * `faithful`: it was verified to be equivalent. `fix`: it differs from the original,
 * the user has seen how, and wants it so.
 */
export type AcceptanceMode = 'faithful' | 'fix';

/** What the metadata of a rewritten cell says under the key `palimpsest`. */
export interface ICellMetadata {
  role: Role;
  /** The source before it was rewritten. */
  originalSource: string;
  /** How the rewrite came about. */
  rewrite: {
    origin: ICandidate['origin'];
    mode: AcceptanceMode;
    status: IVerdict['status'];
    summary: string;
  };
}

/** The new source and metadata of a cell. */
export interface ICellChange {
  cellId: string;
  code: string;
  metadata: ICellMetadata;
}

/** The modes in which a verdict lets a candidate be accepted. */
export function acceptableAs(verdict: IVerdict): readonly AcceptanceMode[] {
  switch (verdict.status) {
    case 'equivalent':
      return ['faithful'];
    case 'different':
      return ['fix'];
    case 'failed':
    case 'inconclusive':
      return [];
  }
}

/**
 * What accepting a judged candidate changes.
 *
 * Throws when the verdict does not allow the mode: a candidate that is not
 * equivalent can never be accepted as if it were.
 */
export function acceptance(
  request: IRewriteRequest,
  judged: JudgedCandidate,
  mode: AcceptanceMode
): ICellChange {
  const { candidate, verdict } = judged;
  if (!acceptableAs(verdict).includes(mode)) {
    throw new Error(
      `Candidate ${candidate.id} cannot be accepted as ${mode}: ${verdict.summary}`
    );
  }
  return {
    cellId: request.cellId,
    code: candidate.code,
    metadata: {
      role: candidate.role,
      originalSource: originalSource(request),
      rewrite: {
        origin: candidate.origin,
        mode,
        status: verdict.status,
        summary: verdict.summary
      }
    }
  };
}

function originalSource({ cells, cellId }: IRewriteRequest): string {
  const cell = cells.find(other => other.id === cellId);
  if (!cell) {
    throw new Error(
      `The notebook has no cell ${cellId} any more. Ask for the rewrite again.`
    );
  }
  return cell.originalSource ?? cell.source;
}
