/**
 * A language model as a source of candidates.
 */
import { ask } from './asking';
import type { IQuestion } from './asking';
import { ChatError } from './chat';
import type { IChatClient, IChatMessage, IModelTerms } from './chat';
import type { IAnswer } from './codereader';
import { EventQueue } from './eventqueue';
import type { Purpose } from './exchange';
import type {
  CandidateEvent,
  ExchangeListener,
  IAttempt,
  ICandidate,
  ICandidateSource,
  IRewriteRequest,
  ISourceSchema,
  Role
} from './interfaces';
import { sourceNames } from './sources';
import type { ISourceNames } from './sources';
import { hintsFor } from './strategies';
import type { IStrategyStore } from './strategies';
import { critiquePrompt, synthesisPrompt } from './tasks/critique';
import { prerequisitesOf } from './tasks/prompt';
import { roleOf, taskByName } from './tasks/registry';
import { ROOM_FOR_ANSWER, countTokens, mostTokens } from './tokens';
import type { IPromptSize } from './tokens';

/** How a model is asked. */
export interface IModelSourceOptions {
  /** One of the configured models; the first one when absent. */
  model?: string;
  /** Candidates a round, at once; default 3. */
  perRound?: number;
  /** Describes the sources that the cell reads; rows only when they may be sent. */
  describe?: (
    names: ISourceNames,
    signal: AbortSignal
  ) => Promise<readonly ISourceSchema[]>;
  /** Whether values of the data may be told, as in reports; default no. */
  showValues?: boolean;
  /** What was tried on cells like this. */
  strategies?: Pick<IStrategyStore, 'strategies'>;
  /** Prompts with more tokens are shown before they are sent; default 12,000. */
  largePrompt?: number;
  /** Asks whether a large prompt may be sent; without it, it may. */
  confirm?: (size: IPromptSize) => Promise<boolean>;
}

const PER_ROUND = 3;

const LARGE_PROMPT = 12_000;

/** Of the first, second, ... answer of a round. */
const TEMPERATURES = [0, 0.5, 0.9] as const;

/** Added in later rounds, when a repeat must become less likely. */
const WARMER = 0.2;

/** A prompt may grow by this much without being shown again. */
const GROWTH = 1.5;

/** Asks a model, streams its code, and proposes what it answered. */
export class ModelSource implements ICandidateSource {
  constructor(
    private readonly _client: IChatClient,
    private readonly _options: IModelSourceOptions = {}
  ) {}

  readonly name = 'model';

  /**
   * Ask for several candidates at once; the caller ends the iteration when it has
   * one to keep, and what is still being written is stopped upstream.
   *
   * Fails with a `ChatError` when the endpoint does or no answer holds code.
   */
  async *candidates(
    request: IRewriteRequest,
    attempts: readonly IAttempt[],
    signal: AbortSignal,
    onExchange?: ExchangeListener
  ): AsyncIterable<CandidateEvent> {
    const terms = await this._terms();
    const { told, problems } = await this._prepare(request, signal);
    yield* problems;
    const messages = taskByName(told.task).prompt(told, attempts);
    if (!(await this._mayBeSent(messages, terms))) {
      return;
    }
    const again = attempts.some(
      ({ candidate }) => candidate.origin === 'model'
    );
    const count = this._options.perRound ?? PER_ROUND;
    const questions = Array.from({ length: count }, (_, index) =>
      this._question(told, again ? 'repair' : 'rewrite', messages, terms, {
        temperature: temperatureOf(index, again)
      })
    );
    yield* this._askAll(told, questions, signal, onExchange);
  }

