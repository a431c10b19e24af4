/**
 * From what the openai client and the server connection throw to one kind of error.
 */
import { ServerConnection } from '@jupyterlab/services';

import { ChatError } from '../rewrite/chat';
import type { ChatErrorCode } from '../rewrite/chat';

/** The body of an error of the relay. */
interface IRelayError {
  code: ChatErrorCode;
  message: string;
  hint: string | null;
}

/**
 * What the openai client's errors hold.
 *
 * #### Notes
 * Its classes are loaded lazily with it, so errors are told by their shape.
 */
interface IApiError {
  status?: number;
  error?: unknown;
}

/** Whether the endpoint rejected the request itself, for example an option of it. */
export function isRejection(error: unknown): boolean {
  return relayError(error)?.code === 'rejected';
}

/** The error as a {@link ChatError}, whatever it was. */
export function chatError(error: unknown): ChatError {
  if (error instanceof ChatError) {
    return error;
  }
  const told = relayError(error);
  if (told) {
    return new ChatError(told.code, told.message, told.hint);
  }
  const status = statusOf(error);
  if (status === 401 || status === 403) {
    return new ChatError(
      'forbidden',
      'The Jupyter server does not let you ask a model.',
      'Log in again, or ask whoever runs the server.'
    );
  }
  if (status === 404) {
    return new ChatError(
      'unreachable',
      'The server part of Palimpsest is not running.',
      'Enable it with `jupyter server extension enable jupyterlab_palimpsest` and restart the server.'
    );
  }
  if (status !== undefined) {
    return new ChatError('upstream', `The Jupyter server failed (${status}).`);
  }
  const { name, message } = error as Error;
  if (error instanceof SyntaxError) {
    return new ChatError(
      'nonsense',
      'The endpoint sent something that is no chat completion.',
      'Check the base URL on the server.'
    );
  }
  return new ChatError(
    'unreachable',
    `The Jupyter server cannot be reached (${name}: ${message}).`,
    'Is it still running?'
  );
}

function statusOf(error: unknown): number | undefined {
  return error instanceof ServerConnection.ResponseError
    ? error.response.status
    : (error as IApiError).status;
}

function relayError(error: unknown): IRelayError | null {
  const told = (error as IApiError | null)?.error as
    Partial<IRelayError> | null | undefined;
  return typeof told?.code === 'string' && typeof told.message === 'string'
    ? { code: told.code, message: told.message, hint: told.hint ?? null }
    : null;
}
