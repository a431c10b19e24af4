/**
 * What cannot be lifted is refused by line and reason, never guessed.
 */
import { lift } from '../index';
import { cellsOf } from './oracle';

const HEAD =
  'rows = []\nfor line in open("events.csv"):\n    number, who, text = line.rstrip("\\n").split(",")\n';

/** A loop over three fields; its body starts in line 4. */
const loop = (body: string) => HEAD + body.replace(/^/gm, '    ') + '\n';

const CASES: [title: string, source: string, line: number, reason: RegExp][] = [
  [
    'a value of the row before',
    loop('if who != "":\n    name = who\nrows.append((name, text))'),
    6,
    /`name` may still hold the value of an earlier row/
  ],
  [
    'a running sum',
    'total = 0\n' + loop('total += float(number)\nrows.append((who, total))'),
    5,
    /adds up values from row to row/
  ],
  [
    'break',
    loop('if who == "x":\n    break\nrows.append((who, text))'),
    5,
    /`break`/
  ],
  [
    'while',
    loop(
      'while text.startswith(" "):\n    text = text[1:]\nrows.append((who, text))'
    ),
    4,
    /`while`/
  ],
  [
    'a nested loop over rows',
    loop('for other in open("people.csv"):\n    rows.append((who, other))'),
    4,
    /opened once for every row/
  ],
  [
    'two elements a row',
    loop('rows.append((who, text))\nrows.append((who, number))'),
    5,
    /more than one element for some rows/
  ],
  [
    'randomness',
    'import random\n' + loop('rows.append((who, random.random()))'),
    5,
    /another answer at every call/
  ],
  [
    'a helper with side effects',
    'log = []\ndef note(text):\n    log.append(text)\n    return text\n' +
      loop('rows.append((who, note(text)))'),
    8,
    /changes `log`/
  ],
  [
    'splitting on white space',
    'rows = []\nfor line in open("events.csv"):\n    a, b = line.split()\n    rows.append((a, b))\n',
    3,
    /white space/
  ],
  [
    'splitting with a limit',
    'rows = []\nfor line in open("events.csv"):\n    a, b = line.split(",", 1)\n    rows.append((a, b))\n',
    3,
    /limit/
  ],
  [
    'a file that depends on a row',
    loop('rows.append((who, open(text).read()))'),
    4,
    /file/
  ],
  [
    'a file that is read to its end twice',
    'f = open("events.csv")\nrows = []\nfor line in f:\n    pass\nfor line in f:\n    a, b = line.strip().split(",")\n    rows.append((a, b))\n',
    1,
    /looped over twice/
  ],
  [
    'the line break in the last field',
    'rows = []\nfor line in open("events.csv"):\n    a, b = line.split(",")\n    rows.append((a, b))\n',
    2,
    /line break/
  ],
  [
    'appending to a file',
    'out = open("out.tsv", "a")\n' + loop('out.write(who + "\\n")'),
    1,
    /mode "a"/
  ],
  [
    'else of a loop',
    loop('rows.append((who, text))') + 'else:\n    pass\n',
    6,
    /`else` of a loop/
  ],
  [
    'changing the list elsewhere',
    loop('rows.append((who, text))') + 'rows.reverse()\n',
    5,
    /rows.reverse/
  ],
  [
    'keys that are added for other rows than were tested',
    'seen = set()\n' +
      loop(
        'if who in seen:\n    continue\nif text == "":\n    continue\nseen.add(who)\nrows.append((who, text))'
      ),
    5,
    /does not hold just the keys/
  ],
  ['a syntax error', 'rows = [\n', 2, /not valid Python/]
];

describe('refusals', () => {
  it.each(CASES)('names %s', (_, source, line, reason) => {
    const { candidate, refusals } = lift(cellsOf(source), 'c1');
    expect(candidate).toBeNull();
    expect(refusals[0].reason).toMatch(reason);
    expect(refusals[0].line).toBe(line);
  });

  it('writes all functions of a cell that does several things', () => {
    const cells = cellsOf(
      'import numpy as np\n' +
        loop('rows.append((who, text))') +
        'X = np.array([len(t) for w, t in rows]).reshape(-1, 1)\n',
      'y = np.array([1 if w == "a" else 0 for w, t in rows])\n'
    );
    const { candidate } = lift(cells, 'c1');
    expect(candidate?.role).toBe('encode');
    expect(candidate?.code).toMatch(/def prepare\([^]*def encode_features\(/);
    expect(lift(cells, 'c1', { role: 'prepare' }).candidate?.code).not.toMatch(
      /encode_features/
    );
  });

  it('names the cell before when that one is at fault', () => {
    const { refusals } = lift(
      cellsOf(
        loop('rows.append(eval(text))'),
        'y = [1 if w == "a" else 0 for w, t in rows]\n'
      ),
      'c2'
    );
    expect(refusals[0].reason).toMatch(/cell 1, line 4/);
  });

  it('ignores what does not touch the result', () => {
    const { candidate, findings } = lift(
      cellsOf(
        loop('rows.append((who, text))') + 'longest = max(rows, key=len)\n'
      ),
      'c1'
    );
    expect(candidate).not.toBeNull();
    expect(findings.map(({ kind }) => kind)).toContain('lost-statement');
  });
});
