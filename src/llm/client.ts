/**
 * The language model behind the Jupyter server: what is configured, and streamed
 * chat completions.
 */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { OpenAI } from 'openai';

import { ChatError } from '../rewrite/chat';
import type {
  ChatEvent,
  IChatClient,
  IChatRequest,
  IChatUsage,
  IModelTerms
} from '../rewrite/chat';
import { chatError, isRejection } from './errors';
import { serverFetch } from './serverfetch';
import { Slots } from './slots';

/** What the server says of its configuration. */
export interface ILlmStatus {
  configured: boolean;
  /** The models that may be asked for, the default one first. */
  models: readonly string[];
  /** Tokens that fit into a model, for those of which that is known. */
  windows: Readonly<Record<string, number>>;
  /** US dollars for a million tokens, of the prompt and of the answer. */
  prices: Readonly<Record<string, readonly [number, number]>>;
  /** Host and port of the endpoint. */
  endpoint: string | null;
  /** What is missing. */
  message: string | null;
  /** How to configure it. */
  hint: string | null;
}

/** The configured language model. */
export interface ILlm extends IChatClient {
  /** Ask the server what is configured. */
  status(): Promise<ILlmStatus>;
}

/**
 * Answers that are streamed at once: a browser has six connections to a server, and
 * JupyterLab needs some of them.
 */
const AT_ONCE = 4;

/** Talks to the relay of the server extension. */
export class LlmClient implements ILlm {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  async status(): Promise<ILlmStatus> {
    const response = await ServerConnection.makeRequest(
      this._url('status'),
      {},
      this._settings
    );
    if (!response.ok) {
      throw await ServerConnection.ResponseError.create(response);
    }
    return response.json();
  }

  async terms(name?: string): Promise<IModelTerms> {
    const status = await this._configured();
    const model = name ?? status.models[0] ?? '';
    const price = status.prices[model];
    return {
      model,
      window: status.windows[model] ?? null,
      price: price ? { prompt: price[0], completion: price[1] } : null
    };
  }

  async *stream(
    request: IChatRequest,
    signal: AbortSignal
  ): AsyncIterable<ChatEvent> {
    const giveBack = await this._slots.take(signal);
    try {
      yield* this._answer(request, signal);
    } catch (error) {
      throw signal.aborted ? signal.reason : chatError(error);
    } finally {
      giveBack();
    }
  }

  private async *_answer(
    request: IChatRequest,
    signal: AbortSignal
  ): AsyncIterable<ChatEvent> {
    let reason: string | null = null;
    let usage: IChatUsage | null = null;
    for await (const chunk of await this._open(request, signal)) {
      // The last chunk holds the usage and no choice.
      const choice = chunk.choices?.at(0);
      if (choice?.delta?.content) {
        yield { type: 'delta', text: choice.delta.content };
      }
      reason = choice?.finish_reason ?? reason;
      usage = usageOf(chunk) ?? usage;
    }
    // The openai client ends quietly on an abortion, and on a stream cut short.
    signal.throwIfAborted();
    if (reason === null) {
      throw new ChatError(
        'upstream',
        'The answer broke off before it was finished.',
        'Try again.'
      );
    }
    yield { type: 'end', reason, usage };
  }

  /** Send the request; an endpoint that dislikes an option is asked without. */
  private async _open(request: IChatRequest, signal: AbortSignal) {
    const { client, model } = await this._connect(request.model);
    const plain = {
      model,
      messages: request.messages.map(message => ({ ...message })),
      stream: true as const
    };
    const full = {
      ...plain,
      stream_options: { include_usage: true },
      temperature: request.temperature
    };
    try {
      return await client.chat.completions.create(full, { signal });
    } catch (error) {
      if (!isRejection(error)) {
        throw error;
      }
      return client.chat.completions.create(plain, { signal });
    }
  }

  private async _connect(
    model: string | undefined
  ): Promise<{ client: OpenAI; model: string }> {
    const status = model === undefined ? await this._configured() : null;
    // Loaded when a model is asked for the first time: it is large.
    const { OpenAI } = await import('openai');
    const client = new OpenAI({
      baseURL: this._url('v1'),
      // The server adds the key; the client insists on having one.
      apiKey: 'held-by-the-server',
      // Nothing secret is in the page, so it may run there.
      dangerouslyAllowBrowser: true,
      fetch: serverFetch(this._settings),
      maxRetries: 0,
      logLevel: 'off'
    });
    return { client, model: model ?? status?.models[0] ?? '' };
  }

  /** What is configured; fails with a `ChatError` when nothing is. */
  private async _configured(): Promise<ILlmStatus> {
    const status = await this.status().catch(error => {
      throw chatError(error);
    });
    if (!status.configured) {
      throw new ChatError(
        'unconfigured',
        status.message ?? 'No language model is configured.',
        status.hint
      );
    }
    return status;
  }

  private readonly _slots = new Slots(AT_ONCE);

  private _url(path: string): string {
    return URLExt.join(this._settings.baseUrl, 'palimpsest/llm', path);
  }
}

function usageOf(chunk: OpenAI.ChatCompletionChunk): IChatUsage | null {
  return chunk.usage
    ? {
        promptTokens: chunk.usage.prompt_tokens,
        completionTokens: chunk.usage.completion_tokens
      }
    : null;
}
