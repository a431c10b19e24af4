/**
 * Expressions that are no idiom: their structure over the values inside them.
 */
import type { Call, ExprNode } from 'py-ast';
import { walk } from 'py-ast';

import type {
  BinaryOperator,
  CompareOperator,
  Expr,
  FormatPart,
  IArgument,
  UnaryOperator
} from './expression';
import { make } from './expression';
import type { Machine } from './machine';
import { negate } from './logic';
import { OPERATORS } from './operators';
import { checkPure } from './purity';
import { LiftRefusal } from './refusal';
import { simplify } from './simplify';
import { truthOf } from './truth';
import { typeOfConstant } from './typing';
import { scalar } from './values';
import type { Value } from './values';

/**
 * The expression that a node is.
 *
 * @param known - operands that were evaluated already, in order.
 */
export function structural(
  node: ExprNode,
  machine: Machine,
  known: readonly Value[] = []
): Value {
  const at = (index: number, operand: ExprNode): Expr =>
    known[index]
      ? machine.asExpr(known[index], operand)
      : machine.expr(operand);
  switch (node.nodeType) {
    case 'Constant':
      return scalar({
        kind: 'literal',
        text: machine.source(node),
        type: typeOfConstant(node, machine.text)
      });
    case 'JoinedStr':
      return scalar(formatOf(node, machine));
    case 'BinOp':
      return scalar({
        kind: 'binary',
        operator: OPERATORS[node.op.nodeType] as BinaryOperator,
        left: at(0, node.left),
        right: at(1, node.right)
      });
    case 'UnaryOp':
      return scalar(unaryOf(node, at(0, node.operand)));
    case 'Compare':
      return scalar(compareOf(node, at));
    case 'BoolOp':
      return scalar({
        kind: 'logic',
        operator: node.op.nodeType === 'And' ? 'and' : 'or',
        operands: node.values.map(value => machine.expr(value))
      });
    case 'IfExp':
      return scalar({
        kind: 'conditional',
        test: truthOf(machine.expr(node.test)),
        then: machine.expr(node.body),
        otherwise: machine.expr(node.orelse)
      });
    case 'Tuple':
    case 'List':
      return displayOf(node, machine);
    case 'Attribute':
      return scalar({
        kind: 'attribute',
        object: at(0, node.value),
        name: node.attr
      });
    case 'Subscript':
      return scalar(subscriptOf(node, at(0, node.value), machine));
    case 'Call':
      return scalar(callOf(node, machine, known[0]));
    default:
      return scalar(verbatim(node, machine));
  }
}

function displayOf(
  node: Extract<ExprNode, { nodeType: 'Tuple' | 'List' }>,
  machine: Machine
): Value {
  if (node.elts.some(item => item.nodeType === 'Starred')) {
    return scalar(verbatim(node, machine));
  }
  return {
    kind: 'tuple',
    shape: node.nodeType === 'Tuple' ? 'tuple' : 'list',
    items: node.elts.map(item => machine.evaluate(item))
  };
}

function unaryOf(
  node: Extract<ExprNode, { nodeType: 'UnaryOp' }>,
  operand: Expr
): Expr {
  const operator = OPERATORS[node.op.nodeType] as UnaryOperator;
  if (operator === 'not') {
    return negate(truthOf(operand));
  }
  if (operator === '-' && operand.kind === 'literal') {
    return { ...operand, text: `-${operand.text}` };
  }
  return { kind: 'unary', operator, operand };
}

/** A chain `a < b < c` is the conjunction of its links. */
function compareOf(
  node: Extract<ExprNode, { nodeType: 'Compare' }>,
  at: (index: number, operand: ExprNode) => Expr
): Expr {
  const operands = [node.left, ...node.comparators].map((operand, index) =>
    at(index, operand)
  );
  return make.and(
    node.ops.map((op, index): Expr =>
      simplify({
        kind: 'compare',
        operator: OPERATORS[op.nodeType] as CompareOperator,
        left: operands[index],
        right: operands[index + 1]
      })
    )
  );
}

