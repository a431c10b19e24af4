/**
 * A helper that nobody calls, next to an expression that does something similar.
 */
import type { Call, ExprNode, FunctionDef } from 'py-ast';
import { walk } from 'py-ast';

import { loadedNames } from '../celltext';
import type { CellText } from '../celltext';
import type { IFinding } from '../../interfaces';
import { marked } from './finding';
import type { FindingRule, IFindingContext } from './finding';

export const unusedHelpers: FindingRule = context => {
  const findings: IFinding[] = [];
  for (const helper of unusedFunctions(context)) {
    const similar = similarExpression(helper.definition, helper.text, context);
    if (similar) {
      findings.push(findingOf(helper, similar, context));
    }
  }
  return findings;
};

interface IHelper {
  definition: FunctionDef;
  text: CellText;
  cell: number;
}

/** Functions of one argument that no cell mentions. */
function unusedFunctions({ cell, analysis }: IFindingContext): IHelper[] {
  const mentioned = new Set<string>();
  const helpers: IHelper[] = [];
  for (const { text, index } of analysis.cells) {
    if (!text) {
      continue;
    }
    loadedNames(text.module).forEach(name => mentioned.add(name));
    for (const statement of text.module.body) {
      if (
        statement.nodeType === 'FunctionDef' &&
        statement.args.args.length === 1 &&
        index <= cell.index
      ) {
        helpers.push({ definition: statement, text, cell: index });
      }
    }
  }
  return helpers.filter(({ definition }) => !mentioned.has(definition.name));
}

/**
 * An expression of the cell that does part of what a helper does: the same builtin on
 * a value of the row, or some of its string methods.
 */
function similarExpression(
  definition: FunctionDef,
  text: CellText,
  context: IFindingContext
): Call | null {
  const returned = returnedCall(definition);
  const wanted = returned && shapeOf(returned);
  if (!returned || !wanted) {
    return null;
  }
  for (const statement of context.text.module.body) {
    if (statement.nodeType === 'FunctionDef') {
      continue;
    }
    const inner = new Set<unknown>();
    for (const node of walk(statement)) {
      const shape = node.nodeType === 'Call' ? shapeOf(node) : null;
      if (
        node.nodeType !== 'Call' ||
        !shape ||
        inner.has(node) ||
        !isOfRow(shape.of, statement)
      ) {
        continue;
      }
      // `t.strip()` inside `t.strip().lower()` is part of that.
      [...walk(node)].forEach(part => inner.add(part));
      if (
        isSimilar(shape, wanted) &&
        context.text.source(node) !== text.source(returned)
      ) {
        return node;
      }
    }
  }
  return null;
}

/** A variable, and what is called on it or with it. */
interface IShape {
  of: string;
  builtin: string | null;
  methods: readonly string[];
}

/** `len(t)`, `len(t.split())`, `t.strip().lower()`; null for anything else. */
function shapeOf(call: Call): IShape | null {
  const { func, args } = call;
  if (func.nodeType === 'Name') {
    const [argument] = args;
    const chain = args.length === 1 ? chainOf(argument) : null;
    return chain && { ...chain, builtin: func.id };
  }
  const chain = chainOf(call);
  return chain && { ...chain, builtin: null };
}

function chainOf(node: ExprNode): { of: string; methods: string[] } | null {
  const methods: string[] = [];
  let inner = node;
  while (inner.nodeType === 'Call') {
    const { func, args } = inner;
    if (func.nodeType === 'Attribute') {
      methods.unshift(func.attr);
      inner = func.value;
    } else if (func.nodeType === 'Name' && args.length === 1) {
      methods.unshift(func.id);
      [inner] = args;
    } else {
      return null;
    }
  }
  return inner.nodeType === 'Name' ? { of: inner.id, methods } : null;
}

/** Whether one does what the helper does but for some of its steps. */
function isSimilar(shape: IShape, wanted: IShape): boolean {
  if (shape.builtin !== wanted.builtin) {
    return false;
  }
  const part = shape.methods.every(name => wanted.methods.includes(name));
  const less = shape.methods.length < wanted.methods.length;
  return part && less && (shape.builtin !== null || shape.methods.length > 0);
}

/** The call that a helper returns, made from its argument. */
function returnedCall(definition: FunctionDef): Call | null {
  const [statement, ...others] = definition.body.filter(
    each => !(each.nodeType === 'Expr' && each.value.nodeType === 'Constant')
  );
  const value =
    others.length === 0 && statement?.nodeType === 'Return'
      ? statement.value
      : null;
  const isCall =
    value?.nodeType === 'Call' &&
    shapeOf(value)?.of === definition.args.args[0].arg;
  return isCall ? value : null;
}

/** Whether a name is a loop variable or filled in a loop, so that it is made for every row. */
function isOfRow(name: string, statement: Parameters<typeof walk>[0]): boolean {
  return [...walk(statement)].some(
    node =>
      (node.nodeType === 'For' || node.nodeType === 'Comprehension') &&
      [...walk(node)].some(
        part =>
          part.nodeType === 'Name' &&
          part.id === name &&
          part.ctx.nodeType === 'Store'
      )
  );
}

function findingOf(
  helper: IHelper,
  call: Call,
  context: IFindingContext
): IFinding {
  const { name } = helper.definition;
  const source = context.text.source(call);
  const argument = shapeOf(call)?.of ?? '';
  const where =
    helper.cell === context.cell.index
      ? `line ${helper.definition.lineno}`
      : `cell ${helper.cell + 1}`;
  const replacement = `${name}(${argument})`;
  const code = context.fixed([
    { ...context.text.range(call), text: replacement }
  ]);
  return {
    kind: 'unused-helper',
    severity: 'warning',
    message: `\`${name}\` (${where}) is never called, while \`${source}\` computes something similar here. Was \`${replacement}\` meant?`,
    line: call.lineno ?? 1,
    column: call.col_offset,
    ...(code === null
      ? {}
      : {
          fix: {
            title: `Use \`${replacement}\``,
            code: marked(code, `\`${replacement}\` instead of \`${source}\``)
          }
        })
  };
}
