/**
 * The loop of rewriting: ask sources for candidates, judge them, feed failures back.
 */
import { iterate } from './abort';
import type { IIteration } from './abort';
import type {
  CandidateEvent,
  IAttempt,
  ICandidate,
  ICandidateSource,
  ILiftResult,
  IRewriteRequest,
  IVerifier
} from './interfaces';
import { Judge } from './judge';
import type { Outcome, RewriteEvent, SourceName } from './sessionstate';

/** The model is asked at most this often; rules say the same every time. */
export const MAX_ROUNDS = 3;

/**
 * When the model is asked.
 *
 * #### Notes
 * `if-needed`: when no candidate of the rules is equivalent. `also`: in any case,
 * after the rules. `only`: instead of the rules. `never`: not at all.
 */
export type ModelUse = 'if-needed' | 'also' | 'only' | 'never';

/** How a request is worked on. */
export interface IRewriteOptions {
  signal: AbortSignal;
  /** Called with every event, in order. */
  emit: (event: RewriteEvent) => void;
  /** Default `if-needed`. */
  model?: ModelUse;
  /** What was tried before for the same cell; none of it may come again. */
  attempts?: readonly IAttempt[];
  /** What the rules said when they were asked before. */
  lifted?: ILiftResult;
  /** How often the model is asked; default {@link MAX_ROUNDS}. */
  rounds?: number;
  /** Whether a source may criticise its own failures after the last round. */
  critic?: boolean;
}

/** What is left of a finished request: enough to go on from it. */
export interface IRewriteResult {
  outcome: Outcome;
  attempts: readonly IAttempt[];
  lifted: ILiftResult | null;
}

/**
 * Work on a request until a candidate is verified, the rounds are used up, or the
 * signal is aborted.
 *
 * Never rejects: what goes wrong is told as events.
 */
export async function rewrite(
  request: IRewriteRequest,
  sources: readonly ICandidateSource[],
  verifier: IVerifier,
  options: IRewriteOptions
): Promise<IRewriteResult> {
  const loop = new Loop(request, new Judge(verifier, options), options);
  const outcome = await supervise(options, async () => {
    const use = options.model ?? 'if-needed';
    for (const source of sources) {
      if (loop.hopeless) {
        break;
      }
      if (isWanted(source, use, loop.verified)) {
        await loop.ask(source);
      } else if (source.name === 'rules' && !loop.lifted) {
        await loop.consult(source);
      }
    }
    return loop.outcome;
  });
  return { outcome, attempts: loop.attempts, lifted: loop.lifted };
}

/** Do the work between `started` and `finished`, whatever happens to it. */
export async function supervise(
  options: Pick<IRewriteOptions, 'emit' | 'signal'>,
  work: () => Promise<Outcome>
): Promise<Outcome> {
  const started = Date.now();
  options.emit({ type: 'started' });
  let outcome: Outcome;
  try {
    outcome = await work();
  } catch (error) {
    outcome = options.signal.aborted ? 'stopped' : 'failed';
    if (outcome === 'failed') {
      options.emit(problemEvent('verifier', error));
    }
  }
  const seconds = (Date.now() - started) / 1000;
  options.emit({ type: 'finished', outcome, seconds });
  return outcome;
}

function isWanted(
  source: ICandidateSource,
  use: ModelUse,
  verified: boolean
): boolean {
  if (source.name === 'rules') {
    return use !== 'only';
  }
  return use === 'if-needed' ? !verified : use !== 'never';
}

function problemEvent(
  source: SourceName | 'verifier',
  error: unknown
): RewriteEvent {
  const { message, hint } = error as { message?: string; hint?: string | null };
  return {
    type: 'problem',
    problem: { source, message: message ?? String(error), hint: hint ?? null }
  };
}

/** The state of one run of the loop. */
class Loop {
  constructor(
    private readonly _request: IRewriteRequest,
    private readonly _judge: Judge,
    private readonly _options: IRewriteOptions
  ) {
    this.attempts = [...(_options.attempts ?? [])];
    this.lifted = _options.lifted ?? null;
  }

  readonly attempts: IAttempt[];
  lifted: ILiftResult | null;
  /** Whether this run, not an earlier one, found an equivalent candidate. */
  verified = false;
  /** Whether the original itself cannot be run, so that nothing can equal it. */
  hopeless = false;

