/**
 * The state of one rewriting session: immutable values, one reducer, and the
 * questions that views ask of it.
 */
import { NOTHING_SPENT, spend } from './exchange';
import type { IExchange, ISpent } from './exchange';
import type {
  ICandidate,
  ICandidateSource,
  IFinding,
  IRefusal,
  IVerdict,
  IVerifyProgress
} from './interfaces';

/** Where candidates come from. */
export type SourceName = ICandidateSource['name'];

/**
 * How a session ended.
 *
 * #### Notes
 * `verified`: at least one candidate is equivalent. `unverified`: there are
 * candidates, none equivalent. `none`: no candidate at all. `stopped`: by the
 * user. `failed`: the verifier could not work, so nothing could be judged.
 */
export type Outcome = 'verified' | 'unverified' | 'none' | 'stopped' | 'failed';

/** Something that went wrong beside the candidates, for the user to read. */
export interface IProblem {
  source: SourceName | 'verifier';
  message: string;
  /** What to do about it. */
  hint: string | null;
}

/** What a session tells while it works. */
export type RewriteEvent =
  | { type: 'started' }
  | { type: 'asked'; source: SourceName; round: number; critic: boolean }
  | { type: 'exchange'; exchange: IExchange }
  | { type: 'text'; source: SourceName; candidate: string; delta: string }
  | { type: 'candidate'; candidate: ICandidate }
  | { type: 'progress'; candidate: string; progress: IVerifyProgress }
  | { type: 'verdict'; candidate: string; verdict: IVerdict }
  | { type: 'repeat'; candidate: string; of: string }
  | {
      type: 'refused';
      source: SourceName;
      refusals: readonly IRefusal[];
      findings: readonly IFinding[];
    }
  | { type: 'findings'; findings: readonly IFinding[] }
  | { type: 'problem'; problem: IProblem }
  | { type: 'finished'; outcome: Outcome; seconds: number };

interface IStage {
  id: string;
  origin: SourceName;
  /** The round of its source in which it came, from 1. */
  round: number;
}

/** A candidate on its way from first character to verdict. */
export type CandidateState =
  | (IStage & { stage: 'streaming'; text: string })
  | (IStage & {
      stage: 'verifying';
      candidate: ICandidate;
      progress: IVerifyProgress | null;
    })
  | (IStage & { stage: 'judged'; candidate: ICandidate; verdict: IVerdict })
  | (IStage & { stage: 'repeat'; candidate: ICandidate; of: string });

/** A candidate with its verdict. */
export type JudgedCandidate = Extract<CandidateState, { stage: 'judged' }>;

/** Everything a view shows of a session. */
export interface IRewriteState {
  phase: 'idle' | 'working' | 'finished';
  /** Who is being asked, while the session works. */
  asking: { source: SourceName; round: number; critic: boolean } | null;
  /** In order of arrival. */
  candidates: readonly CandidateState[];
  refusals: readonly IRefusal[];
  findings: readonly IFinding[];
  problems: readonly IProblem[];
  /** What asking the model took. */
  spent: ISpent;
  outcome: Outcome | null;
  seconds: number | null;
}

/** A session before it starts. */
export const INITIAL_STATE: IRewriteState = {
  phase: 'idle',
  asking: null,
  candidates: [],
  refusals: [],
  findings: [],
  problems: [],
  spent: NOTHING_SPENT,
  outcome: null,
  seconds: null
};

