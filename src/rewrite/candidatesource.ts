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

/** What the rules propose instead when a candidate was refuted, in this order. */
const INSTEAD = ['tables', 'lines'] as const;

/**
 * Lifts the cell. Where what the rules made of it is refuted, they keep how its rows
 * are collected; once all that was tried, there is no other answer.
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
    if (!candidate) {
      const prerequisites = liftedBefore(request);
      yield { type: 'refused', refusals, findings, prerequisites };
      return;
    }
    yield* proposed(candidate);
    const seen = new Set([textOf(candidate)]);
    for (const keep of INSTEAD) {
      // Asked for only when what was proposed before is not equivalent.
      const other = lifted(request, keep).candidate;
      if (other && !signal.aborted && !seen.has(textOf(other))) {
        seen.add(textOf(other));
        yield* proposed(other);
      }
    }
  }
}

function* proposed(candidate: ICandidate): Generator<CandidateEvent> {
  yield { type: 'text', candidate: candidate.id, delta: candidate.code };
  yield { type: 'candidate', candidate };
}

/** All that a candidate would run. */
function textOf({ code, prerequisites }: ICandidate): string {
  return JSON.stringify([code, prerequisites]);
}

const ROLES: readonly string[] = ['prepare', 'encode', 'label', 'train'];

/** The lifted cell; of one that does several things, as far as was asked for. */
function lifted(
  { cells, cellId, notebookPath, outputs, files, task }: IRewriteRequest,
  keep?: (typeof INSTEAD)[number]
): ILiftResult {
  const name = pipelineName(notebookPath);
  const whole = lift(cells, cellId, { name, outputs, files, keep });
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
    files,
    keep,
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
  const { cells, cellId, notebookPath, outputs, files, task } = request;
  const needed = NEEDED[task] ?? [];
  const end = cells.findIndex(cell => cell.id === cellId);
  const prerequisites: Record<string, { role: Role; code: string }> = {};
  for (const { id, role } of needed.length > 0 ? cells.slice(0, end) : []) {
    if (role !== undefined) {
      continue;
    }
    const name = pipelineName(notebookPath);
    const { candidate } = lift(cells, id, { name, outputs, files });
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