  get outcome(): Outcome {
    if (this.verified) {
      return 'verified';
    }
    return this._judged > 0 ? 'unverified' : 'none';
  }

  /** Ask a source, again with its failures while that can help. */
  async ask(source: ICandidateSource): Promise<void> {
    if (source.name === 'rules') {
      this.lifted = null;
    }
    const { emit, critic, rounds = MAX_ROUNDS } = this._options;
    const last = source.name === 'model' ? rounds : 1;
    for (let round = 1; round <= last; round++) {
      emit({ type: 'asked', source: source.name, round, critic: false });
      const judged = await this._askOnce(source, 'candidates');
      if (judged !== 'failures' || this.hopeless) {
        return;
      }
    }
    if (critic && source.critique) {
      const round = last + 1;
      emit({ type: 'asked', source: source.name, round, critic: true });
      await this._askOnce(source, 'critique');
    }
  }

  /** Hear what the rules say, as context for the model, without trying it. */
  async consult(rules: ICandidateSource): Promise<void> {
    const { signal, emit } = this._options;
    const events = iterate(rules.candidates(this._request, [], signal), signal);
    for (;;) {
      const next = await this._next(rules, events);
      if (next === 'end' || next === 'broken') {
        break;
      }
      this._remember(rules.name, next);
    }
    emit({ type: 'findings', findings: this.lifted?.findings ?? [] });
  }

  /**
   * One round of one source.
   *
   * Returns `verified` when it found an equivalent candidate, `failures` when all
   * it proposed failed, and `nothing` when it proposed nothing or broke down.
   */
  private async _askOnce(
    source: ICandidateSource,
    way: 'candidates' | 'critique'
  ): Promise<'verified' | 'failures' | 'nothing'> {
    const { signal, emit } = this._options;
    const request = { ...this._request, lifted: this.lifted ?? undefined };
    const before = this.attempts.length;
    const asked = source[way]?.(request, [...this.attempts], signal, exchange =>
      emit({ type: 'exchange', exchange })
    );
    if (!asked) {
      return 'nothing';
    }
    const events = iterate(asked, signal);
    for (;;) {
      const next = await this._next(source, events);
      if (next === 'broken') {
        return 'nothing';
      }
      if (next === 'end') {
        return this.attempts.length > before ? 'failures' : 'nothing';
      }
      if (await this._take(source.name, next)) {
        await events.close();
        return 'verified';
      }
      if (this.hopeless) {
        await events.close();
        return 'failures';
      }
    }
  }

  /** The next event of a source, or how it came to its end. */
  private async _next(
    source: ICandidateSource,
    events: IIteration<CandidateEvent>
  ): Promise<CandidateEvent | 'end' | 'broken'> {
    try {
      const next = await events.next();
      return next.done ? 'end' : next.value;
    } catch (error) {
      if (this._options.signal.aborted) {
        throw error;
      }
      this._options.emit(problemEvent(source.name, error));
      return 'broken';
    }
  }

  /** Handle one event of a source; whether it brought an equivalent candidate. */
  private async _take(
    source: SourceName,
    event: CandidateEvent
  ): Promise<boolean> {
    this._remember(source, event);
    switch (event.type) {
      case 'text':
      case 'refused':
        this._options.emit({ ...event, source });
        return false;
      case 'problem': {
        const { message, hint } = event;
        this._options.emit({
          type: 'problem',
          problem: { source, message, hint }
        });
        return false;
      }
      case 'candidate':
        return this._try(event.candidate);
    }
  }

  private async _try(candidate: ICandidate): Promise<boolean> {
    const { repeat, verdict } = await this._judge.judge(
      this._request,
      candidate,
      this.attempts
    );
    this.attempts.push({ candidate, verdict, repeat });
    this._judged += repeat ? 0 : 1;
    const verified = verdict.status === 'equivalent';
    this.verified ||= verified;
    this.hopeless ||= verdict.error?.side === 'original';
    return verified;
  }

  /** Keep what the rules say: it is context for the model. */
  private _remember(source: SourceName, event: CandidateEvent): void {
    if (source !== 'rules') {
      return;
    }
    if (event.type === 'refused') {
      const { refusals, findings, prerequisites } = event;
      this.lifted = { candidate: null, refusals, findings, prerequisites };
    } else if (event.type === 'candidate') {
      const { candidate } = event;
      const { findings } = candidate;
      this.lifted = { candidate, refusals: [], findings };
    }
  }

  private _judged = 0;
}
