/**
 * What the lifter says of code that its author can hardly have meant.
 */
import type { IFinding } from '../../interfaces';
import { lift } from '../index';
import { cellsOf } from './oracle';
import { PREPARE, READ, SETUP } from './variants/features';

function findings(sources: string[], cell: number, kind: string): IFinding[] {
  return lift(cellsOf(...sources), `c${cell}`).findings.filter(
    finding => finding.kind === kind
  );
}

const MATRIX = `${READ}
def count_words(text):
    return len(text.split())

lengths = np.array([len(t) for t in texts])
lengths = (lengths - lengths.mean()) / lengths.std()
X = np.column_stack([lengths])
`;
const LABEL = 'y = np.array([1 if m == "True" else 0 for m in mailed])\n';
const TRAIN =
  'days = np.array(days)\ntrain = days < "2023-02-12"\nmodel = Ridge()\nmodel.fit(X[train], y[train])\n';

describe('stale variables', () => {
  it('are found in a comprehension, and mended by the list that holds them', () => {
    const label = 'y = np.array([1 if mail == "True" else 0 for t in texts])\n';
    const [finding] = findings(
      [SETUP, PREPARE, MATRIX, label],
      4,
      'stale-variable'
    );
    expect(finding).toMatchObject({ severity: 'warning', line: 1, column: 19 });
    expect(finding.message).toContain('cell 3, line 2');
    expect(finding.fix?.code).toContain('return frame["mail"].astype(int)');
  });

  it('are mended inside a zip', () => {
    const label =
      'y = []\nfor k, t in zip(kinds, texts):\n    y.append(1 if k == "mail" and mail == "True" else 0)\ny = np.array(y)\n';
    const [finding] = findings(
      [SETUP, PREPARE, MATRIX, label],
      4,
      'stale-variable'
    );
    expect(finding.fix?.code).toContain(
      '((frame["kind"] == "mail") & frame["mail"]).astype(int)'
    );
  });

  it('say that the label is constant only when it is', () => {
    const label =
      'y = []\nfor k in kinds:\n    y.append(1 if k == "mail" and mail == "True" else 0)\ny = np.array(y)\n';
    const sources = [SETUP, PREPARE, MATRIX, label];
    expect(findings(sources, 4, 'stale-variable')).toHaveLength(1);
    expect(findings(sources, 4, 'constant-label')).toEqual([]);
  });

  it('in the same cell name its line', () => {
    const cell =
      'for line in open("people.csv"):\n    key, city = line.strip().split(",")\nrows = []\nfor line in open("events.csv"):\n    who, text = line.strip().split(",")\n    rows.append((who, city))\n';
    const [finding] = findings([cell], 1, 'stale-variable');
    expect(finding.message).toContain('the loop in line 1');
    expect(finding.line).toBe(6);
    expect(finding.fix).toBeUndefined();
  });
});

describe('unused helpers', () => {
  it('are found beside an expression that does nearly the same', () => {
    const [finding] = findings([SETUP, PREPARE, MATRIX], 3, 'unused-helper');
    expect(finding.message).toContain('`count_words`');
    expect(finding.fix?.code).toContain('count_words(text)');
  });

  it('are found beside a part of their string methods', () => {
    const prepare = `def tidy(text):
    return text.strip().lower()

rows = []
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    rows.append((day, text.lower()))
`;
    const [finding] = findings([prepare], 1, 'unused-helper');
    expect(finding).toMatchObject({ line: 7, severity: 'warning' });
    expect(finding.message).toContain('Was `tidy(text)` meant?');
    expect(finding.fix?.code).toContain('# Changed from the original:');
    expect(finding.fix?.code).toContain('.map(tidy)');
  });

  it('are no finding beside something else', () => {
    const prepare = `def tidy(text):
    return text.strip().lower()

rows = []
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    rows.append((day, text.upper()))
`;
    expect(findings([prepare], 1, 'unused-helper')).toEqual([]);
  });

  it('are no finding when they are used', () => {
    const used = `${MATRIX}print([count_words(t) for t in texts])\n`;
    expect(findings([SETUP, PREPARE, used], 3, 'unused-helper')).toEqual([]);
  });
});

