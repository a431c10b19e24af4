/**
 * Which names of a script hold training, validation and test data.
 */
import { metricByName } from '../knowledge';

/** What part of the data a variable holds, by what it is called. */
export type Part = 'train' | 'valid' | 'test';

const NOT_DATA =
  /size|frac|ratio|len|num|^n_|_n$|trainer|path|file|dir|args|step|time|epoch|metric|result|history|pred|hat|output|logits|prob|report|fn$|func/i;

const PATTERNS: readonly [Part, RegExp][] = [
  ['train', /train|(^|_)tr(n)?($|_|\d)|^[xyd]s?tr$|(^|_)trn/i],
  ['test', /test|hold_?out|held_?out|(^|_)te($|_|\d)|^[xyd]s?te$|(^|_)tst/i],
  [
    'valid',
    /(^|_)val($|_|id|\d)|^[xyd]s?va(l(id)?)?$|val(id)?(ation)?_?(set|loader|data|ds|dl|idx)|(^|_)dev(_?set|_?data|_?loader|_ds|_dl|_[xy])?$/i
  ]
];

/** The part of the data that a variable of this name holds, or null. */
export function partByName(name: string): Part | null {
  if (NOT_DATA.test(name) || metricByName(name) === true) {
    return null;
  }
  return PATTERNS.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}

/** A name for the part of the training data that is trained on during a search. */
export function fitName(name: string): string {
  return replaced(name, /train(ing)?|tr(?=$|_|\d)|trn/i, 'fit');
}

/** A name for the part of the training data that a search is scored on. */
export function validName(name: string): string {
  return replaced(
    name,
    /test(ing)?|te(?=$|_|\d)|tst|hold_?out|held_?out/i,
    'valid'
  );
}

/** The name that the test part of this training part has. */
export function isCounterpart(train: string, test: string): boolean {
  return (
    fitName(train).toLowerCase().replace('fit', '') ===
    validName(test).toLowerCase().replace('valid', '')
  );
}

function replaced(name: string, part: RegExp, by: string): string {
  const found = part.exec(name);
  if (!found) {
    return `${name}_${by}`;
  }
  const isUpper = /^[A-Z]{2}/.test(found[0]);
  const isCapital = /^[A-Z]/.test(found[0]);
  const word = isUpper
    ? by.toUpperCase()
    : isCapital
      ? by[0].toUpperCase() + by.slice(1)
      : by;
  return name.replace(part, word);
}
