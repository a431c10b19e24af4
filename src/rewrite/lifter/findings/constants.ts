/**
 * Tests that are always true, and labels that are the same for every row.
 */
import type { ExprNode } from 'py-ast';
import { walk } from 'py-ast';

import type { IFinding } from '../../interfaces';
import type { IPlaced } from '../celltext';
import { behind } from '../expression';
import type { Expr } from '../expression';
import { sameExpr, walkExpr } from '../traversal';
import { typeOf } from '../typing';
import { marked } from './finding';
import type { FindingRule, IEdit, IFindingContext } from './finding';

type BoolOp = Extract<ExprNode, { nodeType: 'BoolOp' }>;
type Compare = Extract<ExprNode, { nodeType: 'Compare' }>;

/** `kind == "a" or "b"`: a text by itself is true. */
export const constantTests: FindingRule = context => {
  const { text } = context;
  return [...walk(text.module)].flatMap((node): IFinding[] => {
    const alone = node.nodeType === 'BoolOp' ? aloneIn(node) : null;
    if (node.nodeType !== 'BoolOp' || !alone) {
      return [];
    }
    const { place, constants } = alone;
    const meant = `${text.source(place)} in (${constants.map(each => text.source(each)).join(', ')})`;
    const always = constants.slice(1).map(each => `\`${text.source(each)}\``);
    return [
      {
        kind: 'constant-test',
        severity: 'warning',
        message: `\`${text.source(node)}\` is always true, for ${always.join(' and ')} by itself is. Was \`${meant}\` meant?`,
        line: node.lineno ?? 1,
        column: node.col_offset,
        ...fixOf(
          [{ ...text.range(node), text: meant }],
          `\`${meant}\` instead of \`${text.source(node)}\``,
          `Use \`${meant}\``,
          context
        )
      }
    ];
  });
};

/** What is compared with the first of the constants, when the others stand alone. */
function aloneIn({
  op,
  values
}: BoolOp): { place: ExprNode; constants: ExprNode[] } | null {
  const [first, ...others] = values;
  const isEqual =
    first.nodeType === 'Compare' &&
    first.ops.length === 1 &&
    first.ops[0].nodeType === 'Eq' &&
    first.comparators[0].nodeType === 'Constant';
  return op.nodeType === 'Or' && isEqual && others.every(isTrueConstant)
    ? { place: first.left, constants: [first.comparators[0], ...others] }
    : null;
}

function isTrueConstant(node: ExprNode): boolean {
  return (
    node.nodeType === 'Constant' &&
    (typeof node.value === 'string' || typeof node.value === 'number') &&
    Boolean(node.value)
  );
}

// --- labels -----------------------------------------------------------------------

/** A label that comes out the same whatever is in the row. */
export const constantLabels: FindingRule = context => {
  const { label } = context.analysis;
  if (
    !label ||
    label.cell !== context.cell.index ||
    constantOf(label.label.expr) === null
  ) {
    return [];
  }
  const { name, expr } = label.label;
  const comparison = impossibleIn(expr) ? typedApart(context) : null;
  const reason = comparison
    ? `\`${context.text.source(comparison.node)}\` compares a text with ${comparison.with}, and these are never equal`
    : 'it depends on no value of the row';
  return [
    {
      kind: 'constant-label',
      severity: 'warning',
      message: `Every label in \`${name}\` is the same: ${reason}.`,
      line: comparison?.node.lineno ?? lineOf(name, context),
      ...(comparison
        ? fixOf(
            [comparison.edit],
            `\`${comparison.edit.text}\` as a text`,
            `Compare with \`${comparison.edit.text}\``,
            context
          )
        : {})
    }
  ];
};

/** The constant that an expression is for every row, as source; null when it varies. */
function constantOf(expr: Expr): string | null {
  const inner = behind(expr);
  if (inner.kind === 'literal') {
    return inner.text;
  }
  if (inner.kind === 'conditional') {
    const truth = truthOf(inner.test);
    if (truth !== null) {
      return constantOf(truth ? inner.then : inner.otherwise);
    }
    return sameExpr(inner.then, inner.otherwise)
      ? constantOf(inner.then)
      : null;
  }
  if (inner.kind === 'call' && inner.args.length === 1) {
    const { callee } = inner;
    const isCast =
      callee.kind === 'name' && /^(int|float|bool)$/.test(callee.of.name);
    return isCast ? constantOf(inner.args[0].value) : null;
  }
  const truth = truthOf(inner);
  return truth === null ? null : truth ? 'True' : 'False';
}

/** Whether a condition holds for every row or for none; null when that depends. */
function truthOf(expr: Expr): boolean | null {
  const inner = behind(expr);
  if (inner.kind === 'literal') {
    return !/^(0|0\.0*|False|None|""|'')$/.test(inner.text);
  }
  if (inner.kind === 'unary' && inner.operator === 'not') {
    const truth = truthOf(inner.operand);
    return truth === null ? null : !truth;
  }
  if (inner.kind === 'logic') {
    const parts = inner.operands.map(truthOf);
    const decisive = inner.operator === 'or';
    if (parts.includes(decisive)) {
      return decisive;
    }
    return parts.includes(null) ? null : !decisive;
  }
  return inner.kind === 'compare' ? truthOfComparison(inner) : null;
}

type Comparison = Extract<Expr, { kind: 'compare' }>;

function truthOfComparison(expr: Comparison): boolean | null {
  const { left, operator, right } = expr;
  if (isImpossible(expr)) {
    return operator === '!=';
  }
  if (left.kind !== 'literal' || right.kind !== 'literal') {
    return null;
  }
  const isEqual = left.text === right.text;
  return operator === '==' ? isEqual : operator === '!=' ? !isEqual : null;
}

/** Whether a text is asked to equal something that is none. */
function isImpossible(expr: Comparison): boolean {
  if (expr.operator !== '==' && expr.operator !== '!=') {
    return false;
  }
  const types = [typeOf(expr.left), typeOf(expr.right)];
  return (
    types.includes('str') &&
    types.some(type => type === 'int' || type === 'float' || type === 'bool')
  );
}

function impossibleIn(expr: Expr): boolean {
  return [...walkExpr(expr)].some(
    part => part.kind === 'compare' && isImpossible(part)
  );
}

interface ITypedApart {
  node: Compare;
  with: string;
  edit: IEdit;
}

/** The comparison of the cell with a number or truth value, if there is one only. */
function typedApart({ text }: IFindingContext): ITypedApart | null {
  const found = [...walk(text.module)].flatMap((node): ITypedApart[] => {
    if (node.nodeType !== 'Compare' || node.comparators.length !== 1) {
      return [];
    }
    const [right] = node.comparators;
    const constant = right.nodeType === 'Constant' ? right.value : null;
    if (typeof constant !== 'boolean' && typeof constant !== 'number') {
      return [];
    }
    const source = text.source(right);
    return [
      {
        node,
        with: typeof constant === 'boolean' ? 'a truth value' : 'a number',
        edit: { ...text.range(right as IPlaced), text: `"${source}"` }
      }
    ];
  });
  return found.length === 1 ? found[0] : null;
}

function lineOf(name: string, { analysis, cell }: IFindingContext): number {
  const event = analysis.machine.events
    .filter(each => each.cell === cell.index && each.name === name)
    .pop();
  return event?.line ?? 1;
}

function fixOf(
  edits: readonly IEdit[],
  change: string,
  title: string,
  context: IFindingContext
): Pick<IFinding, 'fix'> {
  const code = context.fixed(edits);
  return code === null ? {} : { fix: { title, code: marked(code, change) } };
}
