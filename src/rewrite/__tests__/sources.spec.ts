import type { ICodeCell } from '../interfaces';
import { sourceNames } from '../sources';

function cells(...sources: string[]): ICodeCell[] {
  return sources.map((source, index) => ({ id: `c${index}`, source }));
}

describe('sourceNames', () => {
  it('finds the files that a cell names', () => {
    expect(
      sourceNames(
        cells('for line in open("data/a.csv"):\n    print(line)'),
        'c0'
      )
    ).toEqual({ files: ['data/a.csv'], frames: ['open', 'print'] });
  });

  it('finds files behind constants and helpers of earlier cells', () => {
    const { files } = sourceNames(
      cells(
        'FOLDER = "x"\nPATH = "a.tsv"\nOTHER = "b.csv"',
        'def rows():\n    return open(PATH)',
        'for row in rows():\n    pass'
      ),
      'c2'
    );
    expect(files).toEqual(['a.tsv']);
  });

  it('leaves out files that the code itself writes', () => {
    const { files } = sourceNames(
      cells(
        'out = open("out.tsv", "w")\ndf.to_csv("kept.csv")\nf = open("in.json")'
      ),
      'c0'
    );
    expect(files).toEqual(['in.json']);
  });

  it('offers variables of earlier cells as frames, but no modules', () => {
    const { frames } = sourceNames(
      cells(
        'import numpy as np\nimport os.path',
        'df = load()',
        'x = np.log(df.a)\nos.path'
      ),
      'c2'
    );
    expect(frames).toEqual(['df']);
  });

  it('starts from the original of a rewritten cell', () => {
    const rewritten = {
      id: 'c0',
      source: 'def prepare(a="a.csv"): ...',
      originalSource: 'rows = list(open("old.csv"))',
      role: 'prepare' as const
    };
    const { files } = sourceNames(
      [rewritten, { id: 'c1', source: 'y = [r for r in rows]' }],
      'c1'
    );
    expect(files).toEqual(['old.csv']);
  });

  it('finds nothing in a cell that does not parse, or is gone', () => {
    expect(sourceNames(cells('def'), 'c0')).toEqual({ files: [], frames: [] });
    expect(sourceNames(cells('x'), 'gone')).toEqual({ files: [], frames: [] });
  });
});
