/**
 * Runs the scripted endpoint, a test double, beside a jest suite.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';

const SCRIPT = path.join(__dirname, '../../../ui-tests/scripted-endpoint.mjs');

/** One answer of a script; see `ui-tests/scripted-endpoint.mjs`. */
export interface IScriptedAnswer {
  text?: string;
  when?: string;
  chunk?: number;
  delay?: number;
  first?: number;
  finish?: string;
  fault?: 'status' | 'nonsense' | 'hang' | 'disconnect';
  after?: number;
  status?: number;
  body?: string;
  type?: string;
}

/** What the endpoint received. */
export interface IReceived {
  path: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
  chunks: number;
  finished: boolean;
  cancelled: boolean;
}

/** A running scripted endpoint. */
export class ScriptedEndpoint {
  private constructor(
    private readonly _process: ChildProcess,
    readonly origin: string
  ) {}

  static async start(): Promise<ScriptedEndpoint> {
    const child = spawn(process.execPath, [SCRIPT, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit']
    });
    const lines = createInterface({ input: child.stdout });
    const address = await new Promise<string>(resolve =>
      lines.once('line', resolve)
    );
    return new ScriptedEndpoint(child, new URL(address).origin);
  }

  async play(...answers: IScriptedAnswer[]): Promise<void> {
    await fetch(`${this.origin}/control/script`, {
      method: 'PUT',
      body: JSON.stringify({ answers })
    });
  }

  async received(): Promise<IReceived[]> {
    const response = await fetch(`${this.origin}/control/requests`);
    return response.json();
  }

  /** Wait until the endpoint has seen the clients of its first requests go. */
  async untilCancelled(count = 1): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      const received = (await this.received()).slice(0, count);
      if (received.every(({ cancelled }) => cancelled)) {
        return;
      }
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    throw new Error('The request was not cancelled.');
  }

  stop(): void {
    this._process.kill();
  }
}
