/**
 * How many tokens a prompt has.
 */
import type { IChatMessage } from './chat';

/** Tokens that the wrapping of a message takes, about. */
const PER_MESSAGE = 4;

/** Tokens left free for the answer. */
export const ROOM_FOR_ANSWER = 2000;

/** The size of a prompt, and what it has to fit into. */
export interface IPromptSize {
  tokens: number;
  /** Tokens that fit into the model; null when not known. */
  window: number | null;
  model: string;
}

/**
 * Count the tokens of a prompt.
 *
 * #### Notes
 * By the encoding of OpenAI's present models; other models count a little
 * otherwise. The tables are large and are loaded when they are first needed.
 */
export async function countTokens(
  messages: readonly IChatMessage[]
): Promise<number> {
  const [{ Tiktoken }, { default: ranks }] = await Promise.all([
    import('js-tiktoken/lite'),
    import('js-tiktoken/ranks/o200k_base')
  ]);
  const encoding = new Tiktoken(ranks);
  return messages.reduce(
    // No text of a user is a control token.
    (sum, { content }) =>
      sum + PER_MESSAGE + encoding.encode(content, [], []).length,
    0
  );
}

/** Certainly not fewer than its tokens: none is shorter than a byte. */
export function mostTokens(messages: readonly IChatMessage[]): number {
  const encoder = new TextEncoder();
  return messages.reduce(
    (sum, { content }) => sum + PER_MESSAGE + encoder.encode(content).length,
    0
  );
}

/** About as many tokens as a text has, without counting. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
