/**
 * The companion of a Jupyter kernel, over two comms: queries, on a subshell where
 * the kernel has them, and commands, in line with the cells.
 */
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';

import { CompanionClient, CompanionError, type ITransport } from './client';
import type { Channel, IRequest } from './protocol.generated';

/**
 * Makes the kernel answer our comms. Constant: no code is ever put together.
 */
export const LOAD_COMPANION = '%load_ext palimpsest';

const TARGETS: Readonly<Record<Channel, string>> = {
  query: 'palimpsest.query',
  command: 'palimpsest.command'
};

/** How long to wait for a subshell before going to the main shell instead. */
const SUBSHELL_TIMEOUT = 3000;

/** How often to ask again when a failing cell swept the request away. */
const LOAD_ATTEMPTS = 3;

/** What JupyterLab's comms have beyond their interface. */
interface ISubshellComm {
  readonly subshellStarted?: Promise<void>;
  commsOverSubshells?: string;
}

/**
 * Connect to the companion of a kernel, loading it into the kernel if needed.
 *
 * Rejects with a {@link CompanionError} that says what to do.
 */
export async function connectToKernel(
  kernel: Kernel.IKernelConnection
): Promise<CompanionClient> {
  const language = (await kernel.info).language_info.name;
  if (language !== 'python') {
    throw new CompanionError(
      'no-companion',
      `The kernel '${kernel.name}' runs ${language}; Palimpsest works with Python kernels.`,
      { hint: 'Choose a Python kernel for the notebook.' }
    );
  }
  try {
    // After a reload of the page the companion is there already; asking first
    // spares the wait for a running cell.
    return await openClient(kernel);
  } catch (error) {
    if (!(error instanceof CompanionError) || error.code !== 'no-companion') {
      throw error;
    }
  }
  await loadCompanion(kernel);
  return openClient(kernel);
}

async function openClient(
  kernel: Kernel.IKernelConnection
): Promise<CompanionClient> {
  const client = new CompanionClient(await CommTransport.open(kernel));
  try {
    await client.call('hello', {});
    return client;
  } catch (error) {
    client.close(missing(kernel));
    throw error;
  }
}

async function loadCompanion(kernel: Kernel.IKernelConnection): Promise<void> {
  for (let attempt = 0; attempt < LOAD_ATTEMPTS; attempt++) {
    const future = kernel.requestExecute({
      code: LOAD_COMPANION,
      silent: true,
      store_history: false,
      allow_stdin: false,
      stop_on_error: false
    });
    const { content } = await future.done;
    if (content.status === 'ok') {
      return;
    }
    if (content.status === 'error') {
      throw loadFailed(kernel, content);
    }
  }
  throw new CompanionError(
    'busy',
    'The kernel did not load the palimpsest companion: failing cells swept the request away.',
    { hint: 'Try again when the kernel is idle.' }
  );
}

function loadFailed(
  kernel: Kernel.IKernelConnection,
  { ename, evalue }: KernelMessage.IReplyErrorContent
): CompanionError {
  if (ename === 'ModuleNotFoundError' && evalue.includes("'palimpsest'")) {
    return missing(kernel);
  }
  return new CompanionError(
    'no-companion',
    `The palimpsest companion cannot be loaded into the kernel: ${ename}: ${evalue}`,
    { hint: 'Run `%load_ext palimpsest` in a cell to see the whole error.' }
  );
}

function missing(kernel: Kernel.IKernelConnection): CompanionError {
  return new CompanionError(
    'no-companion',
    `The kernel '${kernel.name}' has no palimpsest companion. Install it with: %pip install palimpsest`,
    { hint: 'Then restart the kernel and try again.' }
  );
}

/** Carries messages over a pair of comms. */
export class CommTransport implements ITransport {
  private constructor(
    private readonly _kernel: Kernel.IKernelConnection,
    private readonly _comms: Readonly<Record<Channel, Kernel.IComm>>
  ) {
    for (const comm of Object.values(_comms)) {
      comm.onMsg = ({ content, buffers }) =>
        this.onMessage?.(content.data, (buffers ?? []).map(bytes));
      comm.onClose = () => this._lost();
    }
  }

  /** Open the comms of a kernel, the one for queries on a subshell if possible. */
  static async open(kernel: Kernel.IKernelConnection): Promise<CommTransport> {
    const transport = new CommTransport(kernel, {
      query: kernel.createComm(TARGETS.query),
      command: kernel.createComm(TARGETS.command)
    });
    const { query, command } = transport._comms;
    // Commands change what cells work with: they wait for their turn.
    (command as ISubshellComm).commsOverSubshells = 'disabled';
    if (kernel.supportsSubshells) {
      await subshellOf(query);
    }
    if (query.isDisposed || command.isDisposed) {
      throw gone();
    }
    query.open();
    return transport;
  }

  onMessage: ITransport['onMessage'] = null;
  onClose: ITransport['onClose'] = null;

  send(channel: Channel, request: IRequest): void {
    const comm = this._comms[channel];
    if (this._reason || comm.isDisposed || this._kernel.isDisposed) {
      throw this._reason ?? gone();
    }
    if (channel === 'command' && !this._commandIsOpen) {
      this._commandIsOpen = true;
      comm.open();
    }
    this._established ||= request.method !== 'hello';
    comm.send(request as unknown as JSONObject);
  }

  close(): void {
    this._reason ??= gone();
    const { status, connectionStatus, isDisposed } = this._kernel;
    // A kernel that restarts or is dead has no comms any more; JupyterLab disposes of
    // its side by itself.
    if (
      isDisposed ||
      connectionStatus !== 'connected' ||
      (status !== 'idle' && status !== 'busy')
    ) {
      return;
    }
    const { query, command } = this._comms;
    for (const comm of this._commandIsOpen ? [query, command] : [query]) {
      if (!comm.isDisposed) {
        comm.close();
      }
    }
    command.dispose();
  }

  /** The kernel closed a comm: at once when it does not know the target. */
  private _lost(): void {
    if (!this._reason) {
      this._reason = this._established ? gone() : missing(this._kernel);
      this.onClose?.(this._reason);
    }
  }

  // Opened by the first command: a kernel without companion need refuse only one.
  private _commandIsOpen = false;
  // Whether hello was answered: nothing else is sent before.
  private _established = false;
  /** Why nothing can be sent any more. */
  private _reason: CompanionError | null = null;
}

/** Wait until a comm's subshell runs; without one it works on the main shell. */
async function subshellOf(comm: Kernel.IComm): Promise<void> {
  const started = (comm as ISubshellComm).subshellStarted;
  if (!started) {
    return;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>(resolve => {
    timer = setTimeout(resolve, SUBSHELL_TIMEOUT);
  });
  try {
    await Promise.race([started, timeout]);
  } catch (error) {
    console.warn('Palimpsest: no subshell, queries wait for cells', error);
  } finally {
    clearTimeout(timer);
  }
}

function gone(): CompanionError {
  return new CompanionError(
    'disconnected',
    'The companion in the kernel was closed before it answered.',
    { hint: 'Try again.' }
  );
}

function bytes(buffer: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
}
