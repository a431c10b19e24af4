/**
 * Variables that a loop reads although an earlier loop left them over, so that
 * every row gets the value of that loop's last row.
 */
import type { ExprNode, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import type { IFinding } from '../../interfaces';
import type { IAnalysis } from '../analysis';
import type { CellText, IPlaced } from '../celltext';
import type { IStaleRead } from '../run';
import { isOverRows } from '../row';
import { sameExpr } from '../traversal';
import { marked } from './finding';
import type { FindingRule, IEdit, IFindingContext } from './finding';

export const staleVariables: FindingRule = context => {
  const inCell = (read: IStaleRead) => read.cell === context.cell.index;
  if (!context.analysis.machine.staleReads.some(inCell)) {
    return [];
  }
  const reads = context.tolerant().machine.staleReads.filter(inCell);
  const byName = new Map(reads.map(read => [read.stale.name, read] as const));
  const first = [...byName.values()];
  if (first.length === 0) {
    return [];
  }
  const fix = fixOf(first, context);
  return [
    ...first.map((read): IFinding => ({
      kind: 'stale-variable',
      severity: 'warning',
      message: messageOf(read, context),
      line: read.line,
      column: read.column,
      ...(fix ? { fix } : {})
    })),
    ...constantLabel(context, first[0].line)
  ];
};

function messageOf(read: IStaleRead, { cell }: IFindingContext): string {
  const { name, loopLine, cell: from } = read.stale;
  const where =
    from === cell.index
      ? `line ${loopLine}`
      : `cell ${from + 1}, line ${loopLine}`;
  return `\`${name}\` is left over from the loop in ${where}: it is the value of that loop's last row, the same for every row here.`;
}

/** Labels that depend on nothing but left-over variables are all the same. */
function constantLabel(context: IFindingContext, line: number): IFinding[] {
  const { label } = context.tolerant();
  const constant =
    label?.cell === context.cell.index && !isOverRows(label.label.expr);
  return constant
    ? [
        {
          kind: 'constant-label',
          severity: 'warning',
          message: `Every label in \`${label.label.name}\` is the same: it depends on no value of the row.`,
          line
        }
      ]
    : [];
}

// --- the fix ----------------------------------------------------------------------

/** Loop over the lists that hold what the variables were meant to be. */
function fixOf(
  reads: readonly IStaleRead[],
  context: IFindingContext
): IFinding['fix'] | null {
  const { text } = context;
  const loop = loopAround(reads[0], text);
  if (!loop) {
    return null;
  }
  const lists = reads.map(read => ({
    name: read.stale.name,
    list: listOf(read, context.tolerant())
  }));
  if (lists.some(({ list }) => list === null)) {
    return null;
  }
  const edits = zipEdits(loop, lists as { name: string; list: string }[], text);
  const code = context.fixed(edits);
  const names = lists.map(({ name }) => `\`${name}\``).join(' and ');
  const title = `Take ${names} from the same row`;
  return code === null
    ? null
    : {
        title,
        code: marked(code, `${names} of the same row, not of the last one`)
      };
}

interface ILoop {
  target: ExprNode;
  iter: ExprNode;
}

/** The outermost loop or comprehension that a place is in. */
function loopAround(place: IStaleRead, text: CellText): ILoop | null {
  for (const statement of text.module.body) {
    if (!contains(statement, place)) {
      continue;
    }
    if (statement.nodeType === 'For') {
      return statement;
    }
    return comprehensionIn(statement, place);
  }
  return null;
}

function comprehensionIn(statement: StmtNode, place: IStaleRead): ILoop | null {
  for (const node of walk(statement)) {
    if (
      (node.nodeType === 'ListComp' || node.nodeType === 'GeneratorExp') &&
      contains(node, place)
    ) {
      return node.generators[0];
    }
  }
  return null;
}

function contains(node: IPlaced, { line }: IStaleRead): boolean {
  return (node.lineno ?? 1) <= line && line <= (node.end_lineno ?? 1);
}

/** A list of the notebook with the left-over value's column. */
function listOf(read: IStaleRead, analysis: IAnalysis): string | null {
  const { last } = read.stale;
  if (last.kind !== 'scalar') {
    return null;
  }
  for (const { name, value } of analysis.machine.events) {
    if (value.kind !== 'list' || value.build.entries.length === 0) {
      continue;
    }
    const { spoiled, entries } = value.build;
    const [{ added }] = entries;
    if (
      !spoiled &&
      added.kind === 'scalar' &&
      sameExpr(added.expr, last.expr)
    ) {
      return name;
    }
  }
  return null;
}

/** `for t in texts` as `for t, mood in zip(texts, moods)`. */
function zipEdits(
  loop: ILoop,
  lists: readonly { name: string; list: string }[],
  text: CellText
): IEdit[] {
  const names = lists.map(({ name }) => name).join(', ');
  const further = lists.map(({ list }) => list).join(', ');
  const { target, iter } = loop;
  const isZip = iter.nodeType === 'Call' && text.source(iter.func) === 'zip';
  const source = text.source(iter);
  return [
    {
      ...text.range(target),
      text: `${isZip ? text.source(target) : inParentheses(target, text)}, ${names}`
    },
    {
      ...text.range(iter),
      text: isZip
        ? `${source.slice(0, -1)}, ${further})`
        : `zip(${source}, ${further})`
    }
  ];
}

function inParentheses(target: ExprNode, text: CellText): string {
  const source = text.source(target);
  return target.nodeType === 'Name' ? source : `(${source})`;
}
