/**
 * Keeps data values out of what is told to a model: texts lose the literals that
 * the notebook's own code does not contain, values are described by their shape.
 */

/** A quoted literal as Python prints one; an apostrophe follows a letter. */
const QUOTED = /(?<!\w)b?(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")/g;

/** A literal that was cut off, which runs to the end of the text. */
const CUT_OFF = /(^|[\s([{:=,])(?:'[^'\n]*|"[^"\n]*)$/gm;

/** A number long enough to identify something. */
const LONG_NUMBER = /\b\d{5,}(?:\.\d+)?\b/g;

/**
 * The text without literals that could be data.
 *
 * @param known - text that the model is shown anyway (the code, the schemas);
 * literals that occur in it stay, for column names matter most in an error.
 */
export function redact(text: string, known: string): string {
  return text
    .replace(QUOTED, (whole, single?: string, double?: string) => {
      const inner = single ?? double ?? '';
      return inner.trim() === '' || known.includes(inner) ? whole : '<value>';
    })
    .replace(CUT_OFF, (_, before: string) => `${before}<value>`)
    .replace(LONG_NUMBER, number =>
      known.includes(number) ? number : '<number>'
    );
}

/** Values that say nothing about anybody. */
const PLAIN: ReadonlySet<string> = new Set([
  '',
  'no such row',
  'None',
  'nan',
  'NaN',
  'NaT',
  '<NA>',
  'True',
  'False',
  '0',
  '1',
  '0.0',
  '1.0',
  "''",
  '""'
]);

/** A value by its shape: kind, length, what surrounds it; never the value. */
export function shapeOf(value: string): string {
  if (PLAIN.has(value)) {
    return value === '' ? 'an empty text' : value;
  }
  if (isNumber(value)) {
    return /^[+-]?\d+$/.test(value) ? 'a whole number' : 'a decimal number';
  }
  const text = unquote(value);
  const traits = [
    text !== text.trimStart() ? 'leading blanks' : '',
    text !== text.trimEnd() ? 'trailing blanks' : '',
    text === '' || text.toLowerCase() === text.toUpperCase()
      ? ''
      : text === text.toLowerCase()
        ? 'lower case'
        : text === text.toUpperCase()
          ? 'upper case'
          : 'mixed case'
  ].filter(trait => trait !== '');
  const about = traits.length > 0 ? `, ${traits.join(', ')}` : '';
  return `a text of ${text.length} characters${about}`;
}

/** How two values that should be equal relate, or null when nothing is evident. */
export function relationOf(original: string, rewritten: string): string | null {
  if (isNumber(original) && isNumber(rewritten)) {
    return numberRelation(Number(original), Number(rewritten));
  }
  const [a, b] = [unquote(original), unquote(rewritten)];
  if (a === b) {
    return 'they read the same but differ in type';
  }
  if (a.trim() === b.trim()) {
    return 'they differ only in blanks around them';
  }
  if (a.toLowerCase() === b.toLowerCase()) {
    return 'they differ only in upper and lower case';
  }
  if (a !== '' && b !== '' && (a.startsWith(b) || b.startsWith(a))) {
    return 'one is the beginning of the other';
  }
  return null;
}

function numberRelation(a: number, b: number): string {
  if (a === b) {
    return 'they are equal as numbers but differ in type';
  }
  if (a === -b) {
    return 'they differ only in sign';
  }
  const relative = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  return `they differ by ${relative.toExponential(1)} of the larger one`;
}

function isNumber(value: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);
}

function unquote(value: string): string {
  const match = /^(['"])([\s\S]*)\1$/.exec(value);
  return match ? match[2] : value;
}
