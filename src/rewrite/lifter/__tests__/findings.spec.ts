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

  it('are no finding when they are used', () => {
    const used = `${MATRIX}print([count_words(t) for t in texts])\n`;
    expect(findings([SETUP, PREPARE, used], 3, 'unused-helper')).toEqual([]);
  });
});

describe('statistics', () => {
  it('that include test rows are found', () => {
    const sources = [SETUP, PREPARE, MATRIX, LABEL, TRAIN];
    const [finding] = findings(sources, 3, 'statistics-include-test-rows');
    expect(finding.message).toContain('mean and std of `lengths`');
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