  /**
   * Have the failed candidates criticised, then one of them chosen and improved.
   */
  async *critique(
    request: IRewriteRequest,
    attempts: readonly IAttempt[],
    signal: AbortSignal,
    onExchange?: ExchangeListener
  ): AsyncIterable<CandidateEvent> {
    const terms = await this._terms();
    const { told } = await this._prepare(request, signal);
    const task = taskByName(told.task);
    const flaws = this._question(
      told,
      'critique',
      critiquePrompt(task.prompt(told, []), told, attempts),
      terms,
      { temperature: 0 }
    );
    if (!(await this._mayBeSent(flaws.messages, terms))) {
      return;
    }
    const { explanation, code } = await ask(
      this._client,
      flaws,
      // Flaws are not shown as if they were the cell.
      { onText: () => undefined, onExchange },
      signal
    );
    const review = explanation === '' ? (code ?? '') : explanation;
    const messages = synthesisPrompt(flaws.messages, review);
    const choice = this._question(told, 'synthesis', messages, terms, {
      temperature: WARMER
    });
    yield* this._askAll(told, [choice], signal, onExchange);
  }

  /** Ask all questions at once and hand on events as they come. */
  private async *_askAll(
    request: IRewriteRequest,
    questions: readonly IQuestion[],
    signal: AbortSignal,
    onExchange?: ExchangeListener
  ): AsyncIterable<CandidateEvent> {
    const abort = new AbortController();
    const forward = () => abort.abort(signal.reason);
    signal.addEventListener('abort', forward, { once: true });
    if (signal.aborted) {
      forward();
    }
    const queue = new EventQueue<CandidateEvent>();
    const asked = questions.map(async question => {
      const onText = (delta: string) =>
        queue.push({ type: 'text', candidate: question.candidate, delta });
      const answer = await ask(
        this._client,
        question,
        { onText, onExchange },
        abort.signal
      );
      const candidate = candidateOf(question, request, answer);
      queue.push({ type: 'candidate', candidate });
    });
    void Promise.allSettled(asked).then(results => end(queue, results));
    try {
      yield* queue;
    } finally {
      signal.removeEventListener('abort', forward);
      abort.abort(new DOMException('Not needed any more.', 'AbortError'));
    }
  }

  /** The request with what else the model is told, and what could not be found out. */
  private async _prepare(
    request: IRewriteRequest,
    signal: AbortSignal
  ): Promise<{ told: IRewriteRequest; problems: CandidateEvent[] }> {
    const { describe, strategies, showValues } = this._options;
    const role = roleOf(taskByName(request.task), request);
    const problems: CandidateEvent[] = [];
    this._forgetOther(request);
    const without = (what: string) => (error: Error) => {
      if (signal.aborted) {
        // Another try asks again.
        this._schemas = this._hints = undefined;
        throw signal.reason;
      }
      const message = `${what}: ${error.message}`;
      problems.push({ type: 'problem', message, hint: null });
      return [];
    };
    this._schemas ??= describe?.(
      sourceNames(request.cells, request.cellId),
      signal
    ).catch(without('The model is asked without knowing the sources'));
    this._hints ??= strategies
      ?.strategies()
      .then(known => hintsFor(known, request, role))
      .catch(without('The model is asked without hints'));
    const [schemas, hints] = await Promise.all([this._schemas, this._hints]);
    const told = {
      ...request,
      schemas: request.schemas ?? schemas,
      hints: request.hints ?? hints,
      showValues
    };
    return { told, problems };
  }

  /** What was found out about one cell says nothing of another. */
  private _forgetOther({ notebookPath, cellId, task }: IRewriteRequest): void {
    const about = JSON.stringify([notebookPath, cellId, task]);
    if (about !== this._about) {
      this._about = about;
      this._schemas = this._hints = undefined;
    }
  }

  private async _terms(): Promise<IModelTerms> {
    const { model } = this._options;
    this._known ??= this._client.terms?.(model);
    try {
      return (
        (await this._known) ?? { model: model ?? '', window: null, price: null }
      );
    } catch (error) {
      // Another try may find the server configured.
      this._known = undefined;
      throw error;
    }
  }

