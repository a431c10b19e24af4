import type { IAttempt, IDifference } from '../interfaces';
import {
  FAILURE_MODES,
  failureOf,
  failureOfAnswer,
  summarise
} from '../taxonomy';
import { candidate, verdict } from './fixtures';

const DIFFERENCE: IDifference = {
  input: 'real',
  row: 1,
  column: 'a',
  original: '1',
  rewritten: '2',
  sourceRows: {},
  line: null
};

const different: IAttempt = {
  candidate: candidate('a', 'x'),
  verdict: verdict('different', { difference: DIFFERENCE })
};

describe('failureOf', () => {
  it.each([
    ['an equivalent one', { verdict: verdict('equivalent') }, null],
    ['one that nobody could judge', { verdict: verdict('inconclusive') }, null],
    [
      'one whose original fails',
      {
        verdict: verdict('failed', {
          error: { side: 'original', message: 'm', line: 1 }
        })
      },
      null
    ],
    ['a repeat', { verdict: verdict('failed'), repeat: true }, '1.3'],
    [
      'one that breaks the contract',
      {
        verdict: verdict('failed', {
          realRows: 0,
          evidence: [{ step: 'names', ok: false, detail: 'no prepare()' }]
        })
      },
      '1.1'
    ],
    [
      'one that does not run',
      {
        verdict: verdict('failed', {
          realRows: 0,
          evidence: [{ step: 'runs', ok: false, detail: 'KeyError' }],
          error: { side: 'rewritten', message: 'KeyError', line: 1 }
        })
      },
      '3.2'
    ],
    ['one that gives other results', different, '3.2']
  ] as const)('of %s', (_, attempt, mode) => {
    const whole = { candidate: candidate('b', 'y'), ...attempt };
    expect(failureOf(whole, 'rewrite', [])).toBe(mode);
  });

  it('of one that fails as before, though it was told how', () => {
    expect(failureOf(different, 'repair', [different])).toBe('2.5');
  });

  it('of one that the critic approved', () => {
    expect(failureOf(different, 'synthesis', [])).toBe('3.3');
  });
});

describe('failureOfAnswer', () => {
  it.each([
    ['length', true, '3.1'],
    ['complete', false, '2.3'],
    ['complete', true, null],
    ['stopped', false, null],
    ['failed', false, null]
  ])('that ends with %s, code %s', (end, hasCode, mode) => {
    expect(failureOfAnswer(end, hasCode)).toBe(mode);
  });
});

describe('summarise', () => {
  it('counts the modes, the most frequent first', () => {
    const summary = summarise(['1.1', null, '1.3', '1.3']);
    expect(summary.map(({ mode, times }) => [mode.name, times])).toEqual([
      ['Step repetition', 2],
      ['Disobey task specification', 1]
    ]);
    expect(summarise([])).toEqual([]);
  });

  it('knows every mode once', () => {
    const modes = FAILURE_MODES.map(({ mode }) => mode);
    expect(new Set(modes).size).toBe(modes.length);
  });
});
