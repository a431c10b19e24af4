/**
 * What rewriting needs of a chat endpoint. `src/llm` implements it over the
 * server relay; tests and the terminal implement it in their own way.
 */

/** One message of a conversation. */
export interface IChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** One conversation to be continued by the model. */
export interface IChatRequest {
  messages: readonly IChatMessage[];
  /** One of the configured models; the first one when absent. */
  model?: string;
  temperature?: number;
}

/** Tokens of one exchange, as the endpoint counted them. */
export interface IChatUsage {
  promptTokens: number;
  completionTokens: number;
}

/**
 * What arrives while the model answers.
 *
 * #### Notes
 * `end` comes exactly once, last, unless the stream fails. Its reason is the
 * endpoint's own word (`stop`, `length`, `content_filter`, ...).
 */
export type ChatEvent =
  | { type: 'delta'; text: string }
  | { type: 'end'; reason: string; usage: IChatUsage | null };

/** What is known of a model before it is asked. */
export interface IModelTerms {
  model: string;
  /** Tokens that fit into it, prompt and answer together; null when not known. */
  window: number | null;
  /** US dollars for a million tokens; null when not known. */
  price: { prompt: number; completion: number } | null;
}

/** Streams the continuation of conversations. */
export interface IChatClient {
  /**
   * What is known of a model, the first configured one by default.
   *
   * Fails with a {@link ChatError} when no model can be asked. A client without
   * this knows nothing.
   */
  terms?(model?: string): Promise<IModelTerms>;

  /**
   * Stream the model's answer. Aborting the signal cancels the request upstream.
   *
   * Fails with a {@link ChatError}, or with the signal's reason when aborted.
   */
  stream(request: IChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent>;
}

/** Why a chat request failed; the server relay speaks the same codes. */
export type ChatErrorCode =
  | 'unconfigured'
  | 'unknown-model'
  | 'unauthorized'
  | 'forbidden'
  | 'unreachable'
  | 'timeout'
  | 'nonsense'
  | 'too-large'
  | 'rate-limited'
  | 'malformed'
  | 'rejected'
  | 'cut-off'
  | 'upstream'
  | 'not-found'
  | 'unsupported';

/** A failed chat request: what went wrong and what to do about it. */
export class ChatError extends Error {
  constructor(
    readonly code: ChatErrorCode,
    message: string,
    readonly hint: string | null = null
  ) {
    super(message);
    this.name = 'ChatError';
  }
}
