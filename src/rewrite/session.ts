/**
 * One rewriting session: the loop that asks sources for candidates, judges them
 * and feeds failures back, and the session object that views hold.
 */
import { acceptance } from './acceptance';
import type { AcceptanceMode, IAcceptance } from './acceptance';
import { iterate } from './abort';
import { Judge } from './judge';
import type {
  CandidateEvent,
  IAttempt,
  ICandidate,
  ICandidateSource,
  ILiftResult,
  IRewriteRequest,
  IVerifier
} from './interfaces';
import { INITIAL_STATE, ranked, reduce } from './sessionstate';
import type {
  IRewriteState,
  JudgedCandidate,
  Outcome,
  RewriteEvent,
  SourceName
} from './sessionstate';
import { normalForm } from './syntax';

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
    for (const source of sources) {
      if (isWanted(source, options.model ?? 'if-needed', loop.verified)) {
        await loop.ask(source);
      }
    }
    return loop.outcome;
  });
  return { outcome, attempts: loop.attempts, lifted: loop.lifted };
}

/** Do the work between `started` and `finished`, whatever happens to it. */
async function supervise(
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

  get outcome(): Outcome {
    if (this.verified) {
      return 'verified';
    }
    return this._judged > 0 ? 'unverified' : 'none';
  }

  /** Ask a source, again with its failures while that can help. */
  async ask(source: ICandidateSource): Promise<void> {
    const rounds = source.name === 'model' ? MAX_ROUNDS : 1;
    for (let round = 1; round <= rounds; round++) {
      this._options.emit({ type: 'asked', source: source.name, round });
      const judged = await this._askOnce(source);
      if (judged !== 'failures') {
        return;
      }
    }
  }

  /**
   * One round of one source.
   *
   * Returns `verified` when it found an equivalent candidate, `failures` when all
   * it proposed failed, and `nothing` when it proposed nothing or broke down.
   */
  private async _askOnce(
    source: ICandidateSource
  ): Promise<'verified' | 'failures' | 'nothing'> {
    const request = { ...this._request, lifted: this.lifted ?? undefined };
    const before = this.attempts.length;
    const events = iterate(
      source.candidates(request, [...this.attempts], this._options.signal),
      this._options.signal
    );
    for (;;) {
      let next: IteratorResult<CandidateEvent>;
      try {
        next = await events.next();
      } catch (error) {
        if (this._options.signal.aborted) {
          throw error;
        }
        this._options.emit(problemEvent(source.name, error));
        return 'nothing';
      }
      if (next.done) {
        return this.attempts.length > before ? 'failures' : 'nothing';
      }
      if (await this._take(source.name, next.value)) {
        await events.close();
        return 'verified';
      }
    }
  }

  /** Handle one event of a source; whether it brought an equivalent candidate. */
  private async _take(
    source: SourceName,
    event: CandidateEvent
  ): Promise<boolean> {
    switch (event.type) {
      case 'text':
        this._options.emit({ ...event, source });
        return false;
      case 'refused':
        this._options.emit({ ...event, source });
        this._remember(source, { ...event, candidate: null });
        return false;
      case 'candidate':
        this._remember(source, {
          candidate: event.candidate,
          refusals: [],
          findings: event.candidate.findings
        });
        return this._try(event.candidate);
    }
  }

  private async _try(candidate: ICandidate): Promise<boolean> {
    const { repeat, verdict } = await this._judge.judge(
      this._request,
      candidate,
      this.attempts
    );
    this.attempts.push({ candidate, verdict });
    this._judged += repeat ? 0 : 1;
    if (verdict.status === 'equivalent') {
      this.verified = true;
    }
    return verdict.status === 'equivalent';
  }

  /** Keep what the rules say: it is context for the model. */
  private _remember(source: SourceName, said: ILiftResult): void {
    if (source !== 'rules') {
      return;
    }
    const { candidate, refusals, findings } = this.lifted ?? {
      candidate: null,
      refusals: [],
      findings: []
    };
    this.lifted = {
      candidate: said.candidate ?? candidate,
      refusals: [...refusals, ...said.refusals],
      findings: [...findings, ...said.findings]
    };
  }

  private _judged = 0;
}

