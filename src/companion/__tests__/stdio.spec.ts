/**
 * The real companion in a child process.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { type ISpawnedCompanion, spawnCompanion } from '../../headless/stdio';
import { PROTOCOL_VERSION } from '../protocol.generated';

let workspace: string;
let spawned: ISpawnedCompanion;

beforeAll(() => {
  workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'palimpsest-')));
  spawned = spawnCompanion({ workspace });
});

afterAll(async () => {
  await spawned.close();
  rmSync(workspace, { recursive: true });
});

describe('spawnCompanion', () => {
  it('speaks our version, in the folder of the notebooks', async () => {
    const hello = await spawned.companion.call('hello', {});
    expect(hello.protocol).toBe(PROTOCOL_VERSION);
    expect(hello.working_directory).toBe(workspace);
  });

  it('answers several calls at once', async () => {
    const calls = Array.from({ length: 10 }, () =>
      spawned.companion.call('runs.list', {})
    );
    for (const { runs } of await Promise.all(calls)) {
      expect(runs).toEqual([]);
    }
  });

  it('tells typed errors', async () => {
    await expect(
      spawned.companion.call('plan.get', { run: 'none' })
    ).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining("'none'")
    });
  });

  it('runs a notebook first when asked to', async () => {
    const notebook = path.join(workspace, 'n.ipynb');
    const source = ['import os\n', 'os.mkdir("made")\n', 'os.chdir("made")'];
    writeFileSync(
      notebook,
      JSON.stringify({ cells: [{ cell_type: 'code', source }] })
    );
    const { companion, close } = spawnCompanion({ workspace, notebook });
    await expect(companion.call('runs.list', {})).resolves.toEqual({
      runs: []
    });
    await close();
  });

  it('rejects with what the process said when it ends early', async () => {
    const { companion, close } = spawnCompanion({
      workspace: path.join(workspace, 'missing')
    });
    const call = companion.call('hello', {});
    await expect(call).rejects.toMatchObject({
      code: 'disconnected',
      message: expect.stringContaining('there is no folder')
    });
    await expect(companion.call('hello', {})).rejects.toMatchObject({
      code: 'disconnected'
    });
    await close();
  });

  it('names an interpreter that cannot be started', async () => {
    const { companion, close } = spawnCompanion({
      workspace,
      python: '/no/such/python'
    });
    await expect(companion.call('hello', {})).rejects.toMatchObject({
      code: 'disconnected',
      message: expect.stringContaining("'/no/such/python'")
    });
    await close();
  });

  it('refuses a process that does not speak the protocol', async () => {
    const { companion, close } = spawnCompanion({
      workspace,
      python: '/bin/echo'
    });
    await expect(companion.call('hello', {})).rejects.toMatchObject({
      message: expect.stringContaining('no JSON')
    });
    await close();
  });
});
