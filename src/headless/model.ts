/**
 * A language model for the terminal: an OpenAI-compatible endpoint named on the
 * command line, with its key in the environment.
 */
import { OpenAI } from 'openai';

import { ChatError } from '../rewrite/chat';
import type { ChatEvent, IChatClient, IChatRequest } from '../rewrite/chat';
import type { ICandidateSource } from '../rewrite/interfaces';
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
}

/** Read the flags; null when no model is asked for. */
export function modelOptions(values: {
  model?: string;
  'base-url'?: string;
  k?: string;
}): IModelOptions | null {
  const { model, k = '3' } = values;
  const baseUrl = values['base-url'];
  if (model === undefined && baseUrl === undefined) {
    return null;
  }
  if (model === undefined || baseUrl === undefined) {
    throw new UsageError('--model and --base-url belong together.');
  }
  if (!/^[1-9]\d*$/.test(k)) {
    throw new UsageError(`--k is '${k}', and should be a number from 1 on.`);
  }
  return { name: model, baseUrl, k: Number(k) };
}

/** The model as a source of candidates. */
export function modelSource(
  options: IModelOptions | null
): ICandidateSource | undefined {
  return options === null
    ? undefined
    : new ModelSource(new EndpointClient(options.baseUrl), {
        model: options.name,
        perRound: options.k
      });
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
