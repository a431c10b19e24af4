/**
 * What went wrong with an answer of a model, in the words of a published taxonomy:
 * MAST, of M. Cemri et al., "Why Do Multi-Agent LLM Systems Fail?", 2025
 * (arXiv:2503.13657). Here two parties work together, the model and the verifier.
 *
 * #### Notes
 * Only those of its fourteen modes are used that can be told from what happened,
 * without asking another model.
 */
import type { AnswerEnd, IExchange } from './exchange';
import type { IAttempt, IVerdict } from './interfaces';

/** The number of a failure mode in the taxonomy. */
export type FailureMode = '1.1' | '1.3' | '2.3' | '2.5' | '3.1' | '3.2' | '3.3';

/** A mode with its name in the taxonomy. */
export interface IFailureMode {
  mode: FailureMode;
  name: string;
}

/** The modes that are told apart, in the order of the taxonomy. */
export const FAILURE_MODES: readonly IFailureMode[] = [
  { mode: '1.1', name: 'Disobey task specification' },
  { mode: '1.3', name: 'Step repetition' },
  { mode: '2.3', name: 'Task derailment' },
  { mode: '2.5', name: "Ignored other agent's input" },
  { mode: '3.1', name: 'Premature termination' },
  { mode: '3.2', name: 'No or incomplete verification' },
  { mode: '3.3', name: 'Incorrect verification' }
];

/** The mode of this number. */
export function failureMode(mode: FailureMode): IFailureMode {
  const found = FAILURE_MODES.find(other => other.mode === mode);
  if (!found) {
    throw new Error(`The taxonomy has no mode ${mode}.`);
  }
  return found;
}

/**
 * The failure that an attempt shows, or null when it shows none.
 *
 * @param purpose - what the model was asked for when it made this attempt.
 * @param earlier - the attempts that the model had been told of.
 */
export function failureOf(
  attempt: IAttempt,
  purpose: IExchange['purpose'],
  earlier: readonly IAttempt[]
): FailureMode | null {
  const { verdict } = attempt;
  if (attempt.repeat) {
    return '1.3';
  }
  // An original that fails, or a verifier that gives up, is nobody's answer.
  if (
    verdict.status === 'equivalent' ||
    verdict.status === 'inconclusive' ||
    verdict.error?.side === 'original'
  ) {
    return null;
  }
  if (wasNotRun(verdict)) {
    return '1.1';
  }
  if (earlier.some(other => failsAlike(other.verdict, verdict))) {
    return '2.5';
  }
  return purpose === 'synthesis' ? '3.3' : '3.2';
}

/** The failure of an answer that holds no candidate, or null when it is none. */
export function failureOfAnswer(
  end: AnswerEnd,
  hasCandidate: boolean
): FailureMode | null {
  switch (end) {
    case 'length':
      return '3.1';
    case 'failed':
    case 'stopped':
      return null;
    default:
      return hasCandidate ? null : '2.3';
  }
}

/** How often each mode occurs, the most frequent first. */
export function summarise(
  failures: readonly (FailureMode | null)[]
): { mode: IFailureMode; times: number }[] {
  return FAILURE_MODES.map(mode => ({
    mode,
    times: failures.filter(failure => failure === mode.mode).length
  }))
    .filter(({ times }) => times > 0)
    .sort((a, b) => b.times - a.times);
}

/** Whether the static check refused it: nothing was run, and something was wrong. */
function wasNotRun({ status, evidence, realRows }: IVerdict): boolean {
  return (
    status === 'failed' &&
    realRows === 0 &&
    evidence.length > 0 &&
    evidence.every(({ ok, step }) => !ok && step !== 'runs')
  );
}

function failsAlike(a: IVerdict, b: IVerdict): boolean {
  if (a.difference && b.difference) {
    return (
      a.difference.input === b.difference.input &&
      a.difference.column === b.difference.column &&
      a.difference.rewritten === b.difference.rewritten
    );
  }
  return (
    a.error !== null && b.error !== null && a.error.message === b.error.message
  );
}