/** The state after an event. */
export function reduce(
  state: IRewriteState,
  event: RewriteEvent
): IRewriteState {
  switch (event.type) {
    case 'started':
      // Earlier candidates stay: a retry adds to them.
      return { ...state, phase: 'working', problems: [], outcome: null };
    case 'asked':
      return {
        ...state,
        asking: {
          source: event.source,
          round: event.round,
          critic: event.critic
        },
        // Asked again, the rules say the same again.
        refusals: event.source === 'rules' ? [] : state.refusals
      };
    case 'text':
      return appendText(state, event);
    case 'candidate':
      return {
        ...state,
        findings: mergeFindings(state.findings, event.candidate.findings),
        candidates: put(state.candidates, {
          stage: 'verifying',
          ...stageOf(state, event.candidate.id, event.candidate.origin),
          candidate: event.candidate,
          progress: null
        })
      };
    case 'progress':
      return move(state, event.candidate, (known, candidate) => ({
        stage: 'verifying',
        ...known,
        candidate,
        progress: event.progress
      }));
    case 'verdict':
      return move(state, event.candidate, (known, candidate) => ({
        stage: 'judged',
        ...known,
        candidate,
        verdict: event.verdict
      }));
    case 'repeat':
      return move(state, event.candidate, (known, candidate) => ({
        stage: 'repeat',
        ...known,
        candidate,
        of: event.of
      }));
    case 'refused':
      return {
        ...state,
        refusals: [...state.refusals, ...event.refusals],
        findings: mergeFindings(state.findings, event.findings)
      };
    case 'findings':
      return {
        ...state,
        findings: mergeFindings(state.findings, event.findings)
      };
    case 'exchange':
      return { ...state, spent: spend(state.spent, event.exchange) };
    case 'problem':
      return { ...state, problems: [...state.problems, event.problem] };
    case 'finished':
      return {
        ...state,
        phase: 'finished',
        asking: null,
        // What was cut off half-way can never get a verdict.
        candidates: state.candidates.filter(isSettled),
        outcome: event.outcome,
        seconds: event.seconds
      };
    default:
      return assertNever(event);
  }
}

/** Better verdicts first; among equals, in order of arrival. */
const RANK: Readonly<Record<IVerdict['status'], number>> = {
  equivalent: 0,
  inconclusive: 1,
  different: 2,
  failed: 3
};

/** The judged candidates, best first. */
export function ranked(state: IRewriteState): readonly JudgedCandidate[] {
  return state.candidates
    .filter((entry): entry is JudgedCandidate => entry.stage === 'judged')
    .map((entry, arrival) => ({ entry, arrival }))
    .sort(
      (a, b) =>
        RANK[a.entry.verdict.status] - RANK[b.entry.verdict.status] ||
        a.arrival - b.arrival
    )
    .map(({ entry }) => entry);
}

/** The candidate to propose first, or null when none was judged. */
export function best(state: IRewriteState): JudgedCandidate | null {
  return ranked(state)[0] ?? null;
}

/** The candidate that is being verified or, before that, arrives first; or null. */
export function current(state: IRewriteState): CandidateState | null {
  const open = state.candidates.filter(entry => !isSettled(entry));
  return open.find(({ stage }) => stage === 'verifying') ?? open[0] ?? null;
}

function isSettled(entry: CandidateState): boolean {
  return entry.stage === 'judged' || entry.stage === 'repeat';
}

function appendText(
  state: IRewriteState,
  event: Extract<RewriteEvent, { type: 'text' }>
): IRewriteState {
  const known = state.candidates.find(entry => entry.id === event.candidate);
  const text =
    known?.stage === 'streaming' ? known.text + event.delta : event.delta;
  return {
    ...state,
    candidates: put(state.candidates, {
      stage: 'streaming',
      ...stageOf(state, event.candidate, event.source),
      text
    })
  };
}

function stageOf(state: IRewriteState, id: string, origin: SourceName): IStage {
  const known = state.candidates.find(entry => entry.id === id);
  return { id, origin, round: known?.round ?? state.asking?.round ?? 1 };
}

function put(
  candidates: readonly CandidateState[],
  entry: CandidateState
): readonly CandidateState[] {
  return candidates.some(other => other.id === entry.id)
    ? candidates.map(other => (other.id === entry.id ? entry : other))
    : [...candidates, entry];
}

function move(
  state: IRewriteState,
  id: string,
  next: (known: IStage, candidate: ICandidate) => CandidateState
): IRewriteState {
  return {
    ...state,
    candidates: state.candidates.map(entry =>
      entry.id === id && entry.stage !== 'streaming'
        ? next(
            { id: entry.id, origin: entry.origin, round: entry.round },
            entry.candidate
          )
        : entry
    )
  };
}

function mergeFindings(
  known: readonly IFinding[],
  more: readonly IFinding[]
): readonly IFinding[] {
  const key = (finding: IFinding) =>
    `${finding.kind}:${finding.line}:${finding.message}`;
  const seen = new Set(known.map(key));
  return [...known, ...more.filter(finding => !seen.has(key(finding)))];
}

function assertNever(event: never): never {
  throw new Error(`Unknown event: ${JSON.stringify(event)}`);
}
