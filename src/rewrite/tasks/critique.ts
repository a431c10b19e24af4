/**
 * The prompts of the critic round: first the flaws of what failed, then one
 * candidate chosen and improved.
 */
import type { IChatMessage } from '../chat';
import type { IAttempt, IRewriteRequest } from '../interfaces';
import { repairReport } from '../report';
import { fenced } from './layout';

/** How many failed candidates are laid before the critic. */
const CRITICISED = 3;

/**
 * Ask for the flaws of the candidates that came furthest.
 *
 * @param task - the conversation that asked for the rewrite.
 */
export function critiquePrompt(
  task: readonly IChatMessage[],
  request: IRewriteRequest,
  attempts: readonly IAttempt[]
): IChatMessage[] {
  const chosen = furthest(attempts);
  const candidates = chosen.map(
    (attempt, index) =>
      `### Candidate ${index + 1}\n\n${fenced(attempt.candidate.code)}\n\nReport of the verifier:\n\n${repairReport(request, attempt)}`
  );
  return [
    ...task,
    {
      role: 'user',
      content: [
        'The candidates below were tried and are not equivalent. Do not rewrite anything yet: you are the critic now.',
        'For each candidate, name its flaws: the statement of the original that it gets wrong, the operation that is to blame, and what that operation does instead. ' +
          'Then say which candidate is nearest to the original. Answer in prose, without code blocks.',
        ...candidates
      ].join('\n\n')
    }
  ];
}

/** Ask for one candidate, improved by what the critic said. */
export function synthesisPrompt(
  critique: readonly IChatMessage[],
  flaws: string
): IChatMessage[] {
  return [
    ...critique,
    { role: 'assistant', content: flaws },
    {
      role: 'user',
      content:
        'Take the candidate that is nearest, mend every flaw that you named, and check each statement of the original against it once more. ' +
        'Answer with one Python code block that holds the complete new source of the cell, and nothing else.'
    }
  ];
}

/** Different results are nearer than code that does not run. */
const NEARNESS: Readonly<Record<string, number>> = {
  inconclusive: 0,
  different: 1,
  failed: 2
};

function furthest(attempts: readonly IAttempt[]): IAttempt[] {
  return attempts
    .filter(({ repeat, verdict }) => !repeat && verdict.status in NEARNESS)
    .map((attempt, age) => ({ attempt, age }))
    .sort(
      (a, b) =>
        NEARNESS[a.attempt.verdict.status] -
          NEARNESS[b.attempt.verdict.status] || b.age - a.age
    )
    .slice(0, CRITICISED)
    .map(({ attempt }) => attempt);
}
