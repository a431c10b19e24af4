/**
 * The registry of vector rules, in the order in which they are tried.
 */
import {
  comparison,
  conditionalValue,
  keyMembership,
  logic,
  membership,
  negation
} from './conditions';
import {
  arithmetic,
  conversion,
  renderedText,
  sign,
  statisticValue
} from './numbers';
import type { VectorRule } from './rule';
import {
  stringConcatenation,
  stringContains,
  stringLength,
  stringMethod,
  stringPiece,
  stringSlice
} from './strings';

export const VECTOR_RULES: readonly VectorRule[] = [
  stringMethod,
  stringSlice,
  stringPiece,
  stringLength,
  stringContains,
  stringConcatenation,
  comparison,
  membership,
  keyMembership,
  logic,
  negation,
  conditionalValue,
  arithmetic,
  sign,
  conversion,
  renderedText,
  statisticValue
];
