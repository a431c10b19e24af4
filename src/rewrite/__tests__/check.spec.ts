import { checkCandidate } from '../check';
import type { Role } from '../interfaces';
import { rewriteTo } from './fixtures';

function faults(code: string, role: Role = 'prepare'): string[] {
  return checkCandidate({ code, role }).map(
    ({ line, message }) => `${line}: ${message}`
  );
}

describe('checkCandidate', () => {
  it('has nothing against plain declarative code', () => {
    expect(faults(rewriteTo('customers.dropna()'))).toEqual([]);
  });

  it('tells the line of a syntax error', () => {
    expect(faults('import os\ndef prepare(:\n')).toEqual([
      '2: Syntax error: Expected parameter name.'
    ]);
  });

  it('wants the function of the contract at the top level', () => {
    const code = 'class A:\n    def prepare(self, a):\n        return a\n';
    expect(faults(code)).toEqual([
      '1: The cell does not define the function prepare() at its top level.'
    ]);
  });

  it.each<[Role, string, string]>([
    ['prepare', 'def prepare():\n    return 1', 'one parameter a source'],
    [
      'encode',
      'def encode_features(frame):\n    return 1',
      'no required parameter'
    ],
    [
      'label',
      'def extract_label():\n    return 1',
      'exactly one required parameter'
    ],
    [
      'label',
      'def extract_label(a, b):\n    return 1',
      'exactly one required parameter'
    ],
    ['train', 'def make_model():\n    return 1', 'the number of features']
  ])('wants the parameters of %s', (role, code, says) => {
    expect(faults(code, role)).toEqual([expect.stringContaining(says)]);
  });

  it.each<[Role, string]>([
    ['encode', 'def encode_features(bins=3):\n    return 1'],
    ['label', 'def extract_label(frame, *, cut=3):\n    return 1'],
    ['train', 'def make_model(n_features, c=1.0):\n    return 1']
  ])('allows more parameters with defaults (%s)', (role, code) => {
    expect(faults(code, role)).toEqual([]);
  });

  it('wants a result', () => {
    const code =
      'def prepare(a):\n    def inner():\n        return 1\n    inner()\n';
    expect(faults(code)).toEqual(['1: prepare() returns nothing.']);
  });

  it.each([
    ['import pandas as pd', 'plain pandas is not tracked'],
    ['from subprocess import run', 'module subprocess'],
    ['print(1)', 'does something when it is run'],
    ['for a in b:\n    c()', 'does something when it is run']
  ])('refuses at the top level: %s', (code, says) => {
    const all = faults(`${code}\n${rewriteTo('customers')}`);
    expect(all).toEqual([expect.stringContaining(says)]);
  });

  it('lets plain pandas read what the cell has written to memory, and nothing else', () => {
    const reading =
      'import pandas\n\ndef rows_of(lines):\n    return pandas.read_csv(in_memory.reading("x.csv"))\n';
    expect(faults(`${reading}\n${rewriteTo('customers')}`)).toEqual([]);
    const more = reading + '\nBASE = pandas.read_csv("y.csv")\n';
    expect(faults(`${more}\n${rewriteTo('customers')}`)).toContainEqual(
      expect.stringContaining('plain pandas is not tracked')
    );
  });

  it('lets the cell that trains run the pipeline', () => {
    const code =
      'def make_model(n_features):\n    return Ridge()\n\nrun = p.run()\nprint(run)\n';
    expect(faults(code, 'train')).toEqual([]);
  });

  it.each([
    ['open("a.csv")', 'open() is not allowed'],
    ['eval("customers")', 'eval() is not allowed'],
    ['customers.iterrows()', '.iterrows is not tracked'],
    ['customers.to_numpy()', '.to_numpy is not tracked'],
    ['customers.dropna(inplace=True)', 'assign the result']
  ])('refuses inside the function: %s', (expression, says) => {
    expect(faults(rewriteTo(expression))).toEqual([
      expect.stringContaining(says)
    ]);
  });

  it('lets helpers do what the tracked function may not', () => {
    const helper =
      'def values(column):\n    return column.to_numpy()\n\n' +
      rewriteTo('customers.assign(n=customers["cid"].map(lambda c: c.iloc))');
    expect(faults(helper)).toEqual([]);
  });

  it('leaves the fitting to the pipeline', () => {
    const code = 'def make_model(n_features):\n    return Ridge().fit(X, y)\n';
    expect(faults(code, 'train')).toEqual([
      expect.stringContaining('Return it unfitted')
    ]);
  });
});
