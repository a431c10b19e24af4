/**
 * The rules as a source of candidates.
 */
import type {
  CandidateEvent,
  IAttempt,
  ICandidateSource,
  IRewriteRequest
} from './interfaces';
import { lift } from './lifter';

/**
 * Lifts the cell. The rules know one answer: once it was tried, there is no other.
 */
export class RulesSource implements ICandidateSource {
  readonly name = 'rules';

  async *candidates(
    request: IRewriteRequest,
    attempts: readonly IAttempt[],
    signal: AbortSignal
  ): AsyncIterable<CandidateEvent> {
    if (attempts.some(({ candidate }) => candidate.origin === 'rules')) {
      return;
    }
    signal.throwIfAborted();
    const { candidate, refusals, findings } = lift(
      request.cells,
      request.cellId,
      { name: pipelineName(request.notebookPath) }
    );
    if (candidate) {
      yield { type: 'text', candidate: candidate.id, delta: candidate.code };
      yield { type: 'candidate', candidate };
    } else {
      yield { type: 'refused', refusals, findings };
    }
  }
}

/** The pipeline is called like its notebook. */
function pipelineName(notebookPath: string): string {
  const stem = notebookPath.replace(/^.*\//, '').replace(/\.\w+$/, '');
  return stem === '' ? 'pipeline' : stem;
}