  /**
   * Whether a prompt fits and the user lets it be sent.
   *
   * Fails with a `ChatError` when it cannot fit into the model.
   */
  private async _mayBeSent(
    messages: readonly IChatMessage[],
    { window, model }: IModelTerms
  ): Promise<boolean> {
    const large = this._options.largePrompt ?? LARGE_PROMPT;
    const most = mostTokens(messages);
    const limit = window === null ? Infinity : window - ROOM_FOR_ANSWER;
    if (most <= Math.min(large, limit)) {
      return true;
    }
    const tokens = await countTokens(messages);
    if (tokens > limit) {
      throw new ChatError(
        'too-large',
        `The prompt has about ${tokens} tokens; with room for an answer, ${limit} fit into ${model}.`,
        'Choose a model with a larger window, or split the notebook.'
      );
    }
    if (tokens <= large || tokens <= this._confirmed) {
      return true;
    }
    const confirmed =
      (await this._options.confirm?.({ tokens, window, model })) ?? true;
    if (confirmed) {
      this._confirmed = tokens * GROWTH;
    }
    return confirmed;
  }

  private _question(
    request: IRewriteRequest,
    purpose: Purpose,
    messages: readonly IChatMessage[],
    terms: IModelTerms,
    { temperature }: { temperature: number }
  ): IQuestion {
    const role: Role = roleOf(taskByName(request.task), request);
    const candidate = `model-${++this._asked}`;
    const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
    return { id, candidate, purpose, role, messages, temperature, terms };
  }

  private _about = '';
  private _asked = 0;
  private _confirmed = 0;
  private _hints: Promise<readonly string[]> | undefined;
  private _known: Promise<IModelTerms> | undefined;
  private _schemas: Promise<readonly ISourceSchema[]> | undefined;
}

/** End the events of a round: it failed only when all of its questions did. */
function end(
  queue: EventQueue<CandidateEvent>,
  results: readonly PromiseSettledResult<void>[]
): void {
  const errors = results
    .filter(result => result.status === 'rejected')
    .map(result => result.reason as ChatError);
  if (errors.length === results.length) {
    queue.end(errors[0]);
    return;
  }
  const messages = new Set<string>();
  for (const { message, hint } of errors) {
    if (!messages.has(message)) {
      messages.add(message);
      queue.push({ type: 'problem', message, hint: hint ?? null });
    }
  }
  queue.end();
}

function temperatureOf(index: number, again: boolean): number {
  const base = TEMPERATURES[Math.min(index, TEMPERATURES.length - 1)];
  return Math.min(1, base + (again ? WARMER : 0));
}

function candidateOf(
  { candidate: id, role }: IQuestion,
  request: IRewriteRequest,
  { code, explanation }: IAnswer
): ICandidate {
  if (code === null) {
    throw new ChatError(
      'nonsense',
      `The model answered without code: ${quote(explanation)}`,
      'Try again with a remark, or choose another model.'
    );
  }
  return {
    id,
    origin: 'model',
    role,
    code,
    observation: observationOf(request, role),
    findings: [],
    prerequisites: prerequisitesOf(request),
    explanation: explanation === '' ? undefined : explanation
  };
}

/** What shows the original's result: as the rules found it, or the user said. */
function observationOf(
  { lifted, outputs }: IRewriteRequest,
  role: Role
): ICandidate['observation'] {
  const found = lifted?.candidate;
  if (found?.role === role && found.observation) {
    return found.observation;
  }
  const output = outputs?.[role];
  // Of a file the verifier finds out itself how it is written.
  return output !== undefined && /^[^\W\d]\w*$/u.test(output)
    ? { kind: 'variable', name: output }
    : undefined;
}

function quote(text: string): string {
  const LIMIT = 160;
  if (text === '') {
    return '(nothing)';
  }
  return text.length > LIMIT ? `"${text.slice(0, LIMIT)}..."` : `"${text}"`;
}
