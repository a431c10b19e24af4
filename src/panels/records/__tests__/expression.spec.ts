import fc from 'fast-check';

import type {
  IColumnInfo,
  ICondition
} from '../../../companion/protocol.generated';
import {
  COMPARISONS,
  completeFilter,
  formatFilter,
  parseFilter
} from '../expression';

const COLUMNS: IColumnInfo[] = [
  { name: 'country', dtype: 'str' },
  { name: 'age', dtype: 'int64' },
  { name: 'is active', dtype: 'bool' },
  { name: 'and', dtype: 'str' }
];

const NO_VALUES = () => [];

describe('parseFilter', () => {
  it('reads conditions in the types of their columns', () => {
    const text = 'country == "DE" and age >= 18 and `is active` == true';
    expect(parseFilter(text, COLUMNS)).toEqual({
      conditions: [
        { column: 'country', comparison: '==', value: 'DE' },
        { column: 'age', comparison: '>=', value: 18 },
        { column: 'is active', comparison: '==', value: true }
      ]
    });
  });

  it('has no conditions when it is empty', () => {
    expect(parseFilter('  ', COLUMNS)).toEqual({ conditions: [] });
  });

  it.each([
    ['town == 1', 'column', 'town'],
    ['age', 'comparison', ''],
    ['age = 3', 'comparison', '='],
    ['age >', 'value', ''],
    ['age > 3 age < 4', 'and', 'age'],
    ['age > 3 and', 'column', '']
  ])('tells what is wrong with %s', (text, problem, found) => {
    expect(parseFilter(text, COLUMNS)).toEqual({ problem, found });
  });

  it('reads whatever was written', () => {
    const name = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
        fc.array(
          fc.tuple(fc.nat(), fc.constantFrom(...COMPARISONS), fc.string()),
          { maxLength: 4 }
        ),
        (names, drawn) => {
          const columns = names.map(one => ({ name: one, dtype: 'str' }));
          const conditions = drawn.map(
            ([at, comparison, value]): ICondition => ({
              column: names[at % names.length],
              comparison,
              value: comparison.startsWith('is-') ? null : value
            })
          );
          expect(parseFilter(formatFilter(conditions), columns)).toEqual({
            conditions
          });
        }
      )
    );
  });
});

describe('completeFilter', () => {
  it.each<[string, number, string[]]>([
    ['', 0, ['country', 'age', '`is active`', '`and`']],
    ['act', 0, ['`is active`']],
    ['age >', 4, ['>', '>=']],
    ['country == "DE" a', 16, ['and']],
    ['country is-missing and ag', 23, ['age']]
  ])('completes %s', (text, from, options) => {
    expect(completeFilter(text, COLUMNS, NO_VALUES)).toEqual({ from, options });
  });

  it('offers the values that a column is known to hold', () => {
    const valuesOf = (column: string) =>
      column === 'country' ? ['DE', 'UK'] : [];
    const found = completeFilter('country == ', COLUMNS, valuesOf);
    expect(found.options).toEqual(['"DE"', '"UK"']);
    const begun = completeFilter('country == "u', COLUMNS, valuesOf);
    expect(begun).toEqual({ from: 11, options: ['"UK"'] });
  });
});
