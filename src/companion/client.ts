/**
 * The companion as the rest of the extension sees it: typed calls, over any
 * transport. Runs in the browser and in Node.
 */
import {
  MAXIMUM_REQUEST_BYTES,
  METHOD_CHANNEL,
  PROTOCOL_VERSION,
  type Channel,
  type ErrorCode,
  type IErrorInfo,
  type IMethods,
  type IProgress,
  type IRequest,
  type MethodName
} from './protocol.generated';

/** Parameters of a method. */
export type Params<M extends MethodName> = IMethods[M]['params'];

/** Result of a method. */
export type Result<M extends MethodName> = IMethods[M]['result'];

/** A result with the binary buffers that came with it. */
export interface IAnswer<M extends MethodName> {
  result: Result<M>;
  buffers: Uint8Array[];
}

/** How a call is watched and stopped. */
export interface ICallOptions {
  /**
   * Aborting asks the companion to stop. A query is rejected at once; a command
   * when the companion says so, because it may have been done meanwhile.
   */
  signal?: AbortSignal;
  onProgress?: (progress: IProgress) => void;
}

/** The Python companion of one kernel or process. */
export interface ICompanion {
  /**
   * Call a method.
   *
   * Rejects with a {@link CompanionError}; never hangs when the companion dies.
   */
  call<M extends MethodName>(
    method: M,
    params: Params<M>,
    options?: ICallOptions
  ): Promise<Result<M>>;

  /** Call a method whose result has binary buffers, such as `table.page`. */
  callWithBuffers<M extends MethodName>(
    method: M,
    params: Params<M>,
    options?: ICallOptions
  ): Promise<IAnswer<M>>;
}

/**
 * What went wrong: a code of the protocol, or one of ours.
 *
 * #### Notes
 * `no-companion`: the kernel has none. `disconnected`: the kernel or process
 * went away before it answered. `no-kernel`: there is no kernel to ask.
 */
export type CompanionErrorCode =
  ErrorCode | 'no-companion' | 'disconnected' | 'no-kernel';

/** A failed call, with what to do about it and, where known, the place. */
export class CompanionError extends Error {
  constructor(
    readonly code: CompanionErrorCode,
    message: string,
    details: Partial<Omit<IErrorInfo, 'code' | 'message'>> = {}
  ) {
    super(message);
    this.name = 'CompanionError';
    this.hint = details.hint ?? null;
    this.file = details.file ?? null;
    this.line = details.line ?? null;
    this.column = details.column ?? null;
  }

  readonly hint: string | null;
  readonly file: string | null;
  /** 1-based. */
  readonly line: number | null;
  readonly column: number | null;
}

/**
 * Carries messages to one companion and back.
 *
 * #### Notes
 * The client that owns the transport sets the two callbacks.
 */
export interface ITransport {
  /** Send a request; throws a {@link CompanionError} when that is impossible. */
  send(channel: Channel, request: IRequest): void;
  /** Called with every message of the companion. */
  onMessage: ((message: unknown, buffers: Uint8Array[]) => void) | null;
  /** Called once, when the companion is gone. */
  onClose: ((reason: CompanionError) => void) | null;
  /** Hang up. */
  close(): void;
}

/** A call that waits for its answer. */
interface IPending {
  resolve: (answer: { result: unknown; buffers: Uint8Array[] }) => void;
  reject: (error: CompanionError) => void;
  onProgress?: (progress: IProgress) => void;
}

/** Typed calls over a transport. */
export class CompanionClient implements ICompanion {
  constructor(private readonly _transport: ITransport) {
    _transport.onMessage = (message, buffers) =>
      this._receive(message, buffers);
    _transport.onClose = reason => this._end(reason);
  }

  /** Why no more calls are possible, or null. */
  get closed(): CompanionError | null {
    return this._closed;
  }

  async call<M extends MethodName>(
    method: M,
    params: Params<M>,
    options: ICallOptions = {}
  ): Promise<Result<M>> {
    return (await this.callWithBuffers(method, params, options)).result;
  }

  async callWithBuffers<M extends MethodName>(
    method: M,
    params: Params<M>,
    options: ICallOptions = {}
  ): Promise<IAnswer<M>> {
    const { signal, onProgress } = options;
    if (this._closed) {
      throw this._closed;
    }
    if (signal?.aborted) {
      throw stopped(method);
    }
    const request: IRequest = {
      version: PROTOCOL_VERSION,
      id: this._nextId(),
      method,
      params: params as Record<string, unknown>
    };
    checkSize(request);
    const answer = new Promise<{ result: unknown; buffers: Uint8Array[] }>(
      (resolve, reject) => {
        this._pending.set(request.id, { resolve, reject, onProgress });
      }
    );
    const abort = () => this._abort(request.id, method);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this._transport.send(METHOD_CHANNEL[method], request);
      return (await answer) as IAnswer<M>;
    } finally {
      this._pending.delete(request.id);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Reject all calls under way with this reason and hang up. */
  close(reason: CompanionError): void {
    this._end(reason);
    this._transport.close();
  }

  private _abort(id: string, method: MethodName): void {
    if (METHOD_CHANNEL[method] === 'query') {
      this._pending.get(id)?.reject(stopped(method));
    }
    // Its own answer does not matter; the companion may be gone already.
    void this.call('cancel', { request: id }).catch(() => undefined);
  }

  private _receive(message: unknown, buffers: Uint8Array[]): void {
    if (!isRecord(message) || typeof message.id !== 'string') {
      console.warn('Palimpsest: not a message of the protocol', message);
      return;
    }
    const pending = this._pending.get(message.id);
    if (!pending) {
      // A late answer to a call that was stopped, or a refusal without an id.
      return;
    }
    if (message.event === 'progress') {
      pending.onProgress?.(message.data as IProgress);
    } else if (isRecord(message.error)) {
      const {
        code,
        message: text,
        ...details
      } = message.error as unknown as IErrorInfo;
      pending.reject(new CompanionError(code, text, details));
    } else {
      pending.resolve({ result: message.result, buffers });
    }
  }

  private _end(reason: CompanionError): void {
    this._closed ??= reason;
    for (const pending of this._pending.values()) {
      pending.reject(reason);
    }
    this._pending.clear();
  }

  private _nextId(): string {
    return `${this._prefix}-${++this._count}`;
  }

  private readonly _pending = new Map<string, IPending>();
  private _closed: CompanionError | null = null;
  // Two browser tabs may talk to one kernel. Not a UUID: `crypto` is missing on
  // pages served over plain HTTP.
  private readonly _prefix = Math.random().toString(36).slice(2, 12);
  private _count = 0;
}

function stopped(method: MethodName): CompanionError {
  return new CompanionError('cancelled', `'${method}' was stopped.`);
}

function checkSize(request: IRequest): void {
  const text = JSON.stringify(request);
  // A UTF-16 unit takes at most three bytes in UTF-8: most need no count.
  if (text.length * 3 <= MAXIMUM_REQUEST_BYTES) {
    return;
  }
  const size = new TextEncoder().encode(text).length;
  if (size > MAXIMUM_REQUEST_BYTES) {
    throw new CompanionError(
      'malformed',
      `'${request.method}' would send ${size} bytes; at most ${MAXIMUM_REQUEST_BYTES} are possible.`,
      { hint: 'Ask for less at once: fewer row ids, keys or cells.' }
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
