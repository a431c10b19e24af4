/**
 * One rewriting session: a request with everything that has come of it.
 */
import { acceptance } from './acceptance';
import type { AcceptanceMode, ICellChange } from './acceptance';
import type {
  IAttempt,
  ICandidate,
  ICandidateSource,
  ILiftResult,
  IRewriteRequest,
  IVerifier
} from './interfaces';
import { Judge } from './judge';
import { rewrite, supervise } from './loop';
import type { IRewriteOptions, ModelUse } from './loop';
import { INITIAL_STATE, ranked, reduce } from './sessionstate';
import type {
  IRewriteState,
  JudgedCandidate,
  Outcome,
  RewriteEvent
} from './sessionstate';
import { normalForm } from './syntax';
import { roleOf, taskByName } from './tasks/registry';

export type { ModelUse } from './loop';

/** A request with everything that has come of it, for views to hold. */
export class RewriteSession {
  /**
   * @param request - the cell, as it was when the user asked.
   * @param sources - rules first.
   * @param _options - how long the model is asked.
   */
  constructor(
    readonly request: IRewriteRequest,
    private readonly _sources: readonly ICandidateSource[],
    private readonly _verifier: IVerifier,
    private readonly _options: Pick<IRewriteOptions, 'rounds' | 'critic'> = {}
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
   * the fix of a finding. A fix needs no candidate: its finding may be why the
   * rules refused the cell.
   *
   * Returns the judged candidate, which is an earlier one when the source says the
   * same; null when it could not be judged.
   */
  async judgeEdited(
    id: string | null,
    code: string
  ): Promise<JudgedCandidate | null> {
    const basis = id === null ? this._unlifted() : this._candidate(id);
    const normal = normalForm(code);
    const known = ranked(this._state).find(
      entry => normalForm(entry.candidate.code) === normal
    );
    if (known) {
      return known;
    }
    const edited = {
      ...basis,
      id: `${basis.id}-edited-${++this._edits}`,
      code
    };
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
  accept(id: string, mode: AcceptanceMode): ICellChange {
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
    // Listeners stay: they still hear how what was under way came to its end.
    this.stop();
  }

  private async _run(
    request: IRewriteRequest,
    model: ModelUse
  ): Promise<Outcome> {
    const result = await this._exclusively(reporting =>
      rewrite(request, this._sources, this._verifier, {
        ...this._options,
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

  /** What a candidate for a refused cell starts from. */
  private _unlifted(): ICandidate {
    return {
      id: 'refused',
      origin: 'rules',
      role: roleOf(taskByName(this.request.task), this.request),
      code: '',
      findings: [],
      prerequisites: this._lifted?.prerequisites ?? {}
    };
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
