/**
 * Runs a real Jupyter server with the extension beside a jest suite.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

import { ServerConnection } from '@jupyterlab/services';

import { LlmClient } from '../client';
import type { ScriptedEndpoint } from './scriptedendpoint';

const PYTHON = path.join(__dirname, '../../../.venv/bin/python');

/** A server whose relay asks the scripted endpoint. */
export class RelayServer {
  private constructor(
    private readonly _process: ChildProcess,
    readonly folder: string,
    readonly settings: ServerConnection.ISettings
  ) {}

  static async start(endpoint: ScriptedEndpoint): Promise<RelayServer> {
    const folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-relay-'));
    const port = await freePort();
    const settings = ServerConnection.makeSettings({
      baseUrl: `http://127.0.0.1:${port}/`,
      token: 'jupyter-token',
      fetch,
      Request,
      Headers
    });
    const server = new RelayServer(
      startServer(port, folder, endpoint),
      folder,
      settings
    );
    await untilItAnswers(new LlmClient(settings));
    return server;
  }

  stop(): void {
    this._process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise(resolve => probe.close(resolve));
  return port;
}

function startServer(
  port: number,
  folder: string,
  endpoint: ScriptedEndpoint
): ChildProcess {
  const options = [
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    '--ServerApp.ip=127.0.0.1',
    '--ServerApp.open_browser=False',
    '--ServerApp.allow_root=True',
    `--ServerApp.root_dir=${folder}`,
    '--IdentityProvider.token=jupyter-token',
    '--PalimpsestRelay.prices={"scripted": [2, 8]}',
    "--ServerApp.jpserver_extensions={'jupyterlab_palimpsest': True}"
  ];
  return spawn(PYTHON, ['-m', 'jupyter_server', ...options], {
    stdio: 'ignore',
    env: {
      ...process.env,
      // The configuration of whoever runs the tests has no part in them.
      JUPYTER_CONFIG_DIR: folder,
      JUPYTER_NO_CONFIG: '1',
      PALIMPSEST_BASE_URL: `${endpoint.origin}/v1`,
      PALIMPSEST_API_KEY: 'endpoint-key',
      PALIMPSEST_MODELS: 'scripted',
      PALIMPSEST_WINDOW: '32000'
    }
  });
}

async function untilItAnswers(client: LlmClient): Promise<void> {
  for (;;) {
    try {
      await client.status();
      return;
    } catch {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
}
