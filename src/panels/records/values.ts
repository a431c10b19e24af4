/** Values that people type, in the type of a column. */
import type { ICondition } from '../../companion/protocol.generated';

const NUMERIC = /^(u?int|float)/i;

/** The value of a text in the type of its column. */
export function typedValue(text: string, dtype: string): ICondition['value'] {
  if (/^bool/i.test(dtype)) {
    return text.trim().toLowerCase() === 'true';
  }
  const number = Number(text);
  return NUMERIC.test(dtype) && text.trim() !== '' && !Number.isNaN(number)
    ? number
    : text;
}

/** The keys of a text, one a line; blank lines and repeats do not count. */
export function keysOf(text: string, dtype: string): (string | number)[] {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '');
  return [...new Set(lines)].map(line => {
    const value = typedValue(line, dtype);
    return typeof value === 'number' ? value : line;
  });
}
