/**
 * A Jupyter server with real kernels, as a child process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { KernelManager, ServerConnection } from '@jupyterlab/services';

const TOKEN = 'test';
const URL_LINE = /http:\/\/127\.0\.0\.1:\d+\//;

export class Server {
  private constructor(
    private readonly _process: ChildProcess,
    private readonly _folder: string,
    readonly settings: ServerConnection.ISettings
  ) {
    this.kernels = new KernelManager({ serverSettings: settings });
  }

  readonly kernels: KernelManager;

  /** Start a server on a free port, in an empty folder. */
  static async start(): Promise<Server> {
    const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-'));
    const server = spawn(
      path.resolve('.venv/bin/python'),
      [
        ...['-m', 'jupyter_server', '--allow-root', '--no-browser'],
        ...['--ServerApp.ip=127.0.0.1', '--ServerApp.port=0'],
        `--IdentityProvider.token=${TOKEN}`,
        `--ServerApp.root_dir=${folder}`
      ],
      {
        env: {
          ...process.env,
          JUPYTER_CONFIG_DIR: folder,
          JUPYTER_RUNTIME_DIR: folder,
          IPYTHONDIR: folder
        },
        stdio: ['ignore', 'ignore', 'pipe']
      }
    );
    const baseUrl = await announcedUrl(server);
    const settings = ServerConnection.makeSettings({
      baseUrl,
      wsUrl: baseUrl.replace('http', 'ws'),
      token: TOKEN,
      appendToken: true
    });
    return new Server(server, folder, settings);
  }

  async stop(): Promise<void> {
    await this.kernels.shutdownAll();
    this.kernels.dispose();
    const exited = once(this._process, 'exit');
    this._process.kill();
    await exited;
    rmSync(this._folder, { recursive: true });
  }
}

function announcedUrl(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.stderr?.on('data', data => {
      output += data;
      const [url] = URL_LINE.exec(output) ?? [];
      if (url) {
        resolve(url);
      }
    });
    server.once('exit', () => reject(new Error(output)));
  });
}
