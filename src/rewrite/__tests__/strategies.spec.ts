import { idiomsOf, operationsOf } from '../idioms';
import { hintsFor, strategyOf } from '../strategies';
import { REQUEST, candidate, rewriteTo, verdict } from './fixtures';

const JOIN = (how: string) =>
  rewriteTo(`customers.merge(customers, on="email", how="${how}")`);

function tried(code: string, ...[status, more]: Parameters<typeof verdict>) {
  const attempt = {
    candidate: candidate('m', code),
    verdict: verdict(status, more)
  };
  return strategyOf(REQUEST, attempt, null);
}

const failed = tried(JOIN('inner'), 'different', {
  difference: {
    input: 'unmatched-keys',
    row: 3,
    column: 'country',
    original: "'Uk'",
    rewritten: "'uk'",
    sourceRows: {},
    line: 2
  }
});
const verified = tried(JOIN('left'), 'equivalent');

describe('idiomsOf', () => {
  it('names what a cell is like', () => {
    expect(idiomsOf(REQUEST.cells[1].source)).toEqual([
      'lines split by hand',
      'trimmed lines',
      'rows appended to a list'
    ]);
    expect(
      idiomsOf(
        'for r in csv.reader(f):\n    d[r[0]] = d.get(r[1], 0)\n    continue'
      )
    ).toEqual([
      'a csv reader',
      'a dictionary filled in a loop',
      'look-ups with a default',
      'rows left out by continue'
    ]);
    expect(idiomsOf('def')).toEqual([]);
  });
});

describe('operationsOf', () => {
  it('names operations with the arguments that tell them apart', () => {
    expect(
      operationsOf('a.merge(b, on="k", how="left", validate="1:1").map(f).x()')
    ).toEqual(['map()', 'merge(on="k", how="left")']);
  });

  it('keeps no long constant', () => {
    expect(operationsOf(`a.fillna(value="${'x'.repeat(40)}")`)).toEqual([
      'fillna(value=…)'
    ]);
  });
});

describe('strategyOf', () => {
  it('remembers how a rewrite failed, without a value', () => {
    expect(failed).toMatchObject({
      role: 'prepare',
      outcome: 'failed',
      reason:
        'a value differs, on an input with unmatched-keys, they differ only in upper and lower case'
    });
    expect(JSON.stringify(failed)).not.toMatch(/'uk'/i);
  });

  it('remembers the kind of an error only', () => {
    const strategy = tried(JOIN('inner'), 'failed', {
      error: { side: 'rewritten', message: "KeyError: 'ada@x.org'", line: 1 }
    });
    expect(strategy?.reason).toBe('it raised KeyError');
  });

  it('learns nothing from what was not judged', () => {
    expect(tried(JOIN('inner'), 'inconclusive')).toBeNull();
    expect(
      tried(JOIN('inner'), 'failed', {
        error: { side: 'original', message: 'KeyError', line: 1 }
      })
    ).toBeNull();
  });
});

describe('hintsFor', () => {
  const known = [failed!, verified!];

  it('tells what failed on cells like this, and what was equivalent', () => {
    expect(hintsFor(known, REQUEST, 'prepare')).toEqual([
      'On a cell with lines split by hand, trimmed lines, rows appended to a list, merge(on="email", how="inner") failed: a value differs, on an input with unmatched-keys, they differ only in upper and lower case. What was equivalent used merge(on="email", how="left").'
    ]);
  });

  it('says how often', () => {
    const [hint] = hintsFor([{ ...failed!, times: 3 }], REQUEST, 'prepare');
    expect(hint).toContain('failed (3 times)');
  });

  it('says nothing of other roles and other cells', () => {
    expect(hintsFor(known, REQUEST, 'encode')).toEqual([]);
    const other = {
      ...REQUEST,
      cells: [{ id: 'prepare', source: 'df = df.apply(f).sort_values("a")' }]
    };
    expect(hintsFor(known, other, 'prepare')).toEqual([]);
  });
});
