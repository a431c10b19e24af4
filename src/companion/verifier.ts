/**
 * Verifies candidates in the companion: original and rewrite side by side, in
 * sandboxed processes on the machine of the kernel.
 */
import type {
  ICandidate,
  ICodeCell,
  IRewriteRequest,
  IVerdict,
  IVerifyOptions,
  Role
} from '../rewrite/interfaces';
import {
  type IComparison,
  type IPipelineVerifier,
  WHOLE_MUTATIONS
} from '../rewrite/whole';
import { CompanionError, type ICompanion } from './client';
import type * as wire from './protocol.generated';

/** How hard to look for a difference. */
export interface IVerifierOptions {
  /** How many mutated inputs to compare on. */
  mutations?: number;
  /** The choice of mutated inputs. */
  seed?: number;
  /** Whether the order of the prepared rows is part of the result. */
  rowOrderMatters?: boolean;
  /** Seconds for each side and input set. */
  timeLimit?: number;
  /** Where the notebook's relative paths start; the kernel's folder by default. */
  workingDirectory?: string;
}

/** An {@link IVerifier} of cells and of whole pipelines over a companion. */
export class CompanionVerifier implements IPipelineVerifier {
  /**
   * @param _companion - gives the companion of the notebook's kernel, connected.
   */
  constructor(
    private readonly _companion: () => Promise<ICompanion>,
    private readonly _options: IVerifierOptions = {}
  ) {}

  async verify(
    request: IRewriteRequest,
    candidate: ICandidate,
    options: IVerifyOptions
  ): Promise<IVerdict> {
    const { signal, onProgress } = options;
    const companion = await this._companion();
    const verdict = await companion.call(
      'verify.run',
      {
        ...cellsToCompare(request, candidate),
        observation: candidate.observation ?? null,
        mutations: this._options.mutations,
        ...(await this._conditions(companion, signal))
      },
      {
        signal,
        onProgress: ({ stage, done, total }) =>
          onProgress?.({ step: stage, done, total })
      }
    );
    return verdictFromWire(verdict);
  }

  async verifyWhole(
    comparison: IComparison,
    options: IVerifyOptions
  ): Promise<IVerdict> {
    const { signal, onProgress } = options;
    const companion = await this._companion();
    const verdict = await companion.call(
      'verify.scripts',
      {
        original: comparison.original.text,
        other: comparison.other.text,
        stages: comparison.stages,
        mutations: WHOLE_MUTATIONS,
        ...(await this._conditions(companion, signal))
      },
      {
        signal,
        onProgress: ({ stage, detail, done, total }) =>
          onProgress?.({ step: detail ?? stage, done, total })
      }
    );
    return verdictFromWire(verdict);
  }

  /** What every verification is told. */
  private async _conditions(companion: ICompanion, signal: AbortSignal) {
    const { workingDirectory, seed, rowOrderMatters, timeLimit } =
      this._options;
    return {
      working_directory:
        workingDirectory ??
        (await companion.call('hello', {}, { signal })).working_directory,
      seed,
      row_order_matters: rowOrderMatters,
      time_limit: timeLimit
    };
  }
}

/**
 * The two versions of the notebook up to the cell in question.
 *
 * #### Notes
 * The original version has every rewritten cell as it was before; the rewritten
 * one has what is accepted already, the candidate and what it relies on.
 */
export function cellsToCompare(
  request: IRewriteRequest,
  candidate: ICandidate
): Pick<wire.IVerifyRequest, 'original' | 'rewritten' | 'roles' | 'target'> {
  const target = request.cells.findIndex(cell => cell.id === request.cellId);
  if (target < 0) {
    throw new CompanionError(
      'invalid-argument',
      `The notebook has no cell '${request.cellId}'.`,
      { hint: 'It was deleted while it was being rewritten.' }
    );
  }
  const cells = request.cells.slice(0, target + 1);
  const after = cells.map(cell => rewrittenCell(cell, request, candidate));
  return {
    original: cells.map(cell => cell.originalSource ?? cell.source),
    rewritten: after.map(({ code }) => code),
    roles: after.map(({ role }) => role),
    target
  };
}

function rewrittenCell(
  cell: ICodeCell,
  request: IRewriteRequest,
  candidate: ICandidate
): { code: string; role: Role | null } {
  if (cell.id === request.cellId) {
    return { code: candidate.code, role: candidate.role };
  }
  return (
    candidate.prerequisites[cell.id] ?? {
      code: cell.source,
      role: cell.role ?? null
    }
  );
}

function verdictFromWire(verdict: wire.IVerdict): IVerdict {
  const { status, summary, evidence, difference, error, seconds } = verdict;
  return {
    status,
    summary,
    realRows: verdict.real_rows,
    mutatedInputs: verdict.mutated_inputs,
    remarks: verdict.remarks ?? [],
    evidence,
    difference: difference && {
      input: difference.input,
      row: difference.row,
      column: difference.column,
      original: difference.original,
      rewritten: difference.rewritten,
      sourceRows: difference.source_rows,
      line: difference.line,
      rewrittenLine: difference.rewritten_line,
      stage: difference.stage,
      cause: difference.cause,
      table: difference.table,
      sourceLines: difference.source_lines
    },
    error,
    seconds
  };
}
