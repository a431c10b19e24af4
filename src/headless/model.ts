/**
 * A language model for the terminal: an OpenAI-compatible endpoint named on the
 * command line, with its key in the environment.
 */
import { OpenAI } from 'openai';

import type { ICompanion } from '../companion/client';
import { describeSources } from '../companion/describer';
import { ChatError } from '../rewrite/chat';
import type { ChatEvent, IChatClient, IChatRequest } from '../rewrite/chat';
import type { ICandidateSource } from '../rewrite/interfaces';
import { MAX_ROUNDS } from '../rewrite/loop';
import { ModelSource } from '../rewrite/modelsource';
import { UsageError } from './errors';

/** The flags of the command line that name a model. */
export const MODEL_FLAGS = {
  model: { type: 'string' },
  'base-url': { type: 'string' },
  k: { type: 'string' },
  rounds: { type: 'string' }
} as const;

/** Which model is asked, and how often. */
export interface IModelOptions {
  name: string;
  baseUrl: string;
  /** Candidates a round. */
  k: number;
  rounds: number;
}

/** A model to ask, and how often. */
export interface IModel {
  source: ICandidateSource;
  rounds: number;
}

/** Read the flags; null when no model is asked for. */
export function modelOptions(values: {
  model?: string;
  'base-url'?: string;
  k?: string;
  rounds?: string;
}): IModelOptions | null {
  const { model, k = '3', rounds = String(MAX_ROUNDS) } = values;
  const baseUrl = values['base-url'];
  if (model === undefined && baseUrl === undefined) {
    return null;
  }
  if (model === undefined || baseUrl === undefined) {
    throw new UsageError('--model and --base-url belong together.');
  }
  for (const [flag, value] of Object.entries({ k, rounds })) {
    if (!/^[1-9]\d*$/.test(value)) {
      throw new UsageError(
        `--${flag} is '${value}', and should be a number from 1 on.`
      );
    }
  }
  return { name: model, baseUrl, k: Number(k), rounds: Number(rounds) };
}

/** The model as a source of candidates; it is told what the sources look like. */
export function modelOf(
  options: IModelOptions | null,
  companion: ICompanion
): IModel | undefined {
  if (options === null) {
    return undefined;
  }
  const source = new ModelSource(new EndpointClient(options.baseUrl), {
    model: options.name,
    perRound: options.k,
    describe: (names, signal) => describeSources(companion, names, 0, signal)
  });
  return { source, rounds: options.rounds };
}

/** Talks to an endpoint without the server between. */
class EndpointClient implements IChatClient {
  constructor(baseURL: string) {
    this._client = new OpenAI({
      baseURL,
      // Local endpoints want none; the client insists on one.
      apiKey: process.env.OPENAI_API_KEY ?? 'none',
      maxRetries: 1,
      logLevel: 'off'
    });
  }

  async *stream(
    request: IChatRequest,
    signal: AbortSignal
  ): AsyncIterable<ChatEvent> {
    try {
      const chunks = await this._client.chat.completions.create(
        {
          model: request.model ?? '',
          messages: request.messages.map(message => ({ ...message })),
          temperature: request.temperature,
          stream: true
        },
        { signal }
      );
      let reason: string | null = null;
      for await (const chunk of chunks) {
        const choice = chunk.choices?.at(0);
        if (choice?.delta?.content) {
          yield { type: 'delta', text: choice.delta.content };
        }
        reason = choice?.finish_reason ?? reason;
      }
      signal.throwIfAborted();
      yield { type: 'end', reason: reason ?? 'stop', usage: null };
    } catch (error) {
      throw signal.aborted
        ? signal.reason
        : new ChatError('upstream', (error as Error).message);
    }
  }

  private readonly _client: OpenAI;
}
