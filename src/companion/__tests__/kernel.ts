/**
 * A kernel connection whose kernel the test plays.
 */
import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import type { IRequest } from '../protocol.generated';

export class FakeComm {
  constructor(
    readonly targetName: string,
    private readonly _kernel: FakeKernel
  ) {}

  isDisposed = false;
  opened = false;
  closed = false;
  commsOverSubshells = 'perCommTarget';
  subshellStarted: Promise<void> = Promise.resolve();
  onMsg: (msg: any) => void = () => undefined;
  onClose: (msg: any) => void = () => undefined;

  open(): void {
    this.opened = true;
    if (!this._kernel.loaded) {
      // The kernel does not know the target.
      void Promise.resolve().then(() => {
        this.onClose({});
        this.isDisposed = true;
      });
    }
  }

  send(request: IRequest): void {
    this._kernel.requests.push(request);
    if (this._kernel.loaded) {
      this._kernel.answer(this, request);
    }
  }

  dispose(): void {
    this.isDisposed = true;
  }

  close(): void {
    this.closed = true;
    this.isDisposed = true;
    this.onClose({});
  }

  reply(id: string, result: unknown, buffers: ArrayBufferView[] = []): void {
    const data = { version: 1, id, result, error: null };
    this.onMsg({ content: { data }, buffers });
  }
}

type LoadReply =
  | { status: 'ok' | 'aborted' }
  | { status: 'error'; ename: string; evalue: string };

export class FakeKernel {
  name = 'python3';
  language = 'python';
  isDisposed = false;
  status: Kernel.Status = 'idle';
  connectionStatus: Kernel.ConnectionStatus = 'connected';
  supportsSubshells = true;
  /** Whether the comm targets are registered. */
  loaded = false;
  /** What loading says, one after the other; after that it works. */
  loadReplies: LoadReply[] = [];
  readonly executed: any[] = [];
  readonly comms: FakeComm[] = [];
  readonly requests: IRequest[] = [];

  /** How the companion answers; hello by default. */
  answer: (comm: FakeComm, request: IRequest) => void = (comm, request) => {
    if (request.method === 'hello') {
      comm.reply(request.id, { protocol: 1 });
    }
  };

  get info(): Promise<unknown> {
    return Promise.resolve({ language_info: { name: this.language } });
  }

  createComm(target: string): FakeComm {
    const comm = new FakeComm(target, this);
    this.comms.push(comm);
    return comm;
  }

  comm(target: string): FakeComm {
    return this.comms.filter(({ targetName }) => targetName === target).at(-1)!;
  }

  requestExecute(content: unknown): { done: Promise<{ content: LoadReply }> } {
    this.executed.push(content);
    const reply = this.loadReplies.shift() ?? { status: 'ok' as const };
    this.loaded = reply.status === 'ok';
    return { done: Promise.resolve({ content: reply }) };
  }

  get connection(): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }
}

export class FakeSession {
  constructor(public kernel: FakeKernel | null) {}

  ready = Promise.resolve();
  readonly kernelChanged = new Signal<any, any>(this);
  readonly statusChanged = new Signal<any, any>(this);
  readonly connectionStatusChanged = new Signal<any, any>(this);

  get session(): any {
    return { kernel: this.kernel };
  }

  /** Restart the kernel, as JupyterLab tells it: comms vanish without a word. */
  restart(): void {
    this.setStatus('restarting');
    const kernel = this.kernel!;
    kernel.comms.forEach(comm => (comm.isDisposed = true));
    kernel.loaded = false;
    this.setStatus('starting');
    this.setStatus('idle');
  }

  setStatus(status: Kernel.Status): void {
    this.kernel!.status = status;
    this.statusChanged.emit(status);
  }

  setConnection(status: Kernel.ConnectionStatus): void {
    this.kernel!.connectionStatus = status;
    this.connectionStatusChanged.emit(status);
  }

  setKernel(kernel: FakeKernel | null): void {
    const oldValue = this.kernel;
    this.kernel = kernel;
    this.kernelChanged.emit({ name: 'kernel', oldValue, newValue: kernel });
  }
}
