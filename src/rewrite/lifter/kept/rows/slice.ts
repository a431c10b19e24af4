/**
 * The statements that collect the rows of a list, followed backwards. What may
 * change something else through another name counts as changing it.
 */
import type { ExprNode, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import { loadedNames, storedNames } from '../../celltext';
import { stringOfNode } from '../../literal';
import { addRootName, changedNames } from '../../purity';
import { writtenNames } from '../slicing';
import type { IStep } from '../slicing';
import { mayOpen } from './opening';
import type { Definition } from './scope';

/** Statements that make names known and do nothing else. */
const DEFINING: ReadonlySet<string> = new Set([
  'Import',
  'ImportFrom',
  'FunctionDef',
  'ClassDef'
]);

const RANDOM = /\b(random|rng|shuffle|seed)\b/;

/** What is known of the names and paths in the statements. */
export interface IKnown {
  /** Whether a name has one value for good, wherever it is used. */
  isKept(name: string): boolean;
  /** The function or class of the notebook that has a name. */
  definition(name: string): Definition | null;
  /** The path that an expression is, where it is written down. */
  fileOf(node: ExprNode): string | null;
}

/** The steps that a variable depends on, in order. */
export function stepsFor(
  name: string,
  steps: readonly IStep[],
  known: IKnown
): IStep[] {
  const { isKept } = known;
  const candidates = steps.filter(
    ({ statement }) =>
      !DEFINING.has(statement.nodeType) && !isDisplay(statement)
  );
  const effects = candidates.map(step => effectsOf(step, candidates, known));
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
        namesBehind(step.statement, known).forEach(each => needed.add(each));
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

/** What a statement reads, in the functions that it calls, too; files included. */
function namesBehind(
  statement: StmtNode,
  { definition, fileOf }: IKnown
): Set<string> {
  const names = loadedNames(statement);
  for (const node of walk(statement)) {
    if (node.nodeType === 'AugAssign') {
      // `n += 1` reads what it changes.
      addRootName(node.target, names);
    }
    if (node.nodeType === 'Call' && mayOpen(node) && node.args.length > 0) {
      const file = fileOf(node.args[0]);
      if (file !== null) {
        names.add(fileName(file));
      }
    }
  }
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
  known: IKnown
): Set<string> {
  const names = writtenNames(step);
  for (const name of namesBehind(step.statement, known)) {
    const called = known.definition(name);
    if (called) {
      changedNames(called).forEach(each => names.add(each));
    }
  }
  argumentsOf(step.statement).forEach(each => names.add(each));
  filesWritten(step.statement, known).forEach(each => names.add(each));
  const aliases = aliasesIn(steps, known);
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

/** A file among names. */
function fileName(path: string): string {
  return `file ${path}`;
}

/** The files that a statement or expression begins to write. */
function filesWritten(
  root: ExprNode | StmtNode,
  { fileOf }: IKnown
): Set<string> {
  const files = new Set<string>();
  for (const node of walk(root)) {
    if (node.nodeType !== 'Call' || node.args.length === 0) {
      continue;
    }
    const mode =
      node.args[1] ?? node.keywords.find(({ arg }) => arg === 'mode')?.value;
    const writes =
      node.func.nodeType === 'Name' && node.func.id === 'open'
        ? mode !== undefined && /[wax]/.test(stringOfNode(mode) ?? '')
        : node.func.nodeType === 'Attribute' && node.func.attr === 'to_csv';
    const file = writes ? fileOf(node.args[0]) : null;
    if (file !== null) {
      files.add(fileName(file));
    }
  }
  return files;
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
function aliasesIn(
  steps: readonly IStep[],
  facts: IKnown
): ReadonlyMap<string, Set<string>> {
  const known = ALIASES.get(steps);
  if (known) {
    return known;
  }
  const aliases = new Map<string, Set<string>>();
  const add = (target: ExprNode, value: ExprNode): void => {
    const roots = partsOf(value);
    filesWritten(value, facts).forEach(each => roots.add(each));
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
