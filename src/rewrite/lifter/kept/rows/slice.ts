/**
 * The statements that collect the rows of a list, followed backwards. What may
 * change something else through another name counts as changing it.
 */
import type { ExprNode, FunctionDef, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import { loadedNames, storedNames } from '../../celltext';
import { addRootName, changedNames } from '../../purity';
import { writtenNames } from '../slicing';
import type { IStep } from '../slicing';

/** Statements that make names known and do nothing else. */
const DEFINING: ReadonlySet<string> = new Set([
  'Import',
  'ImportFrom',
  'FunctionDef',
  'ClassDef'
]);

const RANDOM = /\b(random|rng|shuffle|seed)\b/;

/**
 * The steps that a variable depends on, in order.
 *
 * @param isKept - whether a name has one value for good, wherever it is used.
 * @param definition - the function of the notebook that has a name.
 */
export function stepsFor(
  name: string,
  steps: readonly IStep[],
  isKept: (name: string) => boolean,
  definition: (name: string) => FunctionDef | null
): IStep[] {
  const candidates = steps.filter(
    ({ statement }) =>
      !DEFINING.has(statement.nodeType) && !isDisplay(statement)
  );
  const effects = candidates.map(step =>
    effectsOf(step, candidates, definition)
  );
  const changed = new Set(
    candidates.flatMap((step, at) =>
      [...effects[at]].filter(each => !storedNames([step.statement]).has(each))
    )
  );
  const needed = new Set([name]);
  const chosen = new Set<IStep>();
  for (let before = -1; before !== chosen.size;) {
    before = chosen.size;
    candidates.forEach((step, at) => {
      const isRandom = RANDOM.test(step.text.source(step.statement));
      const wanted =
        [...effects[at]].some(
          each => needed.has(each) && !(isKept(each) && !changed.has(each))
        ) ||
        (isRandom && [...chosen].some(each => drawsRandom(each)));
      if (wanted && !chosen.has(step)) {
        chosen.add(step);
        namesBehind(step.statement, definition).forEach(each =>
          needed.add(each)
        );
      }
    });
  }
  return candidates.filter(step => chosen.has(step));
}

function drawsRandom({ statement, text }: IStep): boolean {
  return RANDOM.test(text.source(statement));
}

/** Something to look at, and nothing else. */
function isDisplay(statement: StmtNode): boolean {
  return (
    statement.nodeType === 'Expr' &&
    statement.value.nodeType === 'Call' &&
    statement.value.func.nodeType === 'Name' &&
    statement.value.func.id === 'print'
  );
}

/** What a statement reads, in the functions that it calls, too. */
function namesBehind(
  statement: StmtNode,
  definition: (name: string) => FunctionDef | null
): Set<string> {
  const names = loadedNames(statement);
  // A set goes on with what is added to it on the way.
  for (const name of names) {
    const called = definition(name);
    if (called) {
      loadedNames(called).forEach(each => names.add(each));
    }
  }
  return names;
}

/** The names that a step gives values to, or whose values it may change. */
function effectsOf(
  step: IStep,
  steps: readonly IStep[],
  definition: (name: string) => FunctionDef | null
): Set<string> {
  const names = writtenNames(step);
  for (const name of namesBehind(step.statement, definition)) {
    const called = definition(name);
    if (called) {
      changedNames(called).forEach(each => names.add(each));
    }
  }
  argumentsOf(step.statement).forEach(each => names.add(each));
  const aliases = aliasesIn(steps);
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const other of aliases.get(name) ?? []) {
      if (!names.has(other)) {
        names.add(other);
        queue.push(other);
      }
    }
  }
  return names;
}

/** What is handed to calls that are statements of their own: they do something. */
function argumentsOf(statement: StmtNode): Set<string> {
  const names = new Set<string>();
  for (const node of walk(statement)) {
    if (node.nodeType !== 'Expr' || node.value.nodeType !== 'Call') {
      continue;
    }
    const call = node.value;
    if (call.func.nodeType === 'Name' && call.func.id === 'print') {
      continue;
    }
    if (call.func.nodeType === 'Attribute') {
      addRootName(call.func.value, names);
    } else {
      call.args.forEach(each => addRootName(each, names));
    }
  }
  return names;
}

/** Variables that may be a part of another one: changing them changes it. */
function aliasesIn(steps: readonly IStep[]): ReadonlyMap<string, Set<string>> {
  const known = ALIASES.get(steps);
  if (known) {
    return known;
  }
  const aliases = new Map<string, Set<string>>();
  const add = (target: ExprNode, value: ExprNode): void => {
    const roots = partsOf(value);
    for (const part of walk(target)) {
      if (part.nodeType === 'Name' && part.ctx.nodeType === 'Store') {
        const known = aliases.get(part.id) ?? new Set();
        roots.forEach(root => root !== part.id && known.add(root));
        aliases.set(part.id, known);
      }
    }
  };
  for (const { statement } of steps) {
    for (const node of walk(statement)) {
      if (node.nodeType === 'For') {
        add(node.target, node.iter);
      } else if (node.nodeType === 'Assign') {
        node.targets.forEach(target => add(target, node.value));
      } else if (node.nodeType === 'WithItem' && node.optional_vars) {
        add(node.optional_vars, node.context_expr);
      }
    }
  }
  ALIASES.set(steps, aliases);
  return aliases;
}

const ALIASES = new WeakMap<
  readonly IStep[],
  ReadonlyMap<string, Set<string>>
>();

/** The variables that a value may share something with. */
function partsOf(node: ExprNode): Set<string> {
  const names = new Set<string>();
  switch (node.nodeType) {
    case 'Name':
    case 'Subscript':
    case 'Attribute':
      addRootName(node, names);
      break;
    case 'Call': {
      const parts = [...node.args];
      if (node.func.nodeType === 'Attribute') {
        parts.push(node.func.value);
      }
      parts.forEach(part => partsOf(part).forEach(each => names.add(each)));
      break;
    }
    case 'IfExp':
      [node.body, node.orelse].forEach(part =>
        partsOf(part).forEach(each => names.add(each))
      );
      break;
    case 'BoolOp':
      node.values.forEach(part =>
        partsOf(part).forEach(each => names.add(each))
      );
      break;
    case 'Tuple':
    case 'List':
      node.elts.forEach(part => partsOf(part).forEach(each => names.add(each)));
      break;
    case 'ListComp':
    case 'GeneratorExp':
      node.generators.forEach(({ iter }) =>
        partsOf(iter).forEach(each => names.add(each))
      );
      break;
    default:
  }
  return names;
}
