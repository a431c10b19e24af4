import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type * as wire from '../../companion/protocol.generated';
import { exitCode, verifyCommand } from '../verifycommand';

const VERDICT: wire.IVerdict = {
  status: 'equivalent',
  summary: '',
  real_rows: 1,
  mutated_inputs: 1,
  evidence: [],
  difference: null,
  error: null,
  seconds: 0
};

describe('the exit code', () => {
  it.each<[Partial<wire.IVerdict>, number]>([
    [{ status: 'equivalent' }, 0],
    [{ status: 'different' }, 1],
    [
      {
        status: 'failed',
        error: { side: 'rewritten', message: '', line: null }
      },
      1
    ],
    [
      {
        status: 'failed',
        error: { side: 'original', message: '', line: null }
      },
      2
    ],
    [{ status: 'inconclusive' }, 2]
  ])('of %j is %d', (verdict, code) => {
    expect(exitCode({ ...VERDICT, ...verdict })).toBe(code);
  });
});

describe('palimpsest verify', () => {
  let folder: string;
  let printed: string[];

  const inFolder = (name: string): string => path.join(folder, name);

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'verify-'));
    printed = [];
    jest.spyOn(console, 'log').mockImplementation(line => printed.push(line));
    await writeFile(inFolder('a.csv'), 'x,1\ny,2\nz,3\n');
    await writeFile(
      inFolder('case.json'),
      JSON.stringify({
        title: 'Small',
        sources: { a: 'a.csv' },
        stages: { prepare: { output: 'rows', columns: ['name', 'n'] } },
        row_order_matters: true
      })
    );
    await writeFile(inFolder('one.py'), script('int(n)'));
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(folder, { recursive: true, force: true });
  });

  const script = (number: string): string =>
    `rows = []
for line in open("a.csv"):
    name, n = line.strip().split(",")
    rows.append((name, ${number}))
`;

  const verify = async (other: string, ...flags: string[]): Promise<number> => {
    await writeFile(inFolder('two.py'), other);
    return verifyCommand([
      inFolder('one.py'),
      inFolder('two.py'),
      '--case',
      inFolder('case.json'),
      '--mutations',
      '3',
      ...flags
    ]);
  };

  it('ends with 0 when the versions do the same', async () => {
    expect(await verify(script('int(n.strip())'), '--json')).toBe(0);

    expect(JSON.parse(printed.join('\n'))).toMatchObject({
      status: 'equivalent',
      real_rows: 3
    });
  }, 60_000);

  it('ends with 1 and shows the first difference when they do not', async () => {
    expect(await verify(script('int(n) // 2'))).toBe(1);

    const text = printed.join('\n');
    expect(text).toContain("stage 'prepare'");
    expect(text).toMatch(/expected +'[xyz]' +[123]/);
    expect(text).toMatch(/got +'[xyz]' +[01]/);
    expect(text).toContain('Source rows of a.csv');
  }, 60_000);

  it('ends with 2 when the original cannot be run', async () => {
    await writeFile(inFolder('one.py'), 'rows = missing\n');

    expect(await verify(script('int(n)'))).toBe(2);
  }, 60_000);

  it('says what is wrong with the command line', async () => {
    await expect(verifyCommand(['one.py'])).rejects.toThrow('Usage');
    await expect(
      verifyCommand(['nowhere.py', 'x.py', '--case', inFolder('case.json')])
    ).rejects.toThrow('There is no file nowhere.py');
  });
});
