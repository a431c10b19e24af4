/**
 * JupyterLab's own kernel connection, a real server, a real kernel.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { connectToKernel } from '../comm';
import { PROTOCOL_VERSION } from '../protocol.generated';
import { SessionCompanion, type ISession } from '../session';
import { Server } from './server';

jest.setTimeout(60_000);

let server: Server;
let kernel: Kernel.IKernelConnection;
let scratch: string;

beforeAll(async () => {
  // JupyterLab tells every step of a connection.
  jest.spyOn(console, 'debug').mockImplementation(() => undefined);
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  scratch = mkdtempSync(path.join(tmpdir(), 'palimpsest-'));
  server = await Server.start();
  kernel = await server.kernels.startNew({ name: 'python3' });
});

afterAll(async () => {
  await server?.stop();
  rmSync(scratch, { recursive: true });
});

/** Keep the kernel busy with a cell until the returned function is called. */
async function occupy(): Promise<() => Promise<void>> {
  const [started, gate] = ['started', 'gate'].map(name =>
    path.join(mkdtempSync(path.join(scratch, 'busy-')), name)
  );
  const code = [
    'import pathlib, time',
    `pathlib.Path(${JSON.stringify(started)}).touch()`,
    `while not pathlib.Path(${JSON.stringify(gate)}).exists(): time.sleep(0.01)`
  ];
  const future = kernel.requestExecute({ code: code.join('\n') });
  while (!existsSync(started)) {
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  return async () => {
    writeFileSync(gate, '');
    await future.done;
  };
}

/** A session context around the one kernel. */
function sessionOf(connection: Kernel.IKernelConnection): ISession {
  const session: any = {
    ready: Promise.resolve(),
    session: { kernel: connection },
    statusChanged: connection.statusChanged,
    connectionStatusChanged: connection.connectionStatusChanged
  };
  session.kernelChanged = new Signal<any, any>(session);
  return session;
}

describe('a companion in a real kernel', () => {
  it('is loaded and answers', async () => {
    const client = await connectToKernel(kernel);
    const hello = await client.call('hello', {});
    expect(hello.protocol).toBe(PROTOCOL_VERSION);
    await expect(client.call('runs.list', {})).resolves.toEqual({ runs: [] });
    await expect(
      client.call('forget.apply', { run: 'none', token: 't' })
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  it('answers queries while a cell runs, and commands after it', async () => {
    const client = await connectToKernel(kernel);
    const release = await occupy();
    // A page that is reloaded now finds the companion without executing anything.
    const reloaded = await connectToKernel(kernel);
    for (const companion of [client, reloaded]) {
      await companion.call('hello', {});
      await companion.call('runs.list', {});
    }
    let applied = false;
    const command = client
      .call('forget.apply', { run: 'none', token: 't' })
      .catch(() => (applied = true));
    await client.call('hello', {});
    expect(applied).toBe(false);
    await release();
    await command;
    expect(applied).toBe(true);
  });

  it('comes back after a restart, and hangs nowhere', async () => {
    const companion = new SessionCompanion(sessionOf(kernel));
    await companion.connect();
    const release = await occupy();
    const command = companion.call('forget.apply', { run: 'r', token: 't' });
    const rejected = expect(command).rejects.toMatchObject({
      code: 'disconnected',
      message: expect.stringContaining('restarted')
    });
    await new Promise(resolve => setTimeout(resolve, 50));
    const returned = new Promise<void>(resolve => {
      let changes = 0;
      companion.changed.connect(() => ++changes === 2 && resolve());
    });
    await kernel.restart();
    await rejected;
    await returned;
    expect((await companion.call('hello', {})).protocol).toBe(PROTOCOL_VERSION);
    companion.dispose();
    void release().catch(() => undefined);
  });

  it('says how to install a companion that is not there', async () => {
    await kernel.restart();
    const hide = [
      'import sys',
      'class Missing:',
      '    def find_spec(self, name, path=None, target=None):',
      '        if name == "palimpsest":',
      '            raise ModuleNotFoundError("No module named \'palimpsest\'")',
      'sys.meta_path.insert(0, Missing())'
    ];
    await kernel.requestExecute({ code: hide.join('\n') }).done;
    await expect(connectToKernel(kernel)).rejects.toMatchObject({
      code: 'no-companion',
      message: expect.stringContaining('%pip install palimpsest')
    });
  });
});
