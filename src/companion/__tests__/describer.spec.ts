import type { ICompanion } from '../client';
import { describeSources } from '../describer';

function companionOf(sources: unknown[]) {
  const call = jest.fn(async () => ({ sources, skipped: [] }));
  return { call, companion: { call } as unknown as ICompanion };
}

const { signal } = new AbortController();

describe('describeSources', () => {
  it('tells names, types and counts', async () => {
    const columns = [{ name: 'a', dtype: 'text', nulls: 1, distinct: 2 }];
    const { call, companion } = companionOf([
      {
        name: 'a.csv',
        kind: 'file',
        rows: 3,
        complete: false,
        named: false,
        columns,
        samples: []
      },
      {
        name: 'df',
        kind: 'frame',
        rows: 2,
        complete: true,
        named: true,
        columns,
        samples: [['x']]
      }
    ]);
    const schemas = await describeSources(
      companion,
      { files: ['a.csv'], frames: ['df'] },
      0,
      signal
    );
    expect(schemas).toEqual([
      { name: 'a.csv', rows: 3, columns, partial: true, nameless: true },
      { name: 'df', rows: 2, columns, samples: [['x']] }
    ]);
    expect(call).toHaveBeenCalledWith(
      'sources.describe',
      { files: ['a.csv'], frames: ['df'], sample_rows: 0 },
      { signal }
    );
  });

  it('asks nothing about nothing', async () => {
    const { call, companion } = companionOf([]);
    const names = { files: [], frames: [] };
    expect(await describeSources(companion, names, 0, signal)).toEqual([]);
    expect(call).not.toHaveBeenCalled();
  });
});
