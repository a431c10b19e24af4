/**
 * The rules as a source of candidates.
 */
import type {
  CandidateEvent,
  IAttempt,
  ICandidate,
  ICandidateSource,
  ILiftResult,
  IRewriteRequest,
  Role
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
    const tried = attempts.some(
      ({ candidate }) => candidate.origin === 'rules'
    );
    if (tried || signal.aborted) {
      return;
    }
    const { candidate, refusals, findings } = lifted(request);
    if (candidate) {
      yield { type: 'text', candidate: candidate.id, delta: candidate.code };
      yield { type: 'candidate', candidate };
    } else {
      const prerequisites = liftedBefore(request);
      yield { type: 'refused', refusals, findings, prerequisites };
    }
  }
}

const ROLES: readonly string[] = ['prepare', 'encode', 'label', 'train'];

/** The lifted cell; of one that does several things, as far as was asked for. */
function lifted({
  cells,
  cellId,
  notebookPath,
  outputs,
  task
}: IRewriteRequest): ILiftResult {
  const name = pipelineName(notebookPath);
  const whole = lift(cells, cellId, { name, outputs });
  if (
    !ROLES.includes(task) ||
    !whole.candidate ||
    whole.candidate.role === task
  ) {
    return whole;
  }
  const asked = lift(cells, cellId, {
    name,
    outputs,
    role: task as Role
  });
  return asked.candidate ? asked : whole;
}

/** The roles that a cell's rewritten form calls, by the task that was asked for. */
const NEEDED: Readonly<Record<string, readonly Role[]>> = {
  encode: ['prepare'],
  label: ['prepare'],
  train: ['prepare', 'encode', 'label']
};

/** The cells before a refused one that it needs and that can be lifted themselves. */
function liftedBefore(request: IRewriteRequest): ICandidate['prerequisites'] {
  const { cells, cellId, notebookPath, outputs, task } = request;
  const needed = NEEDED[task] ?? [];
  const end = cells.findIndex(cell => cell.id === cellId);
  const prerequisites: Record<string, { role: Role; code: string }> = {};
  for (const { id, role } of needed.length > 0 ? cells.slice(0, end) : []) {
    if (role !== undefined) {
      continue;
    }
    const name = pipelineName(notebookPath);
    const { candidate } = lift(cells, id, { name, outputs });
    if (candidate && needed.includes(candidate.role)) {
      prerequisites[id] = { role: candidate.role, code: candidate.code };
    }
  }
  return prerequisites;
}

/** The pipeline is called like its notebook. */
function pipelineName(notebookPath: string): string {
  const stem = notebookPath.replace(/^.*\//, '').replace(/\.\w+$/, '');
  return stem === '' ? 'pipeline' : stem;
}
