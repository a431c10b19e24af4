/**
 * Files that a pattern or a folder lists become sources where it is known which
 * there are.
 */
import { lift } from '../index';
import { cellsOf } from './oracle';

const BODY = `    with open(path) as f:
        for line in f:
            name, n = line.strip().split(",")
            if name == last:
                continue
            last = name
            rows.append((name, int(n)))
`;
const FILES = [
  'data/a.csv',
  'data/b.csv',
  'data/.c.csv',
  'data/d.txt',
  'e.csv'
];

function lifted(head: string, files: readonly string[] = FILES) {
  const source = `import glob, os\nfrom pathlib import Path\nrows = []\nlast = None\n${head}\n${BODY}`;
  const cells = cellsOf(source, 'y = [r for r in rows]\n');
  return lift(cells, cells[0].id, { files, outputs: { prepare: 'rows' } });
}

it.each([
  'for path in sorted(glob.glob("data/*.csv")):',
  'for path in sorted(Path("data").glob("*.csv")):',
  'for path in glob.glob("data/[ab].csv"):',
  'for path in [os.path.join("data", n) for n in os.listdir("data") if n.endswith(".csv")]:'
])('%s', head => {
  const code = lifted(head).candidate?.code;
  expect(code).toMatch(/def prepare\(a="data\/a.csv", b="data\/b.csv"\)/);
  expect(code).not.toMatch(/glob\(|listdir\(/);
});

it('refuses what is not known to be there', () => {
  const { candidate, refusals } = lifted(
    'for path in sorted(glob.glob("data/*.csv")):',
    []
  );
  expect(candidate).toBeNull();
  expect(refusals.map(({ reason }) => reason)).toContainEqual(
    expect.stringMatching(/cannot be told from the code/)
  );
});
