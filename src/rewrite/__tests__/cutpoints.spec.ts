import { cutPoints, onlyCutPoint } from '../cutpoints';
import type { ICutPoint } from '../cutpoints';
import type { Role } from '../interfaces';

function pointsOf(role: Role, ...sources: string[]): ICutPoint[] {
  const cells = sources.map((source, index) => ({ id: `c${index}`, source }));
  return cutPoints(cells, 'c0', role);
}

const names = (points: readonly ICutPoint[]) => points.map(({ name }) => name);

describe('cutPoints', () => {
  it('are what a later cell reads', () => {
    const points = pointsOf(
      'prepare',
      'seen = set()\nrows = []\nfor line in open("a.csv"):\n    x = 1\n    rows.append(line)',
      'print(len(rows))'
    );
    expect(points).toEqual([{ kind: 'variable', name: 'rows', line: 2 }]);
    expect(onlyCutPoint(points, 'prepare')?.name).toBe('rows');
  });

  it('are files that are written here and read later', () => {
    const points = pointsOf(
      'prepare',
      'out = open("train.tsv", "w")\nout.write("x")\nlog = open("log.txt", "w")',
      'for line in open("train.tsv"): pass'
    );
    expect(names(points)).toEqual(['train.tsv']);
  });

  it('are everything when nothing later reads anything', () => {
    expect(
      names(
        pointsOf('encode', 'n = 3\nX = np.zeros(n)\nwith a as b:\n    k = 1')
      )
    ).toEqual(['X']);
  });

  it('are ambiguous when later cells read several', () => {
    const points = pointsOf(
      'prepare',
      'titles, texts = [], []\nkept = {}',
      'print(titles, texts, kept)'
    );
    expect(names(points)).toEqual(['kept', 'texts', 'titles']);
    expect(onlyCutPoint(points, 'prepare')).toBeNull();
  });

  it('are clear when one is called as they usually are', () => {
    const points = pointsOf(
      'label',
      'threshold = 3\ny = s > threshold',
      'fit(X, y, threshold)'
    );
    expect(names(points)[0]).toBe('y');
    expect(onlyCutPoint(points, 'label')?.name).toBe('y');
  });

  it('are none of a cell that does not parse', () => {
    expect(pointsOf('prepare', 'def')).toEqual([]);
  });
});
