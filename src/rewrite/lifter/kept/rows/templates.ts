/**
 * Texts that are made of a template and values, as Python makes them.
 */

/** A value that paths are made of. */
export type Plain = string | number;

/** Parts of a path as one. */
export function joinedPath(parts: readonly (Plain | null)[]): string | null {
  return parts.includes(null)
    ? null
    : parts
        .join('/')
        .replace(/\/+/g, '/')
        .replace(/^(\.\/)+/, '');
}

/** A value as a format writes it; null when the format is not known here. */
export function formatted(
  value: Plain | null,
  spec: string | null
): string | null {
  const parts = spec === null ? null : /^(0?)(\d*)([sd]?)$/.exec(spec);
  if (value === null || !parts) {
    return null;
  }
  const [, zero, width, type] = parts;
  const isNumber = typeof value === 'number';
  if (type !== '' && isNumber !== (type === 'd')) {
    return null;
  }
  if (!isNumber) {
    return zero ? null : value.padEnd(Number(width));
  }
  return zero ? zeroFilled(value, Number(width)) : padded(value, width);
}

/** `template % values`. */
export function filledPercent(
  template: Plain | null,
  values: readonly (Plain | null)[]
): string | null {
  return filled(template, values, /%(%|(0?)(\d*)([sdi]))/g, (value, match) => {
    const [, , zero, width, type] = match;
    if (type !== 's' && typeof value !== 'number') {
      return null;
    }
    return zero && type !== 's'
      ? zeroFilled(Number(value), Number(width))
      : padded(value, width);
  });
}

/** What a method of a string makes; null for one that is not known here. */
export function ofMethod(
  name: string,
  text: Plain | null,
  args: readonly (Plain | null)[]
): string | null {
  switch (name) {
    case 'format':
      return filled(text, args, /(\{)(?::([^{}]*))?\}/g, (value, [, , spec]) =>
        formatted(value, spec ?? '')
      );
    case 'zfill':
      return typeof text === 'string' &&
        /^\d*$/.test(text) &&
        typeof args[0] === 'number'
        ? text.padStart(args[0], '0')
        : null;
    default:
      return null;
  }
}

/** A template with each of its places taken in order. */
function filled(
  template: Plain | null,
  values: readonly (Plain | null)[],
  places: RegExp,
  written: (value: Plain, match: readonly string[]) => string | null
): string | null {
  if (typeof template !== 'string') {
    return null;
  }
  let isKnown = !/[%{}]/.test(template.replace(places, ''));
  let taken = 0;
  const text = template.replace(places, (...match: string[]) => {
    if (match[1] === '%') {
      return '%';
    }
    const value = values[taken++] ?? null;
    const part = value === null ? null : written(value, match);
    isKnown &&= part !== null;
    return part ?? '';
  });
  return isKnown && taken === values.length ? text : null;
}

function padded(value: Plain, width: string): string {
  return String(value).padStart(Number(width || 0));
}

function zeroFilled(value: number, width: number): string {
  const digits = String(Math.abs(value));
  return value < 0
    ? `-${digits.padStart(width - 1, '0')}`
    : digits.padStart(width, '0');
}
