/**
 * Statistics that saw the rows which the model is tested on.
 */
import type { ASTNodeUnion, ExprNode, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import type { IFinding } from '../../interfaces';
import { loadedNames } from '../celltext';
import { stepsOf } from '../kept/slicing';
import type { IStep } from '../kept/slicing';
import { walkExpr } from '../traversal';
import { behindFeatures, divisionIn, nameOf } from './division';
import { marked } from './finding';
import type { FindingRule, IFindingContext } from './finding';

const KIND = 'statistics-include-test-rows';

/** Where statistics are computed over all rows, and a split follows. */
export const leakedStatistics: FindingRule = context => {
  const { cell, role } = context;
  const split = divisionIn(context.analysis.cells);
  if (!split) {
    return [];
  }
  const lifted = role === 'encode' ? liftedLeaks(context) : [];
  const found = lifted.length > 0 ? lifted : writtenLeaks(context, split);
  return found.map(({ told, line }): IFinding => ({
    kind: KIND,
    severity: 'warning',
    message: `${told} over all rows, also those that the model is tested on. A faithful rewrite keeps that${advice(cell.index, split)}.`,
    line
  }));
};

/** The training, with statistics of its features over the training rows only. */
export const leakInTraining: FindingRule = context => {
  const { analysis, cell } = context;
  const split = divisionIn(context.analysis.cells);
  const trains = analysis.fit?.cell === cell.index;
  if (!trains || !split) {
    return [];
  }
  const leaks = analysis.cells.flatMap(other => {
    const { text } = other;
    const roles = analysis.roles.get(other.index) ?? [];
    const own = text && roles.includes('encode');
    return own
      ? leaksOf({ ...context, cell: other, text, role: 'encode' }, split)
      : [];
  });
  const code = leaks.length > 0 ? context.fixed([]) : null;
  const mended = code?.replace(
    'fit_encoders_on="all"',
    'fit_encoders_on="train"'
  );
  return code === null || mended === code || mended === undefined
    ? []
    : [
        {
          kind: KIND,
          severity: 'warning',
          message: `The features are scaled or filled by what was learned over all rows (cell ${leaks[0].cell + 1}, line ${leaks[0].line}), also those that the model is tested on. The rewrite keeps that (fit_encoders_on="all").`,
          line: split.statement.lineno ?? 1,
          fix: {
            title: 'Learn from the training rows only',
            code: marked(
              mended,
              'statistics of features come from the training rows only'
            )
          }
        }
      ];
};

interface ILeak {
  told: string;
  line: number;
  cell: number;
}

function leaksOf(context: IFindingContext, split: IStep): ILeak[] {
  const lifted = liftedLeaks(context);
  return lifted.length > 0 ? lifted : writtenLeaks(context, split);
}

function advice(cell: number, split: IStep): string {
  return cell === split.cell.index
    ? ''
    : `; the rewrite of cell ${split.cell.index + 1} offers to mend it`;
}

// --- statistics that were understood ------------------------------------------------

function liftedLeaks({ analysis, cell }: IFindingContext): ILeak[] {
  if (analysis.matrix?.cell !== cell.index) {
    return [];
  }
  return analysis.matrix.matrix.blocks.flatMap(({ block, name }): ILeak[] => {
    const statistics = [...walkExpr(block.expr)].flatMap(part =>
      part.kind === 'statistic' ? [part.statistic] : []
    );
    const [first] = statistics;
    const names = [...new Set(statistics.map(each => each.name))].join(' and ');
    return first
      ? [
          {
            told: `The ${names} of ${name ? `\`${name}\`` : 'this feature'} are taken`,
            line: first.line,
            cell: cell.index
          }
        ]
      : [];
  });
}

// --- statistics as they are written -------------------------------------------------

const LEARNERS =
  /^(StandardScaler|MinMaxScaler|MaxAbsScaler|RobustScaler|PowerTransformer|QuantileTransformer|KBinsDiscretizer|SimpleImputer|KNNImputer|PCA|TruncatedSVD|SelectKBest|SelectPercentile|VarianceThreshold|TfidfVectorizer|TargetEncoder)$/;

const STATISTICS =
  /^(mean|std|var|median|quantile|min|max|nanmean|nanstd|nanmedian)$/;

/** What puts statistics into values: filling gaps, and arithmetic with them. */
function writtenLeaks(context: IFindingContext, split: IStep): ILeak[] {
  const { analysis, cell } = context;
  const steps = stepsOf(analysis.cells);
  const known: IKnown = {
    learners: new Set(steps.flatMap(step => learnerNames(step.statement))),
    functions: new Set(steps.flatMap(scalingFunction)),
    statistics: new Map(steps.flatMap(statisticNames))
  };
  const behind = behindFeatures(steps);
  return steps
    .slice(0, steps.indexOf(split))
    .filter(step => step.cell === cell && behind.has(step))
    .flatMap(step => {
      const told = fittedIn(step, known) ?? computedIn(step, known);
      const line = step.statement.lineno ?? 1;
      return told === null ? [] : [{ told, line, cell: cell.index }];
    });
}

/** What the notebook calls things that hold or compute statistics. */
interface IKnown {
  /** Transformers that learn. */
  learners: ReadonlySet<string>;
  /** Functions that scale what they are given. */
  functions: ReadonlySet<string>;
  /** Variables, with the source of their statistic. */
  statistics: ReadonlyMap<string, string>;
}

/** Variables that hold a transformer which learns statistics. */
function learnerNames(statement: StmtNode): string[] {
  return statement.nodeType === 'Assign' && isLearner(statement.value)
    ? statement.targets.flatMap(target =>
        target.nodeType === 'Name' ? [target.id] : []
      )
    : [];
}

function isLearner(node: ExprNode): boolean {
  return node.nodeType === 'Call' && LEARNERS.test(nameOf(node));
}

function fittedIn(
  { statement, text }: IStep,
  { learners }: IKnown
): string | null {
  for (const node of walk(statement)) {
    if (
      node.nodeType === 'Call' &&
      node.func.nodeType === 'Attribute' &&
      /^fit(_transform)?$/.test(node.func.attr)
    ) {
      const { value } = node.func;
      const known = value.nodeType === 'Name' && learners.has(value.id);
      if (known || isLearner(value)) {
        return `\`${text.source(value)}\` is fitted`;
      }
    }
  }
  return null;
}

/** A function that changes its argument by statistics of all of it. */
function scalingFunction({ statement }: IStep): string[] {
  const scales =
    statement.nodeType === 'FunctionDef' &&
    [...walk(statement)].some(
      node => isChange(node) && [...walk(node)].some(isStatistic)
    );
  return scales ? [statement.name] : [];
}

/** A variable that holds a statistic and nothing else. */
function statisticNames({ statement, text }: IStep): [string, string][] {
  if (statement.nodeType !== 'Assign' || !isStatistic(statement.value)) {
    return [];
  }
  const source = text.source(statement.value);
  return statement.targets.flatMap((target): [string, string][] =>
    target.nodeType === 'Name' ? [[target.id, source]] : []
  );
}

/** Statistics of a column that change the column: `(x - x.mean()) / x.std()`, `fillna`. */
function computedIn(
  { statement, text }: IStep,
  { functions, statistics }: IKnown
): string | null {
  if (statement.nodeType !== 'Assign' && statement.nodeType !== 'For') {
    return null;
  }
  const sources = new Set<string>();
  const ofRow = rowNames(statement);
  for (const node of walk(statement)) {
    if (node.nodeType === 'Call' && functions.has(nameOf(node))) {
      sources.add(text.source(node));
    }
    for (const part of isChange(node) ? walk(node) : []) {
      const named = part.nodeType === 'Name' ? statistics.get(part.id) : null;
      const ofAll =
        isStatistic(part) &&
        ![...loadedNames(part)].some(name => ofRow.has(name));
      const source = ofAll ? text.source(part) : named;
      if (source) {
        sources.add(source);
      }
    }
  }
  const told = [...sources].slice(0, 2).map(source => `\`${source}\``);
  return told.length === 0
    ? null
    : `${told.join(' and ')} ${told.length > 1 ? 'are' : 'is'} computed`;
}

/** Names that a loop or comprehension gives another value for each row. */
function rowNames(statement: StmtNode): Set<string> {
  const loops = [...walk(statement)].flatMap((node): ASTNodeUnion[] =>
    node.nodeType === 'For'
      ? [node]
      : node.nodeType === 'Comprehension'
        ? [node.target]
        : []
  );
  const names = loops.flatMap(loop =>
    [...walk(loop)].flatMap(node =>
      node.nodeType === 'Name' && node.ctx.nodeType === 'Store' ? [node.id] : []
    )
  );
  return new Set(names);
}

function isChange(node: ASTNodeUnion): boolean {
  const changes =
    isArithmetic(node) || isFilling(node) || node.nodeType === 'IfExp';
  return changes && !isStatistic(node);
}

function isArithmetic(node: ASTNodeUnion): boolean {
  return (
    node.nodeType === 'BinOp' &&
    (node.op.nodeType === 'Sub' || node.op.nodeType === 'Div')
  );
}

function isFilling(node: ASTNodeUnion): boolean {
  return node.nodeType === 'Call' && nameOf(node) === 'fillna';
}

/** A statistic of all rows: not of groups, windows, or of each row. */
function isStatistic(node: ASTNodeUnion): node is ExprNode {
  if (node.nodeType === 'BinOp') {
    return isHandMean(node.left, node.right);
  }
  if (node.nodeType !== 'Call' || !STATISTICS.test(nameOf(node))) {
    return false;
  }
  // `max(a, b)` of two values is no statistic.
  if (node.func.nodeType === 'Name' && node.args.length !== 1) {
    return false;
  }
  const overColumns = [...node.args.slice(1), ...node.keywords].some(
    part => part.nodeType === 'Keyword' && part.arg === 'axis'
  );
  const divided = [...walk(node)].some(
    part =>
      part.nodeType === 'Call' &&
      /^(groupby|rolling|resample|expanding|ewm|apply)$/.test(nameOf(part))
  );
  return !overColumns && !divided;
}

/** `sum(values) / len(values)`. */
function isHandMean(left: ExprNode, right: ExprNode): boolean {
  const [over, by] = [left, right].map(each =>
    each.nodeType === 'Call' && each.args[0]?.nodeType === 'Name'
      ? { name: nameOf(each), of: each.args[0].id }
      : null
  );
  return over?.name === 'sum' && by?.name === 'len' && over.of === by.of;
}