function subscriptOf(
  node: Extract<ExprNode, { nodeType: 'Subscript' }>,
  object: Expr,
  machine: Machine
): Expr {
  const { slice } = node;
  if (slice.nodeType === 'Slice') {
    const bound = (part: ExprNode | undefined) =>
      part ? machine.expr(part) : null;
    return {
      kind: 'slice',
      object,
      lower: bound(slice.lower),
      upper: bound(slice.upper),
      step: bound(slice.step)
    };
  }
  return { kind: 'index', object, index: machine.expr(slice) };
}

const CONVERSIONS: Readonly<Record<number, '' | 's' | 'r' | 'a'>> = {
  115: 's',
  114: 'r',
  97: 'a'
};

function formatOf(
  node: Extract<ExprNode, { nodeType: 'JoinedStr' }>,
  machine: Machine
): Expr {
  const parts = node.values.map((part): FormatPart => {
    if (part.nodeType === 'Constant') {
      return String(part.value);
    }
    if (part.nodeType !== 'FormattedValue') {
      throw LiftRefusal.at(
        node,
        'This part of the f-string is not understood.'
      );
    }
    return {
      value: machine.expr(part.value),
      conversion: CONVERSIONS[part.conversion] ?? '',
      specification: part.format_spec ? specificationOf(part.format_spec) : ''
    };
  });
  return { kind: 'format', parts };
}

function specificationOf(node: ExprNode): string {
  const parts = node.nodeType === 'JoinedStr' ? node.values : [node];
  return parts
    .map(part => {
      if (part.nodeType !== 'Constant') {
        throw LiftRefusal.at(
          node,
          'A format that is computed is not understood.'
        );
      }
      return String(part.value);
    })
    .join('');
}

function callOf(node: Call, machine: Machine, object: Value | undefined): Expr {
  if (node.args.some(argument => argument.nodeType === 'Starred')) {
    return verbatim(node, machine);
  }
  const args: IArgument[] = [
    ...node.args.map(value => ({ name: null, value: machine.expr(value) })),
    ...node.keywords.map(keyword => {
      if (keyword.arg === undefined) {
        throw LiftRefusal.at(node, '`**` arguments are not understood.');
      }
      return { name: keyword.arg, value: machine.expr(keyword.value) };
    })
  ];
  if (node.func.nodeType === 'Attribute' && object) {
    return {
      kind: 'method',
      object: machine.asExpr(object, node.func),
      name: node.func.attr,
      args
    };
  }
  const callee = machine.expr(node.func);
  checkPure(callee, node, machine);
  return simplify({ kind: 'call', callee, args });
}

/** Python kept as it is: a comprehension over constants, a lambda, ... */
export function verbatim(node: ExprNode, machine: Machine): Expr {
  if (!KEEPABLE.has(node.nodeType)) {
    throw LiftRefusal.at(
      node,
      `This expression (${node.nodeType}) is not understood.`
    );
  }
  const inner = boundInside(node);
  const bindings = new Map<string, Expr>();
  for (const part of walk(node)) {
    if (part.nodeType === 'NamedExpr') {
      throw LiftRefusal.at(
        part,
        'An assignment inside this expression cannot be followed.'
      );
    }
    if (
      part.nodeType === 'Name' &&
      part.ctx.nodeType === 'Load' &&
      !inner.has(part.id)
    ) {
      bindings.set(part.id, machine.expr(part));
    }
    if (part.nodeType === 'Call') {
      checkCallee(part, inner, machine);
    }
  }
  return { kind: 'verbatim', node, text: machine.text, bindings };
}

function checkCallee(
  call: Call,
  inner: ReadonlySet<string>,
  machine: Machine
): void {
  if (call.func.nodeType === 'Name' && !inner.has(call.func.id)) {
    checkPure(machine.expr(call.func), call, machine);
  }
}

const KEEPABLE: ReadonlySet<string> = new Set([
  'ListComp',
  'SetComp',
  'DictComp',
  'GeneratorExp',
  'Lambda',
  'Set',
  'Dict',
  'Call',
  'Tuple',
  'List'
]);

/** Names that an expression binds itself. */
function boundInside(node: ExprNode): Set<string> {
  const names = new Set<string>();
  for (const part of walk(node)) {
    if (part.nodeType === 'Name' && part.ctx.nodeType === 'Store') {
      names.add(part.id);
    } else if (part.nodeType === 'Arg') {
      names.add(part.arg);
    }
  }
  return names;
}
