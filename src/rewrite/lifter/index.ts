/**
 * The lifter: a small compiler from imperative notebook cells to plain pandas and
 * scikit-learn.
 */
export { cellRoles, lift } from './lift';
export type { ILiftOptions } from './lift';
export type { IOutputs } from './outputs';
