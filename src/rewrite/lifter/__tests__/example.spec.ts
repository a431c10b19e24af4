/**
 * The complaints example: what its cells become, and that they mean the same.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { ICodeCell } from '../../interfaces';
import { lift } from '../index';
import { caseOf, compare, hasPython } from './oracle';

const FOLDER = path.resolve(
  __dirname,
  ...Array<string>(4).fill('..'),
  'examples/complaints'
);

function read(name: string): string {
  return readFileSync(path.join(FOLDER, name), 'utf8');
}

function codeCells(name: string): ICodeCell[] {
  const { cells } = JSON.parse(read(name)) as {
    cells: { cell_type: string; id: string; source: string | string[] }[];
  };
  return cells
    .filter(cell => cell.cell_type === 'code')
    .map(({ id, source }) => ({ id, source: [source].flat().join('') }));
}

describe('complaints.ipynb', () => {
  const cells = codeCells('complaints.ipynb');

  it.each(['prepare', 'encode', 'label', 'train'])(
    'lifts the %s cell',
    cellId => {
      const { candidate, refusals } = lift(cells, cellId, {
        name: 'complaints'
      });
      expect(refusals).toEqual([]);
      expect(candidate?.role).toBe(cellId);
      expect(candidate?.code).toMatchSnapshot();
      expect(candidate?.observation).toMatchSnapshot();
    }
  );

  it('tells which cells a cell relies on', () => {
    const needed = (cellId: string) =>
      Object.entries(lift(cells, cellId).candidate?.prerequisites ?? {}).map(
        ([id, { role }]) => [id, role]
      );
    expect(needed('prepare')).toEqual([]);
    expect(needed('label')).toEqual([['prepare', 'prepare']]);
    expect(needed('train')).toEqual([
      ['prepare', 'prepare'],
      ['encode', 'encode'],
      ['label', 'label']
    ]);
  });

  it('lifts a cell behind one that was rewritten', () => {
    const rewritten = cells.map(cell =>
      cell.id === 'prepare'
        ? {
            ...cell,
            role: 'prepare' as const,
            originalSource: cell.source,
            source: lift(cells, 'prepare').candidate?.code ?? ''
          }
        : cell
    );
    const { candidate } = lift(rewritten, 'label');
    expect(candidate?.code).toBe(lift(cells, 'label').candidate?.code);
    expect(candidate?.prerequisites).toEqual({});
  });

  it('says what is odd', () => {
    const kinds = (cellId: string) =>
      lift(cells, cellId).findings.map(({ kind, line }) => `${kind} ${line}`);
    expect(kinds('encode')).toEqual(
      expect.arrayContaining([
        'unused-helper 20',
        'statistics-include-test-rows 21'
      ])
    );
  });

  it('refuses the cell that only sets up', () => {
    const { candidate, refusals } = lift(cells, 'setup');
    expect(candidate).toBeNull();
    expect(refusals[0].reason).toContain('makes no training table');
  });

  (hasPython ? it : it.skip)(
    'means the same',
    () => {
      const lines = (name: string, count: number) =>
        read(name).split('\n').slice(0, count).join('\n') + '\n';
      const files = {
        'textmodels.py': read('textmodels.py'),
        'customers.csv': read('customers.csv'),
        'mails.csv': lines('mails.csv', 2000)
      };
      const sources = cells.map(({ source }) => source);
      const cases = cells
        .slice(1)
        .map((_, at) => caseOf(sources, `c${at + 2}`, files));
      expect(compare(cases)).toEqual(
        cases.map(() => ({ same: true, failed: false, detail: null }))
      );
    },
    60_000
  );
});

describe('stale_label.ipynb', () => {
  const cells = codeCells('stale_label.ipynb');

  it('says that the label is the same for all rows, and neither copies nor mends it', () => {
    const { candidate, refusals, findings } = lift(cells, 'label');
    expect(candidate).toBeNull();
    expect(refusals[0]).toMatchObject({
      line: 3,
      reason: expect.stringContaining('`mood` is left over')
    });
    expect(findings.map(({ kind }) => kind)).toEqual([
      'stale-variable',
      'stale-variable',
      'constant-label'
    ]);
  });

  it('offers the fix apart', () => {
    const [{ fix }] = lift(cells, 'label').findings;
    expect(fix?.title).toBe('Take `mood` and `premium` from the same row');
    expect(fix?.code).toBe(
      '# Changed from the original: `mood` and `premium` of the same row, not of the last one\n' +
        'def extract_label(frame):\n' +
        '    return ((frame["mood"] == "negative") & frame["premium"]).astype(int)\n'
    );
  });

  it('refuses the training that needs the label', () => {
    expect(lift(cells, 'train').refusals[0].reason).toMatch(/cell 4, line 3/);
  });
});
