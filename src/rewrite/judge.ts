/**
 * From a candidate to its verdict: repeats and candidates that break the rules
 * are told apart without running anything, all others are verified.
 */
import { abortable } from './abort';
import { checkCandidate } from './check';
import type { IFault } from './check';
import type {
  IAttempt,
  ICandidate,
  IRewriteRequest,
  IVerdict,
  IVerifier
} from './interfaces';
import type { RewriteEvent } from './sessionstate';
import { normalForm } from './syntax';

/** Judges candidates and tells about it as events. */
export class Judge {
  constructor(
    private readonly _verifier: IVerifier,
    private readonly _options: {
      signal: AbortSignal;
      emit: (event: RewriteEvent) => void;
    }
  ) {}

  /**
   * The attempt that this candidate makes.
   *
   * Rejects when the verifier cannot work or the signal is aborted; the candidate
   * then gets an inconclusive verdict, so that its text is not lost.
   */
  async judge(
    request: IRewriteRequest,
    candidate: ICandidate,
    attempts: readonly IAttempt[]
  ): Promise<IAttempt & { repeat: boolean }> {
    const { emit } = this._options;
    const of = repeatOf(candidate, attempts);
    if (of !== null) {
      // Said again under its own name, it stands as it was judged.
      if (of !== candidate.id) {
        emit({ type: 'candidate', candidate });
        emit({ type: 'repeat', candidate: candidate.id, of });
      }
      return { candidate, verdict: repeatVerdict(of), repeat: true };
    }
    emit({ type: 'candidate', candidate });
    const faults = checkCandidate(candidate);
    const verdict =
      faults.length > 0
        ? faultyVerdict(faults)
        : await this._verify(request, candidate);
    emit({ type: 'verdict', candidate: candidate.id, verdict });
    return { candidate, verdict, repeat: false };
  }

  private async _verify(
    request: IRewriteRequest,
    candidate: ICandidate
  ): Promise<IVerdict> {
    const { signal, emit } = this._options;
    let waiting = true;
    try {
      return await abortable(
        this._verifier.verify(request, candidate, {
          signal,
          onProgress: progress => {
            // A verifier that was left may still talk for a while.
            if (waiting) {
              emit({ type: 'progress', candidate: candidate.id, progress });
            }
          }
        }),
        signal
      );
    } catch (error) {
      const reason = signal.aborted
        ? 'Stopped before it was verified.'
        : `Could not be verified: ${messageOf(error)}`;
      emit({
        type: 'verdict',
        candidate: candidate.id,
        verdict: { ...UNKNOWN, status: 'inconclusive', summary: reason }
      });
      throw error;
    } finally {
      waiting = false;
    }
  }
}

const UNKNOWN: Omit<IVerdict, 'status' | 'summary'> = {
  realRows: 0,
  mutatedInputs: 0,
  remarks: [],
  evidence: [],
  difference: null,
  error: null,
  seconds: 0
};

/** The id of the attempt that said the same, or null. */
function repeatOf(
  candidate: ICandidate,
  attempts: readonly IAttempt[]
): string | null {
  const normal = normalForm(candidate.code);
  const same = attempts.find(
    attempt => normalForm(attempt.candidate.code) === normal
  );
  return same?.candidate.id ?? null;
}

function repeatVerdict(of: string): IVerdict {
  return {
    ...UNKNOWN,
    status: 'failed',
    summary: `The same as candidate ${of}, which was tried before.`
  };
}

function faultyVerdict(faults: readonly IFault[]): IVerdict {
  const [first] = faults;
  return {
    ...UNKNOWN,
    status: 'failed',
    summary: `Not run: ${first.message}`,
    evidence: faults.map(fault => ({
      step: fault.step,
      ok: false,
      detail: `line ${fault.line}: ${fault.message}`
    })),
    error: { side: 'rewritten', message: first.message, line: first.line }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
