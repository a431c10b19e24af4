import { keysOf, typedValue } from '../values';

describe('typedValue', () => {
  it('is of the type of its column', () => {
    expect(typedValue('7', 'int64')).toBe(7);
    expect(typedValue('7', 'str')).toBe('7');
    expect(typedValue('True', 'bool')).toBe(true);
    expect(typedValue('', 'float64')).toBe('');
  });
});

describe('keysOf', () => {
  it('takes one key a line, once', () => {
    expect(keysOf(' a\r\n\nb\na ', 'str')).toEqual(['a', 'b']);
    expect(keysOf('1\n2\n1', 'int64')).toEqual([1, 2]);
    expect(keysOf('\n \n', 'str')).toEqual([]);
  });
});
