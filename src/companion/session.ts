/**
 * The companion of whatever kernel a session has: found again after the kernel
 * was restarted, replaced, or out of reach for a while.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import {
  type CompanionClient,
  CompanionError,
  type IAnswer,
  type ICallOptions,
  type ICompanion,
  type Params,
  type Result
} from './client';
import { connectToKernel } from './comm';
import type { MethodName } from './protocol.generated';

/** What is used of a session context. */
export type ISession = Pick<
  ISessionContext,
  | 'ready'
  | 'session'
  | 'kernelChanged'
  | 'statusChanged'
  | 'connectionStatusChanged'
>;

/** A companion that outlives its kernel; connects when it is first needed. */
export class SessionCompanion implements ICompanion, IDisposable {
  constructor(
    private readonly _session: ISession,
    private readonly _connectToKernel: (
      kernel: Kernel.IKernelConnection
    ) => Promise<CompanionClient> = connectToKernel
  ) {
    this._lost.promise.catch(() => undefined);
    _session.kernelChanged.connect(this._onKernelChanged, this);
    _session.statusChanged.connect(this._onStatusChanged, this);
    _session.connectionStatusChanged.connect(this._onConnectionChanged, this);
  }

  /** Emitted when the connection was lost (false) or has come back (true). */
  get changed(): ISignal<this, boolean> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Connect, unless that is done already. */
  async connect(): Promise<void> {
    await this._open();
  }

  async call<M extends MethodName>(
    method: M,
    params: Params<M>,
    options?: ICallOptions
  ): Promise<Result<M>> {
    return (await this._open()).call(method, params, options);
  }

  async callWithBuffers<M extends MethodName>(
    method: M,
    params: Params<M>,
    options?: ICallOptions
  ): Promise<IAnswer<M>> {
    return (await this._open()).callWithBuffers(method, params, options);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._drop(closed());
    Signal.clearData(this);
  }

  /** The client of the current kernel; a failed attempt is not remembered. */
  private _open(): Promise<CompanionClient> {
    if (this._isDisposed) {
      return Promise.reject(closed());
    }
    if (!this._client) {
      const client = Promise.race([this._connect(), this._lost.promise]);
      this._client = client;
      client.catch(() => {
        if (this._client === client) {
          this._client = null;
          this._kernel = null;
        }
      });
    }
    return this._client;
  }

  private async _connect(): Promise<CompanionClient> {
    const { promise: lost } = this._lost;
    await this._session.ready;
    const kernel = this._session.session?.kernel;
    if (!kernel) {
      throw new CompanionError('no-kernel', 'The notebook has no kernel.', {
        hint: 'Choose a Python kernel for the notebook, then try again.'
      });
    }
    this._kernel = kernel;
    const client = await this._connectToKernel(kernel);
    lost.catch((reason: CompanionError) => client.close(reason));
    if (this._lost.promise === lost) {
      this._isConnected = true;
    }
    return client;
  }

  /** Give up the connection; all calls under way are rejected with the reason. */
  private _drop(reason: CompanionError): void {
    if (!this._kernel) {
      return;
    }
    this._client = null;
    this._kernel = null;
    this._isLost ||= this._isConnected;
    this._isConnected = false;
    const lost = this._lost;
    this._lost = new PromiseDelegate<never>();
    this._lost.promise.catch(() => undefined);
    lost.reject(reason);
    this._changed.emit(false);
  }

  /**
   * Connect again in the background, if a connection was lost.
   *
   * #### Notes
   * Until it is there or known to be missing: loading makes the kernel busy and
   * idle, so that trying whenever it is idle would never end in one that lacks it.
   */
  private _reconnect(): void {
    if (!this._isLost || this._client || !this._session.session?.kernel) {
      return;
    }
    this._open().then(
      () => {
        this._isLost = false;
        this._changed.emit(true);
      },
      (reason: CompanionError) => {
        this._isLost = reason.code === 'disconnected';
        console.warn('Palimpsest: the companion did not come back', reason);
      }
    );
  }

  private _onKernelChanged(): void {
    this._drop(
      interrupted('The kernel was replaced before the companion answered.')
    );
    this._reconnect();
  }

  private _onStatusChanged(_: unknown, status: Kernel.Status): void {
    switch (status) {
      case 'restarting':
      case 'autorestarting':
        this._drop(
          interrupted('The kernel restarted before the companion answered.')
        );
        break;
      case 'terminating':
      case 'dead':
        this._drop(
          interrupted('The kernel died before the companion answered.')
        );
        break;
      case 'idle':
        this._reconnect();
        break;
      default:
        break;
    }
  }

  private _onConnectionChanged(
    _: unknown,
    status: Kernel.ConnectionStatus
  ): void {
    if (status === 'connected') {
      this._reconnect();
    } else if (status === 'disconnected' || this._isConnected) {
      // Answers may be lost meanwhile; a call must not wait for them. An attempt to
      // connect, on the other hand, waits for the kernel anyway.
      this._drop(
        interrupted(
          'The connection to the kernel was lost before the companion answered.'
        )
      );
    }
  }

  private _client: Promise<CompanionClient> | null = null;
  /** The kernel that is or was being connected to; null before and after. */
  private _kernel: Kernel.IKernelConnection | null = null;
  private _lost = new PromiseDelegate<never>();
  private _isConnected = false;
  /** Whether a connection was lost, and is worth trying again. */
  private _isLost = false;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, boolean>(this);
}

function interrupted(message: string): CompanionError {
  return new CompanionError('disconnected', message, {
    hint: 'Try again. If records were being forgotten, the receipts tell whether it was done.'
  });
}

function closed(): CompanionError {
  return new CompanionError('disconnected', 'The notebook was closed.');
}
