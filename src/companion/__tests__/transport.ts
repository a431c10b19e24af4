/**
 * A transport whose other end the test plays.
 */
import type { CompanionError, ITransport } from '../client';
import type { Channel, IErrorInfo, IRequest } from '../protocol.generated';

export class ScriptedTransport implements ITransport {
  readonly sent: { channel: Channel; request: IRequest }[] = [];
  closed = false;
  onMessage: ITransport['onMessage'] = null;
  onClose: ITransport['onClose'] = null;

  /** Answers each request as it comes; by default nothing does. */
  script: (request: IRequest) => void = () => undefined;

  send(channel: Channel, request: IRequest): void {
    this.sent.push({ channel, request });
    this.script(request);
  }

  close(): void {
    this.closed = true;
  }

  get last(): IRequest {
    return this.sent[this.sent.length - 1].request;
  }

  answer(id: string, result: unknown, buffers: Uint8Array[] = []): void {
    this.onMessage?.({ version: 1, id, result, error: null }, buffers);
  }

  fail(id: string, error: IErrorInfo): void {
    this.onMessage?.({ version: 1, id, result: null, error }, []);
  }

  progress(id: string, stage: string, done: number, total: number): void {
    const data = { stage, done, total, detail: null };
    this.onMessage?.({ version: 1, id, event: 'progress', data }, []);
  }

  lose(reason: CompanionError): void {
    this.onClose?.(reason);
  }
}
