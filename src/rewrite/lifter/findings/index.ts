/**
 * The registry of findings.
 */
import type { ICodeCell, IFinding } from '../../interfaces';
import { analyse } from '../analysis';
import type { IAnalysis } from '../analysis';
import { LiftRefusal } from '../refusal';
import type { ICellRun } from '../run';
import { constantLabels, constantTests } from './constants';
import { missingSpread } from './features';
import { raggedLines, separatorInField } from './files';
import { edited } from './finding';
import type { FindingRule, IFindingContext } from './finding';
import { unusedHelpers } from './helpers';
import { leakInTraining, leakedStatistics } from './leaks';
import { lostFile, lostNames, lostOutputs, lostStatements } from './names';
import { rawTests } from './rawtests';
import { staleVariables } from './stale';

const FINDING_RULES: readonly FindingRule[] = [
  staleVariables,
  constantLabels,
  constantTests,
  unusedHelpers,
  rawTests,
  leakedStatistics,
  leakInTraining,
  missingSpread,
  raggedLines,
  separatorInField,
  lostFile,
  lostNames,
  lostOutputs,
  lostStatements
];

/**
 * What is odd about a cell.
 *
 * @param relift - the rewritten cell of an edited notebook; null when refused.
 */
export function findingsOf(
  cell: ICellRun,
  analysis: IAnalysis,
  cells: readonly ICodeCell[],
  relift: (cells: readonly ICodeCell[]) => string | null
): IFinding[] {
  const { text } = cell;
  if (!text) {
    return [];
  }
  let tolerant: IAnalysis | null = null;
  const context: IFindingContext = {
    cell,
    text,
    role: analysis.roles.get(cell.index)?.[0] ?? null,
    analysis,
    tolerant: () => (tolerant ??= analyse(cells, { staleAsConstant: true })),
    fixed: edits => relift(edited(cells, cell, text, edits))
  };
  return FINDING_RULES.flatMap(rule => foundBy(rule, context)).sort(
    (a, b) => a.line - b.line
  );
}

/** What a rule finds; nothing where what it looks at could not be followed. */
function foundBy(rule: FindingRule, context: IFindingContext): IFinding[] {
  try {
    return rule(context);
  } catch (error) {
    if (error instanceof LiftRefusal) {
      return [];
    }
    throw error;
  }
}
