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
    const similar = similarCall(helper.definition, helper.text, context);
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

/** A call in the cell of the builtin that the helper's result is made with. */
function similarCall(
  definition: FunctionDef,
  text: CellText,
  context: IFindingContext
): Call | null {
  const returned = returnedCall(definition);
  if (!returned || returned.func.nodeType !== 'Name') {
    return null;
  }
  const name = returned.func.id;
  for (const statement of context.text.module.body) {
    if (statement.nodeType === 'FunctionDef') {
      continue;
    }
    for (const node of walk(statement)) {
      if (
        isCallOf(node as ExprNode, name) &&
        isOfRow(node as Call, statement) &&
        context.text.source(node as Call) !== text.source(returned)
      ) {
        return node as Call;
      }
    }
  }
  return null;
}

/** The builtin call that a helper returns. */
function returnedCall(definition: FunctionDef): Call | null {
  const [statement, ...others] = definition.body.filter(
    each => !(each.nodeType === 'Expr' && each.value.nodeType === 'Constant')
  );
  return others.length === 0 &&
    statement?.nodeType === 'Return' &&
    statement.value?.nodeType === 'Call' &&
    statement.value.args.length === 1
    ? statement.value
    : null;
}

function isCallOf(node: ExprNode, name: string): boolean {
  return (
    node.nodeType === 'Call' &&
    node.func.nodeType === 'Name' &&
    node.func.id === name &&
    node.args.length === 1 &&
    node.args[0].nodeType === 'Name'
  );
}

/** Whether a call is about a loop variable, so that it is made for every row. */
function isOfRow(call: Call, statement: Parameters<typeof walk>[0]): boolean {
  const [argument] = call.args;
  for (const node of walk(statement)) {
    const loop = node.nodeType === 'For' || node.nodeType === 'Comprehension';
    if (loop && argument.nodeType === 'Name') {
      for (const part of walk(node.target)) {
        if (part.nodeType === 'Name' && part.id === argument.id) {
          return true;
        }
      }
    }
  }
  return false;
}

function findingOf(
  helper: IHelper,
  call: Call,
  context: IFindingContext
): IFinding {
  const { name } = helper.definition;
  const source = context.text.source(call);
  const argument = context.text.source(call.args[0]);
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
