import { normalForm, parseCell } from '../syntax';

describe('parseCell', () => {
  it('gives the tree', () => {
    expect(parseCell('x = 1')).toMatchObject({ ok: true });
  });

  it('gives the place of a syntax error', () => {
    expect(parseCell('x = 1\n  y = 2\n')).toEqual({
      ok: false,
      problem: { message: 'unexpected indent', line: 2, column: 2 }
    });
  });
});

describe('normalForm', () => {
  it.each([
    ['x = "a"', "x = 'a'  # comment"],
    ['f(1,\n  2)', 'f(1, 2)'],
    ['x = f"a{b}"', "x = (f'a{b}')"],
    ['if a:\n  b()', 'if a:\n\n      b()\n']
  ])('is the same for %j and %j', (a, b) => {
    expect(normalForm(a)).toBe(normalForm(b));
  });

  it.each([
    ['x = 1', 'x = 1.0'],
    ['x = "1"', 'x = 1'],
    ['x = "a"', 'x = b"a"'],
    ['x = ...', 'x = "..."'],
    ['x = None', 'x = "None"'],
    ['x = 99999999999999999999', 'x = 99999999999999999998'],
    ['f(a, b)', 'f(b, a)']
  ])('differs for %j and %j', (a, b) => {
    expect(normalForm(a)).not.toBe(normalForm(b));
  });

  it('is the text itself when that does not parse', () => {
    expect(normalForm(' hello world \n')).toBe('hello world');
  });
});
