/**
 * The registry of feature kinds, in the order in which they are asked.
 */
import type { FeatureRule } from './feature';
import { formulas } from './formulas';
import { perValue } from './functions';
import { indicators } from './indicators';
import { scaling } from './scaling';

export const FEATURE_RULES: readonly FeatureRule[] = [
  indicators,
  perValue,
  scaling,
  formulas
];
