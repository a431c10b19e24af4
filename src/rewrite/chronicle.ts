/**
 * Keeps what happened between the model and the verifier: every exchange with what
 * came of it, and what that teaches for the next time.
 */
import type { IExchange, IExchangeOutcome, IKeptExchange } from './exchange';
import type { IAttempt, ICandidate, IVerdict } from './interfaces';
import type { RewriteSession } from './session';
import type { RewriteEvent } from './sessionstate';
import { strategyOf } from './strategies';
import type { IStrategyStore } from './strategies';
import { failureOf, failureOfAnswer } from './taxonomy';

/** Where exchanges and strategies are kept. */
export interface IChronicleStore extends IStrategyStore {
  addExchange(exchange: IKeptExchange): Promise<void>;
}

/** Follows one session and writes down what its model said. */
export class Chronicle {
  /**
   * @param onError - hears why something could not be kept; rewriting goes on.
   */
  constructor(
    private readonly _session: RewriteSession,
    private readonly _store: IChronicleStore,
    private readonly _onError: (error: unknown) => void
  ) {
    _session.subscribe(event => this._hear(event));
  }

  private _hear(event: RewriteEvent): void {
    switch (event.type) {
      case 'exchange':
        this._take(event.exchange);
        break;
      case 'candidate':
        this._candidates.set(event.candidate.id, event.candidate);
        break;
      case 'verdict':
        this._judge(event.candidate, event.verdict, false);
        break;
      case 'repeat':
        this._judge(event.candidate, null, true);
        break;
      case 'finished':
        this._finish();
        break;
    }
  }

  /** An exchange waits for the verdict on its candidate; one without has none. */
  private _take(exchange: IExchange): void {
    const { candidate } = exchange;
    if (candidate !== null && this._session.state.phase === 'working') {
      this._waiting.set(candidate, exchange);
    } else {
      this._keep(
        exchange,
        null,
        failureOfAnswer(exchange.end, candidate !== null)
      );
    }
  }

  private _judge(id: string, verdict: IVerdict | null, repeat: boolean): void {
    const exchange = this._waiting.get(id);
    const candidate = this._candidates.get(id);
    if (!exchange || !candidate) {
      return;
    }
    this._waiting.delete(id);
    const attempt: IAttempt = {
      candidate,
      verdict: verdict ?? REPEATED,
      repeat
    };
    const failure = failureOf(attempt, exchange.purpose, this._told(exchange));
    this._attempts.push(attempt);
    const { status, summary } = attempt.verdict;
    this._keep(
      exchange,
      { status: repeat ? 'repeat' : status, summary },
      failure
    );
    const strategy = strategyOf(this._session.request, attempt, failure);
    if (strategy) {
      this._store.addStrategy(strategy).catch(this._onError);
    }
  }

  /** The attempts that were reported to the model in this exchange. */
  private _told(exchange: IExchange): IAttempt[] {
    const said = exchange.messages.map(({ content }) => content).join('\n');
    return this._attempts.filter(({ candidate }) =>
      said.includes(candidate.code.trimEnd())
    );
  }

  private _finish(): void {
    for (const exchange of this._waiting.values()) {
      this._keep(exchange, null, null);
    }
    this._waiting.clear();
  }

  private _keep(
    exchange: IExchange,
    outcome: IExchangeOutcome | null,
    failure: IKeptExchange['failure']
  ): void {
    const { notebookPath, cellId, task } = this._session.request;
    this._store
      .addExchange({
        ...exchange,
        notebook: notebookPath,
        cell: cellId,
        task,
        outcome,
        failure
      })
      .catch(this._onError);
  }

  private readonly _attempts: IAttempt[] = [];
  private readonly _candidates = new Map<string, ICandidate>();
  private readonly _waiting = new Map<string, IExchange>();
}

const REPEATED: IVerdict = {
  status: 'failed',
  summary: 'It repeats an earlier candidate.',
  realRows: 0,
  mutatedInputs: 0,
  remarks: [],
  evidence: [],
  difference: null,
  error: null,
  seconds: 0
};
