/**
 * @jest-environment ./src/llm/__tests__/streamingenvironment.js
 *
 * The client, a real Jupyter server with the extension, and the scripted endpoint.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

import { ServerConnection } from '@jupyterlab/services';

import type { ChatEvent } from '../../rewrite/chat';
import { LlmClient } from '../client';
import { ScriptedEndpoint } from './scriptedendpoint';

const PYTHON = path.join(__dirname, '../../../.venv/bin/python');
const CODE = 'def prepare(mails):\n    return mails\n';
const MESSAGES = [{ role: 'user' as const, content: 'Rewrite this.' }];

let endpoint: ScriptedEndpoint;
let server: ChildProcess;
let folder: string;
let client: LlmClient;

beforeAll(async () => {
  endpoint = await ScriptedEndpoint.start();
  folder = mkdtempSync(path.join(tmpdir(), 'palimpsest-relay-'));
  const port = await freePort();
  server = startServer(port);
  client = new LlmClient(
    ServerConnection.makeSettings({
      baseUrl: `http://127.0.0.1:${port}/`,
      token: 'jupyter-token',
      fetch,
      Request,
      Headers
    })
  );
  await untilItAnswers();
}, 60_000);

afterAll(() => {
  server.kill('SIGKILL');
  endpoint.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise(resolve => probe.close(resolve));
  return port;
}

function startServer(port: number): ChildProcess {
  const options = [
    `--ServerApp.port=${port}`,
    '--ServerApp.port_retries=0',
    '--ServerApp.ip=127.0.0.1',
    '--ServerApp.open_browser=False',
    '--ServerApp.allow_root=True',
    `--ServerApp.root_dir=${folder}`,
    '--IdentityProvider.token=jupyter-token',
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
      PALIMPSEST_MODELS: 'scripted'
    }
  });
}

async function untilItAnswers(): Promise<void> {
  for (;;) {
    try {
      await client.status();
      return;
    } catch {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }
}

async function collect(
  model?: string,
  signal = new AbortController().signal
): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of client.stream(
    { messages: MESSAGES, model, temperature: 0 },
    signal
  )) {
    events.push(event);
  }
  return events;
}

describe('the client over the relay', () => {
  it('finds what is configured', async () => {
    expect(await client.status()).toEqual({
      configured: true,
      models: ['scripted'],
      endpoint: new URL(endpoint.origin).host,
      message: null,
      hint: null
    });
  });

  it('streams an answer; the key is added on the way', async () => {
    await endpoint.play({ text: CODE, chunk: 6 });
    const events = await collect();
    expect(
      events.map(event => (event.type === 'delta' ? event.text : '')).join('')
    ).toBe(CODE);
    expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'stop' });
    const [{ headers }] = await endpoint.received();
    expect(headers.authorization).toBe('Bearer endpoint-key');
  });

  it('stops the endpoint when the user stops', async () => {
    await endpoint.play({ fault: 'hang', text: CODE, chunk: 6, after: 2 });
    const abort = new AbortController();
    const stream = client.stream({ messages: MESSAGES }, abort.signal);
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    const rest = events.next().then(() => events.next());
    abort.abort();
    await expect(rest).rejects.toMatchObject({ name: 'AbortError' });
    await endpoint.untilCancelled();
  });

  it('explains a model that is not listed', async () => {
    await expect(collect('other')).rejects.toMatchObject({
      code: 'unknown-model',
      hint: 'Choose one of: scripted.'
    });
  });

  it('explains an endpoint that breaks off in the middle', async () => {
    await endpoint.play({
      fault: 'disconnect',
      text: CODE,
      chunk: 6,
      after: 2
    });
    await expect(collect()).rejects.toMatchObject({
      code: 'upstream',
      message: expect.stringMatching('broke off')
    });
  });

  it('explains an endpoint that is no model endpoint', async () => {
    await endpoint.play({ fault: 'nonsense' });
    await expect(collect()).rejects.toMatchObject({ code: 'nonsense' });
  });
});
