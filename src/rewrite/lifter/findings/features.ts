/**
 * Features by hand: what happens without spread.
 */
import type { IFinding } from '../../interfaces';
import { scaled } from '../features/scaling';
import type { FindingRule } from './finding';

/** Scaling by hand divides by zero where scikit-learn does not. */
export const missingSpread: FindingRule = ({ role, analysis }) => {
  if (role !== 'encode') {
    return [];
  }
  return (analysis.matrix?.matrix.blocks ?? []).flatMap(
    ({ block, name, line }): IFinding[] => {
      const found = block.kind === 'number' ? scaled(block.expr) : null;
      return found
        ? [
            {
              kind: 'zero-spread',
              severity: 'info',
              message: `When all values of ${name ? `\`${name}\`` : 'this feature'} are equal, the original divides by zero and gets nan; ${found.scaler} gives 0.`,
              line
            }
          ]
        : [];
    }
  );
};