describe('tests of raw values', () => {
  const loop = (
    test: string,
    clean = 'clean = kind.strip().lower()',
    row = 'clean, text'
  ): string => `KINDS = ["mail", "call"]
rows = []
for line in open("events.csv"):
    number, who, kind, day, amount, text = line.rstrip("\\n").split(",")
    ${clean}
    if ${test}:
        continue
    rows.append((${row}))
`;
  const found = (cell: string): IFinding[] => findings([cell], 1, 'raw-test');

  it.each([
    'kind == "mail"',
    'kind not in KINDS',
    '"mail" in kind',
    'kind.startswith("ma")'
  ])('are found in %s, and mended by the cleaned one', test => {
    const [finding] = found(loop(test));
    expect(finding).toMatchObject({ line: 6, severity: 'warning' });
    expect(finding.message).toContain('`clean` (line 5)');
    expect(finding.fix?.code).toContain(
      '# Changed from the original: tests `clean` instead of `kind`'
    );
    expect(finding.fix?.code).not.toBe(null);
  });

  it.each([
    ['whether there is any', loop('kind == ""')],
    ['a constant that cleaning would change', loop('kind == "Mail"')],
    ['the cleaned value', loop('clean == "mail"')],
    ['both', loop('kind == "mail" or clean == "call"')],
    [
      'a raw value that goes on, too',
      loop('kind == "mail"', undefined, 'clean, kind')
    ],
    [
      'a value that is not used cleaned',
      loop('kind == "mail"', undefined, 'text, day')
    ],
    [
      'a value that is cleaned in place',
      loop('kind == "mail"', 'kind = kind.strip()', 'kind, day')
    ]
  ])('are fine when they ask for %s', (_, cell) => {
    expect(found(cell)).toEqual([]);
  });

  it('are found in masks of frames', () => {
    const cell = `import pandas as pd
df = pd.read_csv("events.csv", names=["n", "who", "kind", "day", "amount", "text"])
df["clean"] = df["kind"].str.strip().str.lower()
df = df[df["kind"] == "mail"]
`;
    const [finding] = found(cell);
    expect(finding).toMatchObject({ line: 4 });
    expect(finding.message).toContain('`df["clean"]`');
  });
});

describe('tests and labels that are constant', () => {
  it('are found where a text stands alone, and mended by a look-up', () => {
    const label =
      'y = np.array([1 if k == "mail" or "call" else 0 for k in kinds])\n';
    const [finding] = findings(
      [SETUP, PREPARE, MATRIX, label],
      4,
      'constant-test'
    );
    expect(finding.message).toContain('Was `k in ("mail", "call")` meant?');
    expect(finding.fix?.code).toContain('isin(["mail", "call"])');
    expect(
      findings([SETUP, PREPARE, MATRIX, label], 4, 'constant-label')
    ).toHaveLength(1);
  });

  it('are found where a text is compared with a truth value', () => {
    const label =
      'y = []\nfor m in mailed:\n    if m == True:\n        y.append(1)\n    else:\n        y.append(0)\ny = np.array(y)\n';
    const [finding] = findings(
      [SETUP, PREPARE, MATRIX, label],
      4,
      'constant-label'
    );
    expect(finding).toMatchObject({ line: 3 });
    expect(finding.message).toContain('compares a text with a truth value');
    expect(finding.fix?.code).toContain('# Changed from the original');
  });

  it('are found where both ways give the same', () => {
    const label = 'y = np.array([1 if k == "mail" else 1 for k in kinds])\n';
    expect(
      findings([SETUP, PREPARE, MATRIX, label], 4, 'constant-label')
    ).toHaveLength(1);
  });

  it.each([
    'y = np.array([1 if k == "mail" or k == "call" else 0 for k in kinds])\n',
    'y = np.array([1 if a == 3 or a > 5 else 0 for a in amounts])\n',
    'y = np.array([int(m == "True") for m in mailed])\n'
  ])('are no finding in %s', label => {
    const sources = [SETUP, PREPARE, MATRIX, label];
    expect(findings(sources, 4, 'constant-test')).toEqual([]);
    expect(findings(sources, 4, 'constant-label')).toEqual([]);
  });
});

