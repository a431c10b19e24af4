/**
 * Names of files are what Python makes of their templates; what is not known is told.
 */
import {
  filledPercent,
  formatted,
  joinedPath,
  ofMethod
} from '../kept/rows/templates';

describe('templates of file names', () => {
  it.each([
    ['%s_%02d.csv', ['in', 3], 'in_03.csv'],
    ['%d%%.csv', [7], '7%.csv'],
    ['%03d', [-4], '-04'],
    ['%4s|%4d', ['ab', 12], '  ab|  12'],
    ['%d.csv', ['7'], null],
    ['%.2f.csv', [7], null],
    ['%-5s', ['a'], null],
    ['%s.csv', ['a', 'b'], null],
    ['%s_%s.csv', ['a'], null]
  ])('%j %% %j', (template, values, path) => {
    expect(filledPercent(template, values)).toBe(path);
  });

  it.each([
    [3, '02d', '03'],
    [3, '02', '03'],
    [3, '', '3'],
    [3, '3', '  3'],
    ['ab', '4', 'ab  '],
    ['ab', 's', 'ab'],
    ['ab', '04', null],
    ['3', 'd', null],
    [3, 's', null],
    [3, '>4', null],
    [3, null, null]
  ])('%j written as %j', (value, spec, text) => {
    expect(formatted(value, spec)).toBe(text);
  });

  it('fills by `format` and `zfill`', () => {
    expect(ofMethod('format', '{}/{:02d}.csv', ['a', 4])).toBe('a/04.csv');
    expect(ofMethod('format', '{0}.csv', ['a'])).toBeNull();
    expect(ofMethod('format', '{{}}.csv', ['a'])).toBeNull();
    expect(ofMethod('zfill', '7', [3])).toBe('007');
    expect(ofMethod('zfill', '-7', [3])).toBeNull();
    expect(ofMethod('upper', 'a', [])).toBeNull();
  });

  it('joins parts that are known', () => {
    expect(joinedPath(['./data', 'a.csv'])).toBe('data/a.csv');
    expect(joinedPath(['data', null])).toBeNull();
  });
});
