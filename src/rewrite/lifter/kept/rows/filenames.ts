/**
 * Which files a path can mean: one, or one for each turn of a loop over constants.
 */
import type { ASTNodeUnion, ExprNode } from 'py-ast';

import { loadedNames } from '../../celltext';
import type { Machine } from '../../machine';
import { LiftRefusal } from '../../refusal';

type Bindings = ReadonlyMap<string, string | number>;

const MOST = 40;

/**
 * The paths that an expression can be.
 *
 * @param nodes - the scope that it is in.
 * @throws {LiftRefusal} when they are not known before running.
 */
export function pathsOf(
  node: ExprNode,
  nodes: readonly ASTNodeUnion[],
  machine: Machine
): string[] {
  let turns: Bindings[] = [new Map()];
  for (const name of loadedNames(node)) {
    const values = valuesOf(name, nodes, machine);
    if (values !== null) {
      turns = turns.flatMap(turn =>
        values.map(value => new Map(turn).set(name, value))
      );
    }
  }
  const paths = turns.map(turn => fold(node, turn, machine));
  if (paths.length > MOST || paths.includes(null)) {
    throw LiftRefusal.at(node, 'Which file is opened here is not known.');
  }
  return [...new Set(paths.filter(path => path !== null))];
}

/** What a loop variable can be; null for a name that is no loop variable. */
function valuesOf(
  name: string,
  nodes: readonly ASTNodeUnion[],
  machine: Machine
): (string | number)[] | null {
  const loops = nodes.filter(
    node =>
      (node.nodeType === 'For' || node.nodeType === 'Comprehension') &&
      node.target.nodeType === 'Name' &&
      node.target.id === name
  );
  if (loops.length === 0) {
    return null;
  }
  const values = loops.flatMap(node =>
    node.nodeType === 'For' || node.nodeType === 'Comprehension'
      ? elementsOf(node.iter, machine)
      : []
  );
  return values;
}

function elementsOf(node: ExprNode, machine: Machine): (string | number)[] {
  const literal = node.nodeType === 'Name' ? literalOf(node.id, machine) : node;
  if (literal?.nodeType === 'Tuple' || literal?.nodeType === 'List') {
    return literal.elts.map(each => constant(each));
  }
  if (
    node.nodeType === 'Call' &&
    node.func.nodeType === 'Name' &&
    node.func.id === 'range' &&
    node.args.length <= 2
  ) {
    const bounds = node.args.map(each => Number(constant(each)));
    const [from, to] = bounds.length === 1 ? [0, bounds[0]] : bounds;
    return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  }
  throw LiftRefusal.at(node, 'Which files this loop opens is not known.');
}

function constant(node: ExprNode): string | number {
  if (
    node.nodeType === 'Constant' &&
    (typeof node.value === 'string' || Number.isSafeInteger(node.value))
  ) {
    return node.value as string | number;
  }
  throw LiftRefusal.at(node, 'Which files this loop opens is not known.');
}

/** The literal of a constant of the notebook. */
function literalOf(name: string, machine: Machine): ExprNode | null {
  const value = machine.env.get(name);
  const of =
    value?.kind === 'scalar' && value.expr.kind === 'name'
      ? value.expr.of
      : null;
  return of?.literal ?? null;
}

function fold(node: ExprNode, turn: Bindings, machine: Machine): string | null {
  const inner = (part: ExprNode) => fold(part, turn, machine);
  const joined = (parts: (string | null)[], by: string) =>
    parts.includes(null) ? null : parts.join(by);
  switch (node.nodeType) {
    case 'Constant':
      return typeof node.value === 'string' || Number.isSafeInteger(node.value)
        ? String(node.value)
        : null;
    case 'Name': {
      const bound = turn.get(node.id);
      if (bound !== undefined) {
        return String(bound);
      }
      const literal = literalOf(node.id, machine);
      return literal ? inner(literal) : computed(node.id, machine);
    }
    case 'JoinedStr':
      return joined(
        node.values.map(part =>
          part.nodeType === 'FormattedValue'
            ? part.format_spec
              ? null
              : inner(part.value)
            : inner(part)
        ),
        ''
      );
    case 'BinOp':
      return node.op.nodeType === 'Add'
        ? joined([inner(node.left), inner(node.right)], '')
        : node.op.nodeType === 'Div'
          ? joined([inner(node.left), inner(node.right)], '/')
          : null;
    case 'Call': {
      const path = machine.path(node.func);
      return path === 'os.path.join' || path === 'pathlib.Path'
        ? joined(node.args.map(inner), '/')
        : path === 'str' && node.args.length === 1
          ? inner(node.args[0])
          : null;
    }
    default:
      return null;
  }
}

/** A constant that is computed from constants. */
function computed(name: string, machine: Machine): string | null {
  const value = machine.env.get(name);
  const node =
    value?.kind === 'scalar' && value.expr.kind === 'name'
      ? value.expr.of.computed
      : undefined;
  return node ? fold(node, new Map(), machine) : null;
}
