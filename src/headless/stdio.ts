/**
 * The companion as a child process, for Node: one JSON message a line.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

import {
  CompanionClient,
  CompanionError,
  type ICompanion,
  type ITransport
} from '../companion/client';
import type { Channel, IRequest } from '../companion/protocol.generated';

/** Which companion to start. */
export interface ISpawnOptions {
  /** The folder of the notebooks. */
  workspace: string;
  /** A notebook to run in the process first, so that its functions are there. */
  notebook?: string;
  /** The Python interpreter; that of the repository's environment by default. */
  python?: string;
}

/** A companion process. */
export interface ISpawnedCompanion {
  companion: ICompanion;
  /** End the process; resolves once it is gone. */
  close(): Promise<void>;
}

/** Start a companion process and talk to it. */
export function spawnCompanion(options: ISpawnOptions): ISpawnedCompanion {
  const transport = new StdioTransport(options);
  return {
    companion: new CompanionClient(transport),
    close: () => transport.end()
  };
}

/** The last lines a process wrote to its standard error are kept for its obituary. */
const KEPT_ERROR_LENGTH = 4000;

/** Carries messages over the standard streams of a child process. */
export class StdioTransport implements ITransport {
  constructor({ workspace, notebook, python }: ISpawnOptions) {
    const command = python ?? repositoryPython();
    const args = [
      '-m',
      'palimpsest.protocol.stdio',
      '--workspace',
      workspace,
      ...(notebook === undefined ? [] : ['--notebook', notebook])
    ];
    this._child = spawn(command, args, { stdio: 'pipe' });
    this._exited = once(this._child, 'close').then(
      () => undefined,
      () => undefined
    );
    this._child.once('error', error =>
      this._lost(`'${command}' could not be started: ${error.message}.`)
    );
    // After `close` no more output comes, unlike after `exit`.
    this._child.once('close', code =>
      this._lost(`The companion process ended with status ${code}.`)
    );
    this._child.stdin.on('error', () => undefined); // `close` says it better
    this._child.stderr.setEncoding('utf-8').on('data', (text: string) => {
      this._errors = (this._errors + text).slice(-KEPT_ERROR_LENGTH);
    });
    createInterface({ input: this._child.stdout }).on('line', line =>
      this._receive(line)
    );
  }

  onMessage: ITransport['onMessage'] = null;
  onClose: ITransport['onClose'] = null;

  send(_channel: Channel, request: IRequest): void {
    this._child.stdin.write(JSON.stringify(request) + '\n');
  }

  close(): void {
    this._child.stdin.end();
  }

  /** Let the process finish what it was told to do, and wait for its end. */
  async end(): Promise<void> {
    this.close();
    await this._exited;
  }

  private _receive(line: string): void {
    let message: { buffers?: string[] };
    try {
      message = JSON.parse(line);
    } catch {
      this._child.kill();
      this._lost(`The companion process wrote no JSON: ${line.slice(0, 200)}`);
      return;
    }
    const { buffers = [], ...rest } = message;
    this.onMessage?.(
      rest,
      buffers.map(text => new Uint8Array(Buffer.from(text, 'base64')))
    );
  }

  private _lost(message: string): void {
    const last = this._errors.trim();
    this.onClose?.(
      new CompanionError(
        'disconnected',
        last ? `${message}\n${last}` : message,
        { hint: 'Run `npm run setup`, then try again.' }
      )
    );
    this.onClose = null;
  }

  private readonly _child: ChildProcessWithoutNullStreams;
  private readonly _exited: Promise<void>;
  private _errors = '';
}

/** The interpreter that set-up made, seen from any folder inside the repository. */
function repositoryPython(): string {
  const relative =
    process.platform === 'win32'
      ? path.join('.venv', 'Scripts', 'python.exe')
      : path.join('.venv', 'bin', 'python');
  for (
    let folder = process.cwd(), above = '';
    folder !== above;
    above = folder, folder = path.dirname(folder)
  ) {
    const candidate = path.join(folder, relative);
    if (existsSync(candidate)) {
      return candidate;
    }
  }
  return 'python3';
}
