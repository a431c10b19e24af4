import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { ICase } from '../cases';
import { caseFolders, observationOf, readCase } from '../cases';
import { cellsOfStages } from '../locating';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cases-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function caseOf(content: unknown): Promise<ICase> {
  const file = path.join(folder, 'case.json');
  await writeFile(file, JSON.stringify(content));
  return readCase(file);
}

describe('a case', () => {
  it('says where its stages leave their results', async () => {
    const { title, stages, rowOrderMatters, sources } = await caseOf({
      title: 'Storms',
      sources: { tracks: 'data/tracks.txt' },
      stages: { prepare: { output: 'rows', columns: ['a'] } },
      row_order_matters: false
    });

    expect(title).toBe('Storms');
    expect(sources).toEqual({ tracks: 'data/tracks.txt' });
    expect(stages.prepare).toEqual({ output: 'rows', columns: ['a'] });
    expect(rowOrderMatters).toBe(false);
  });

  it.each([
    [{ stages: { tidy: { output: 'x' } } }, "names a stage 'tidy'"],
    [{ stages: { label: {} } }, "`output` of its stage 'label'"],
    [{ stages: {} }, 'has no stages'],
    [{ title: 'x' }, 'has no `stages`'],
    [[], 'has no `stages`']
  ])('that is wrong says what is wrong: %j', async (content, message) => {
    await expect(caseOf(content)).rejects.toThrow(message);
  });

  it('is found below a folder, or is the folder itself', async () => {
    await mkdir(path.join(folder, 'b', 'deep'), { recursive: true });
    await mkdir(path.join(folder, 'a'));
    await writeFile(path.join(folder, 'a', 'case.json'), '{}');
    await writeFile(path.join(folder, 'b', 'deep', 'case.json'), '{}');

    const found = await caseFolders(folder);

    expect(found.map(each => path.relative(folder, each))).toEqual([
      'a',
      path.join('b', 'deep')
    ]);
    expect(await caseFolders(found[0])).toEqual([found[0]]);
  });
});

describe('an output', () => {
  it.each([
    ['rows', { kind: 'variable', name: 'rows' }],
    [
      'out/train.csv',
      { kind: 'file', path: 'out/train.csv', separator: ',', columns: [] }
    ],
    [
      'train.tsv',
      { kind: 'file', path: 'train.tsv', separator: '\t', columns: [] }
    ]
  ])('%s is a variable or a file', (output, observation) => {
    expect(observationOf({ output })).toEqual(observation);
  });
});

describe('the cell of a stage', () => {
  const description = (stages: ICase['stages']): ICase => ({
    title: '',
    sources: {},
    stages,
    rowOrderMatters: true,
    folder: ''
  });
  const cells = (...sources: string[]) =>
    sources.map((source, index) => ({ id: `c${index}`, source }));

  it('is the last that binds the variable, but not the one that trains', () => {
    const found = cellsOfStages(
      cells(
        'X = []\nfor r in rows:\n    X.append(r)',
        'X = np.array(X)',
        'X = X[train]\nmodel = fit(X)'
      ),
      description({ encode: { output: 'X' }, train: { output: 'model' } })
    );

    expect([...found]).toEqual([
      ['train', 'c2'],
      ['encode', 'c1']
    ]);
  });

  it('is the one that writes the file, not one that reads it', () => {
    const found = cellsOfStages(
      cells(
        'out = open("a.csv", "w")\nout.write("1")',
        'rows = list(open("a.csv"))'
      ),
      description({ prepare: { output: 'a.csv' } })
    );

    expect(found.get('prepare')).toBe('c0');
  });

  it('is none when no cell makes it', () => {
    const found = cellsOfStages(
      cells('x = 1', 'this is no Python'),
      description({ label: { output: 'y' } })
    );

    expect(found.size).toBe(0);
  });
});
