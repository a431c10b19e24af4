/**
 * Every idiom in many variants: each is lifted, and run beside the original.
 */
import { caseOf, compare, hasPython } from './oracle';
import type { ICase, IOutcome } from './oracle';
import { VARIANTS } from './variants';
import { FILES } from './variants/variant';
import type { IVariant } from './variants/variant';

const ALL = Object.entries(VARIANTS).flatMap(([idiom, variants]) =>
  variants.map(variant => ({ idiom, variant }))
);

function caseFor({ cells, cell, files }: IVariant): ICase {
  const id = `c${cell ?? cells.length}`;
  return caseOf(cells, id, { ...FILES, ...files });
}

describe.each(Object.entries(VARIANTS))('%s', (_, variants) => {
  it.each(variants.map(variant => [variant.title, variant] as const))(
    'lifts %s',
    (title, variant) => {
      const code = caseFor(variant).lifted.at(-1) ?? '';
      for (const part of variant.says ?? []) {
        if (typeof part === 'string') {
          expect(code).toContain(part);
        } else {
          expect(code).toMatch(part);
        }
      }
    }
  );
});

(hasPython ? describe : describe.skip)('beside the original', () => {
  let outcomes: IOutcome[] = [];

  beforeAll(() => {
    outcomes = compare(ALL.map(({ variant }) => caseFor(variant)));
  }, 120_000);

  it.each(
    ALL.map(({ idiom, variant }, at) => [idiom, variant.title, at] as const)
  )('%s: %s gives the same', (idiom, title, at) => {
    expect(outcomes[at]).toEqual({ same: true, failed: false, detail: null });
  });
});
