/**
 * What is said of code that hurried people wrote: each finding here was looked at, and
 * none is nonsense.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { lift } from '../../rewrite/lifter';
import { ScriptFile } from '../document';

const CASES = path.resolve(__dirname, '../../../bench/rewrite/cases');

/** A finding that says the author can hardly have meant it. */
type Told = [cell: number, line: number, kind: string];

const LEAK = 'statistics-include-test-rows';

const EXPECTED: Readonly<Record<string, readonly Told[]>> = {
  'car-mileage': [[3, 19, LEAK]],
  'country-growth': [],
  'diabetes-progress': [[3, 2, LEAK]],
  'diamond-prices': [],
  'digit-scans': [[3, 6, LEAK]],
  'flight-delays': [[3, 6, LEAK]],
  'house-sales': [],
  'iris-petals': [],
  'mammal-sleep': [[3, 3, LEAK]],
  'penguin-species': [[3, 14, LEAK]],
  'plane-usage': [],
  'rainy-days': [],
  'starwars-droids': [],
  'storm-hurricanes': [],
  'tumour-diagnosis': [],
  'unemployment-trend': [],
  'wine-growers': []
};

/** Findings that tell what a rewrite leaves out or treats otherwise. */
const ABOUT_THE_REWRITE =
  /^(lost-|kept-code|ragged-lines|zero-spread|separator-in-field)/;

describe('findings on the cases', () => {
  it.each(Object.keys(EXPECTED))('of %s', name => {
    const script = readFileSync(path.join(CASES, name, 'messy.py'), 'utf8');
    const { codeCells } = ScriptFile.parse(script);

    const found = codeCells.flatMap(({ id }, index) =>
      lift(codeCells, id)
        .findings.filter(({ kind }) => !ABOUT_THE_REWRITE.test(kind))
        .map(finding => ({ cell: index + 1, ...finding }))
    );

    const told = found
      .filter(({ fix }) => !fix)
      .map(({ cell, line, kind }): Told => [cell, line, kind]);
    expect(told).toEqual(EXPECTED[name]);
    // Where the training can be lifted, it offers to mend the leaks and nothing else.
    const mended = found.filter(({ fix }) => fix).map(({ kind }) => kind);
    expect(mended.every(kind => kind === LEAK && told.length > 0)).toBe(true);
  });
});