describe('statistics', () => {
  it('that include test rows are found', () => {
    const sources = [SETUP, PREPARE, MATRIX, LABEL, TRAIN];
    const [finding] = findings(sources, 3, 'statistics-include-test-rows');
    expect(finding.message).toContain('mean and std of `lengths`');
  });

  it('are mended where the model is trained', () => {
    const sources = [SETUP, PREPARE, MATRIX, LABEL, TRAIN];
    const [finding] = findings(sources, 5, 'statistics-include-test-rows');
    expect(finding.message).toContain('cell 3, line');
    expect(finding.fix?.code).toContain('fit_encoders_on="train"');
    expect(finding.fix?.code).not.toContain('fit_encoders_on="all"');
    expect(finding.fix?.code).toContain('# Changed from the original');
  });

  it.each([
    [
      'a scaler',
      'X = StandardScaler().fit_transform(np.column_stack([lengths]))'
    ],
    [
      'a mean by hand',
      'middle = sum(amounts) / len(amounts)\nX = np.column_stack([np.array(amounts) - middle])'
    ],
    [
      'a helper',
      'def scale(a):\n    return (a - a.min()) / (a.max() - a.min())\nX = np.column_stack([scale(lengths)])'
    ]
  ])('are found in %s', (_, code) => {
    const matrix = `${READ}\nfrom sklearn.preprocessing import StandardScaler\nlengths = np.array([len(t) for t in texts])\n${code}\n`;
    const train = 'model = Ridge()\nmodel.fit(X[:8], y[:8])\n';
    const sources = [SETUP, PREPARE, matrix, LABEL, train];
    expect(
      findings(sources, 3, 'statistics-include-test-rows').length
    ).toBeGreaterThan(0);
  });

  it.each([
    ['of each row', 'X = np.column_stack([[sum(p) / len(p) for p in parts]])'],
    [
      'that are only shown',
      'print(lengths.mean())\nX = np.column_stack([lengths])'
    ]
  ])('%s are fine', (_, code) => {
    const matrix = `${READ}\nparts = [[len(w) for w in t.split()] for t in texts]\nlengths = np.array([len(t) for t in texts])\n${code}\n`;
    const train = 'model = Ridge()\nmodel.fit(X[:8], y[:8])\n';
    const sources = [SETUP, PREPARE, matrix, LABEL, train];
    expect(findings(sources, 3, 'statistics-include-test-rows')).toEqual([]);
  });

  it('are fine when there is no split', () => {
    const sources = [
      SETUP,
      PREPARE,
      MATRIX,
      LABEL,
      'model = Ridge()\nmodel.fit(X, y)\n'
    ];
    expect(findings(sources, 3, 'statistics-include-test-rows')).toEqual([]);
  });

  it('without spread are told of', () => {
    expect(findings([SETUP, PREPARE, MATRIX], 3, 'zero-spread')).toHaveLength(
      1
    );
  });
});

describe('what is lost', () => {
  it('names variables that later cells use', () => {
    const [finding] = findings(
      [SETUP, PREPARE, MATRIX, LABEL],
      3,
      'lost-names'
    );
    expect(finding.message).toContain('`mailed`');
  });

  it('names the file that later cells read', () => {
    const [finding] = findings([SETUP, PREPARE, MATRIX], 2, 'lost-file');
    expect(finding.message).toContain('Cell 3 reads "train.tsv"');
  });

  it('names outputs', () => {
    const cell = `${MATRIX}print(X.shape)\n`;
    const [finding] = findings([SETUP, PREPARE, cell], 3, 'lost-output');
    expect(finding.message).toContain('`print(X.shape)`');
  });

  it('names what cannot follow the training', () => {
    const train = `${TRAIN}print(kinds[0])\n`;
    const sources = [SETUP, PREPARE, MATRIX, LABEL, train];
    const [finding] = findings(sources, 5, 'lost-statement');
    expect(finding.message).toContain('the rewritten cells have no `kinds`');
  });
});

describe('files', () => {
  it('with ragged lines are told of', () => {
    const [finding] = findings([SETUP, PREPARE], 2, 'ragged-lines');
    expect(finding.message).toContain('exactly 6 fields');
  });
});
