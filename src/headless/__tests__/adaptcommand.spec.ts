import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { adaptCommand } from '../adaptcommand';
import { UsageError } from '../errors';

const SCRIPT = [
  'import torch',
  'model = torch.nn.Linear(2, 1)',
  'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
  'for epoch in range(8):',
  '    model(torch.rand(4, 2)).sum().backward()',
  '    optimizer.step()',
  ''
].join('\n');

describe('palimpsest adapt', () => {
  let folder: string;
  let script: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'adapt-'));
    script = path.join(folder, 'train.py');
    await writeFile(script, SCRIPT);
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('lists what applies to a script', async () => {
    await expect(adaptCommand([script])).rejects.toThrow(
      /--task prune-torch +Prune with PyTorch/
    );
    await expect(adaptCommand([script])).rejects.not.toThrow(/translate-dvc/);
  });

  it('writes the adapted script to a folder', async () => {
    const out = path.join(folder, 'out');
    const code = await adaptCommand([
      script,
      '--task',
      'prune-torch',
      '--out',
      out
    ]);
    expect(code).toBe(0);
    const adapted = await readFile(path.join(out, 'train.py'), 'utf8');
    expect(adapted).toContain('    if epoch == 8 // 2:\n');
    expect(await readFile(script, 'utf8')).toBe(SCRIPT);
  });

  it('says so when there is no such script', async () => {
    await expect(
      adaptCommand([path.join(folder, 'other.py'), '--task', 'prune-torch'])
    ).rejects.toThrow(UsageError);
  });
});
