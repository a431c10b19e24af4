/**
 * Statistics of features: over which rows, and what happens without spread.
 */
import type { IFinding } from '../../interfaces';
import { scaled } from '../features/scaling';
import { walkExpr } from '../traversal';
import type { FindingRule } from './finding';

/** Statistics that saw the rows which the model is tested on. */
export const leakedStatistics: FindingRule = ({ role, analysis }) => {
  const splits = [analysis.fit?.features, analysis.fit?.labels].some(
    value => value?.kind === 'selected'
  );
  if (role !== 'encode' || !splits) {
    return [];
  }
  const findings: IFinding[] = [];
  for (const { block, name } of analysis.matrix?.matrix.blocks ?? []) {
    const statistics = [...walkExpr(block.expr)].flatMap(part =>
      part.kind === 'statistic' ? [part.statistic] : []
    );
    const [first] = statistics;
    if (first) {
      const names = [...new Set(statistics.map(each => each.name))].join(
        ' and '
      );
      findings.push({
        kind: 'statistics-include-test-rows',
        severity: 'warning',
        message: `The ${names} of ${name ? `\`${name}\`` : 'this feature'} are taken over all rows, also those that the model is tested on. The rewrite keeps that (fit_encoders_on="all").`,
        line: first.line
      });
    }
  }
  return findings;
};

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