/** A request with everything that has come of it, for views to hold. */
export class RewriteSession {
  /**
   * @param request - the cell, as it was when the user asked.
   * @param sources - rules first.
   */
  constructor(
    readonly request: IRewriteRequest,
    private readonly _sources: readonly ICandidateSource[],
    private readonly _verifier: IVerifier
  ) {}

  /** Everything that has come so far; a new value after every event. */
  get state(): IRewriteState {
    return this._state;
  }

  /**
   * Call the listener after every event, with that event.
   *
   * Returns the function that ends it.
   */
  subscribe(listener: (event: RewriteEvent) => void): () => void {
    this._listeners.add(listener);
    return () => {
      this._listeners.delete(listener);
    };
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Start, or go on: earlier candidates stay and may not come again. */
  async start(model: ModelUse = 'if-needed'): Promise<Outcome> {
    return this._run(this.request, model);
  }

  /** Ask the model for something else, with a remark of the user. */
  async retry(remark: string): Promise<Outcome> {
    return this._run({ ...this.request, remark }, 'only');
  }

  /**
   * Judge a source that the user made of a candidate: some of its chunks only, or
   * the fix of a finding.
   *
   * Returns the judged candidate, which is an earlier one when the source says the
   * same; null when it could not be judged.
   */
  async judgeEdited(id: string, code: string): Promise<JudgedCandidate | null> {
    const basis = this._candidate(id);
    const normal = normalForm(code);
    const known = ranked(this._state).find(
      entry => normalForm(entry.candidate.code) === normal
    );
    if (known) {
      return known;
    }
    const edited = { ...basis, id: `${id}-edited-${++this._edits}`, code };
    await this._exclusively(reporting =>
      supervise(reporting, async () => {
        const judge = new Judge(this._verifier, reporting);
        const { verdict } = await judge.judge(this.request, edited, []);
        return verdict.status === 'equivalent' ? 'verified' : 'unverified';
      })
    );
    return ranked(this._state).find(entry => entry.id === edited.id) ?? null;
  }

  /** Stop at once, upstream too; what was judged stays. */
  stop(): void {
    this._abort?.abort(new DOMException('Stopped.', 'AbortError'));
  }

  /**
   * What accepting a judged candidate writes into the notebook.
   *
   * Throws when the candidate's verdict does not allow this mode.
   */
  accept(id: string, mode: AcceptanceMode): IAcceptance {
    const entry = this._state.candidates.find(other => other.id === id);
    if (entry?.stage !== 'judged') {
      throw new Error(
        `Candidate ${id} has no verdict yet. Wait for it, then accept.`
      );
    }
    return acceptance(this.request, entry, mode);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.stop();
    this._listeners.clear();
  }

  private async _run(
    request: IRewriteRequest,
    model: ModelUse
  ): Promise<Outcome> {
    const result = await this._exclusively(reporting =>
      rewrite(request, this._sources, this._verifier, {
        ...reporting,
        model,
        attempts: this._attempts,
        lifted: this._lifted ?? undefined
      })
    );
    this._attempts = result.attempts;
    this._lifted = result.lifted;
    return result.outcome;
  }

  /** One piece of work at a time, each with its own signal. */
  private async _exclusively<T>(
    work: (reporting: Pick<IRewriteOptions, 'emit' | 'signal'>) => Promise<T>
  ): Promise<T> {
    if (this._abort) {
      throw new Error('This session is already working. Stop it first.');
    }
    const abort = (this._abort = new AbortController());
    try {
      return await work({
        signal: abort.signal,
        emit: event => this._apply(event)
      });
    } finally {
      this._abort = null;
    }
  }

  private _apply(event: RewriteEvent): void {
    this._state = reduce(this._state, event);
    for (const listener of [...this._listeners]) {
      listener(event);
    }
  }

  private _candidate(id: string): ICandidate {
    const entry = this._state.candidates.find(other => other.id === id);
    if (!entry || entry.stage === 'streaming') {
      throw new Error(`There is no complete candidate ${id}.`);
    }
    return entry.candidate;
  }

  private _state = INITIAL_STATE;
  private _listeners = new Set<(event: RewriteEvent) => void>();
  private _attempts: readonly IAttempt[] = [];
  private _lifted: ILiftResult | null = null;
  private _abort: AbortController | null = null;
  private _edits = 0;
  private _isDisposed = false;
}
