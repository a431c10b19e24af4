/**
 * A language model as a source of candidates.
 */
import { ChatError } from './chat';
import type { IChatClient } from './chat';
import { CodeReader } from './codereader';
import { CONTRACT_FUNCTION } from './interfaces';
import type {
  CandidateEvent,
  IAttempt,
  ICandidate,
  ICandidateSource,
  IRewriteRequest,
  Role
} from './interfaces';
import { prerequisitesOf } from './tasks/prompt';
import { roleOf, taskByName } from './tasks/registry';

/** How a model is asked. */
export interface IModelSourceOptions {
  /** One of the configured models; the first one when absent. */
  model?: string;
  /** Candidates a round, one after the other, until one is taken; default 1. */
  perRound?: number;
}

/** Temperature of the first, second, ... answer: a repeat must become less likely. */
const TEMPERATURES = [0, 0.4, 0.7, 1] as const;

/** Asks a model, streams its code, and proposes what it answered. */
export class ModelSource implements ICandidateSource {
  constructor(
    private readonly _client: IChatClient,
    private readonly _options: IModelSourceOptions = {}
  ) {}

  readonly name = 'model';

  /**
   * Ask for candidates; the caller ends the iteration when it has one to keep.
   *
   * Fails with a `ChatError` when the endpoint does, or when an answer holds no code.
   */
  async *candidates(
    request: IRewriteRequest,
    attempts: readonly IAttempt[],
    signal: AbortSignal
  ): AsyncIterable<CandidateEvent> {
    const perRound = this._options.perRound ?? 1;
    for (let index = 0; index < perRound; index++) {
      yield* this._ask(request, attempts, attempts.length + index, signal);
    }
  }

  private async *_ask(
    request: IRewriteRequest,
    attempts: readonly IAttempt[],
    heat: number,
    signal: AbortSignal
  ): AsyncIterable<CandidateEvent> {
    const task = taskByName(request.task);
    const role = roleOf(task, request);
    const id = `model-${++this._asked}`;
    const reader = new CodeReader(CONTRACT_FUNCTION[role]);
    const events = this._client.stream(
      {
        messages: task.prompt(request, attempts),
        model: this._options.model,
        temperature: TEMPERATURES[Math.min(heat, TEMPERATURES.length - 1)]
      },
      signal
    );
    for await (const event of events) {
      if (event.type === 'delta') {
        const delta = reader.push(event.text);
        if (delta !== '') {
          yield { type: 'text', candidate: id, delta };
        }
      } else if (event.reason === 'length') {
        throw new ChatError(
          'cut-off',
          'The model stopped in the middle: its answer reached the output limit.',
          'Choose a model with a larger output limit, or split the cell.'
        );
      }
    }
    yield {
      type: 'candidate',
      candidate: candidateOf(id, role, request, reader)
    };
  }

  private _asked = 0;
}

function candidateOf(
  id: string,
  role: Role,
  request: IRewriteRequest,
  reader: CodeReader
): ICandidate {
  const { code, explanation } = reader.finish();
  if (code === null) {
    throw new ChatError(
      'nonsense',
      `The model answered without code: ${quote(explanation)}`,
      'Try again with a remark, or choose another model.'
    );
  }
  const lifted = request.lifted?.candidate;
  return {
    id,
    origin: 'model',
    role,
    code,
    // The original is the same, so what shows its result is the same.
    observation: lifted?.role === role ? lifted.observation : undefined,
    findings: [],
    prerequisites: prerequisitesOf(request),
    explanation: explanation === '' ? undefined : explanation
  };
}

function quote(text: string): string {
  const LIMIT = 160;
  if (text === '') {
    return '(nothing)';
  }
  return text.length > LIMIT ? `"${text.slice(0, LIMIT)}..."` : `"${text}"`;
}
