import { repairReport } from '../report';
import { redact, relationOf, shapeOf } from '../redact';
import { REQUEST, candidate, rewriteTo, verdict } from './fixtures';

describe('shapeOf', () => {
  it.each([
    ['None', 'None'],
    ['', 'an empty text'],
    ['17', 'a whole number'],
    ['-1.5e3', 'a decimal number'],
    ["'Ada '", 'a text of 4 characters, trailing blanks, mixed case'],
    ['ada', 'a text of 3 characters, lower case'],
    ["' 12-3'", 'a text of 5 characters, leading blanks']
  ])('of %j is %j', (value, shape) => {
    expect(shapeOf(value)).toBe(shape);
  });
});

describe('relationOf', () => {
  it.each([
    ["'1'", '1', 'they read the same but differ in type'],
    ['1', '1.0', 'they are equal as numbers but differ in type'],
    ['2', '-2', 'they differ only in sign'],
    ["'a '", "'a'", 'they differ only in blanks around them'],
    ["'Ab'", "'aB'", 'they differ only in upper and lower case'],
    ["'abc'", "'ab'", 'one is the beginning of the other'],
    ['0.5', '0.4', 'they differ by 2.0e-1 of the larger one'],
    ["'a'", "'b'", null]
  ])('of %j and %j is %j', (a, b, relation) => {
    expect(relationOf(a, b)).toBe(relation);
  });
});

describe('redact', () => {
  it('keeps literals that the code contains and drops the others', () => {
    const message = `KeyError: 'ada@example.org' in column 'email', card 4111111111111111, row 12`;
    expect(redact(message, 'frame["email"]')).toBe(
      `KeyError: <value> in column 'email', card <number>, row 12`
    );
  });
});

describe('redact, of what is cut off', () => {
  it('drops a literal that does not end', () => {
    expect(redact("smallest input: 'a', 'Dear Ada, the mo…", 'f("a")')).toBe(
      "smallest input: 'a', <value>"
    );
  });

  it('leaves apostrophes alone', () => {
    const text = "The file doesn't have the customers' column.";
    expect(redact(text, '')).toBe(text);
  });
});

describe('repairReport', () => {
  const code = rewriteTo('customers.head(3)');

  it('describes the first difference by place, shape and statement', () => {
    const attempt = {
      candidate: candidate('m1', code),
      verdict: verdict('different', {
        evidence: [
          { step: 'parses', ok: true, detail: 'both parse' },
          { step: 'note', ok: true, detail: 'smallest input: ada, 12' },
          {
            step: 'real',
            ok: false,
            detail: "row 7: 'ada@example.org' is not 'ada'"
          }
        ],
        difference: {
          input: 'trailing-spaces',
          row: 7,
          column: 'country',
          original: "'UK'",
          rewritten: "'UK '",
          sourceRows: { customers: [3, 9] },
          line: 3
        }
      })
    };
    const report = repairReport(REQUEST, attempt);
    expect(report).toMatchSnapshot();
    expect(report).not.toContain('ada');
  });

  it('names the statement of an error on either side', () => {
    const attempt = {
      candidate: candidate('m1', code),
      verdict: verdict('failed', {
        summary: 'The rewrite fails.',
        error: { side: 'rewritten', message: "KeyError: 'Bob'", line: 5 }
      })
    };
    expect(repairReport(REQUEST, attempt)).toMatchSnapshot();
  });

  const different = verdict('different', {
    difference: {
      input: 'duplicate-keys',
      row: 0,
      column: 'country',
      original: "'Utopia'",
      rewritten: "'Ruritania '",
      sourceRows: {},
      line: 5,
      rewrittenLine: 4,
      cause: "duplicate key 'zoe@x.org': the original keeps the last",
      table: {
        columns: ['email', 'country', 'level'],
        expected: ['zoe@x.org', 'Utopia', '7'],
        got: ['zoe@x.org', 'Ruritania ', '8']
      },
      sourceLines: { 'customers.csv': ['7,zoe@x.org,Ruritania', '8,,Utopia'] }
    }
  });
  const schemas = [
    {
      name: 'customers.csv',
      columns: ['cid', 'email', 'country'].map(name => ({
        name,
        dtype: 'text'
      }))
    }
  ];
  const attempt = { candidate: candidate('m1', code), verdict: different };

  it('describes source rows and the cause by schema and shape', () => {
    const report = repairReport({ ...REQUEST, schemas }, attempt);
    expect(report).toMatchSnapshot();
    expect(report).not.toMatch(/zoe|Utopia|Ruritania/);
  });

  it('shows values when the user allows it', () => {
    const report = repairReport(
      { ...REQUEST, schemas, showValues: true },
      attempt
    );
    expect(report).toContain('column country: expected Utopia, got Ruritania ');
    expect(report).toContain('- 7,zoe@x.org,Ruritania');
  });

  it.each([
    ['expected', 'row that only the rewrite has: email: a text of 9'],
    ['got', 'row that only the original has: email: a text of 9']
  ])('says when a row has no %s counterpart', (side, said) => {
    const { difference } = different;
    const table = { ...difference!.table!, [side]: null };
    const alone = verdict('different', {
      difference: { ...difference!, table }
    });
    const report = repairReport(REQUEST, { ...attempt, verdict: alone });
    expect(report).toContain(said);
    expect(report).not.toContain('expected:');
  });

  it('cuts a traceback down to the code of the cells', () => {
    const detail = [
      'rewritten: Traceback (most recent call last):',
      '  File "<cell 2>", line 3, in prepare',
      '    return customers["x"]',
      '  File "/opt/site-packages/pandas/core/frame.py", line 99, in __getitem__',
      '    indexer = self.columns.get_loc(key)',
      "KeyError: 'x'"
    ].join('\n');
    const report = repairReport(REQUEST, {
      candidate: candidate('m1', code),
      verdict: verdict('failed', {
        evidence: [{ step: 'runs', ok: false, detail }]
      })
    });
    expect(report).toContain('<cell 2>, line 3, in prepare');
    expect(report).not.toContain('pandas/core');
    expect(report).toContain('KeyError');
  });
});
