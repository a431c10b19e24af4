/**
 * Rows whose collection is kept as the original has it: a function of the tables
 * that it reads.
 */
import { walk } from 'py-ast';
import type { Call, ExprNode, StmtNode } from 'py-ast';

import { ListBuild } from '../../builds';
import type { CellText } from '../../celltext';
import { loadedNames, storedNames } from '../../celltext';
import { Column, make } from '../../expression';
import { stringOfNode } from '../../literal';
import type { Machine } from '../../machine';
import { LiftRefusal } from '../../refusal';
import { PandasObject } from '../../pandasobject';
import type { IFileNames, IKeptCode, IKeptRows } from '../../plan';
import type { ICellRun } from '../../run';
import { scalar } from '../../values';
import type { Value } from '../../values';
import { stepsOf, writtenNames } from '../slicing';
import type { IStep } from '../slicing';
import { mayOpen } from './opening';
import { Reads } from './reads';
import { functionsIn, scopesOf } from './scope';
import type { Definition, IScopeOfCode } from './scope';
import { holdsFrame } from './frames';
import { shapeOf } from './shape';
import type { IShape } from './shape';
import { stepsFor } from './slice';

/** Calls that reach outside, or that change what names mean. */
const OUTSIDE =
  /^(input|exec|eval|compile|globals|locals|vars|setattr|exit|quit|__import__)$/;
const OUTSIDE_MODULES =
  /^(os|sys|shutil|subprocess|requests|urllib|socket|sqlite3|pickle|zipfile|tempfile)\b/;

/** Functions of such modules that only look at names, or whose files are known. */
const INSIDE =
  /^os\.(listdir|path\.(join|basename|dirname|splitext|split|normpath))$/;

/** Methods of paths that look at or change what is on the disk. */
const ON_DISK =
  /^(iterdir|rglob|exists|is_file|is_dir|stat|read_bytes|write_text|write_bytes|unlink|mkdir|touch|rename|rmdir)$/;

/** How only pandas writes `rename`: by keyword, or with what maps the names. */
const isRenamingColumns = ({ func, args, keywords }: Call): boolean =>
  func.nodeType === 'Attribute' &&
  func.attr === 'rename' &&
  (keywords.some(({ arg }) => arg !== undefined && arg !== 'target') ||
    args.some(({ nodeType }) => nodeType === 'Dict' || nodeType === 'Lambda'));

/** What a variable holds, and the statement that finishes it. */
export interface IKeptValue {
  value: Value;
  line: number;
}

/**
 * The list or frame in a variable as rows that are collected as the original does
 * it.
 *
 * @throws {LiftRefusal} when keeping it would not be sound, with the reason.
 */
export function keptRows(
  name: string,
  cell: ICellRun,
  machine: Machine
): IKeptValue {
  const steps = stepsUntil(name, cell, machine);
  const definition = definitionsOf(machine);
  const shape = shapeOf(name, steps, definition);
  const last = steps[steps.length - 1];
  const isFrame =
    !shape && holdsFrame(name, steps, node => machine.path(node), definition);
  if (!last || !(shape || isFrame)) {
    throw new LiftRefusal(
      last?.statement.lineno ?? 1,
      `What the elements of \`${name}\` are cannot be told.`
    );
  }
  const code = keptCode(name, cell, steps, machine);
  const line = last.statement.lineno ?? 1;
  return shape
    ? { value: listOf(shape, code), line }
    : { value: frameOf(code, last, machine), line };
}

function keptCode(
  name: string,
  cell: ICellRun,
  steps: readonly IStep[],
  machine: Machine
): IKeptCode {
  const nested = nestedDefinitions(steps, machine);
  const reads = readsOf(steps, nested, machine);
  return {
    name,
    scans: reads.scans,
    paths: reads.paths,
    variables: new Set([
      ...storedNames(steps.map(({ statement }) => statement)),
      ...nested.flatMap(each => [...localNames(each.definition)])
    ]),
    moved: nested.map(each => each.definition.name),
    needs: reads.helpers,
    body: names => [
      ...nested.flatMap(each => [
        ...editedLines(each.text, each.definition, reads, names),
        ''
      ]),
      ...steps.flatMap(({ text, statement }) =>
        editedLines(text, statement, reads, names)
      )
    ],
    cell: cell.index,
    line: steps.find(step => step.cell === cell)?.statement.lineno ?? 1
  };
}

function listOf(shape: IShape, code: IKeptCode): Value {
  const { line, name } = code;
  const columns = columnsOf(shape, name);
  const plan: IKeptRows = {
    op: 'kept',
    code,
    shape: shape.kind,
    columns,
    line
  };
  const build = new ListBuild(name, line);
  const added = elementOf(shape, columns);
  build.add({ loop: -1, plan, path: [], line, added });
  return { kind: 'list', build };
}

function frameOf(code: IKeptCode, last: IStep, machine: Machine): Value {
  const object = new PandasObject(code.name, 'frame', {
    number: machine.nextStep(),
    cell: code.cell,
    line: last.statement.lineno ?? 1,
    statement: last.statement,
    text: last.text,
    reads: new Map(),
    writes: [code.name],
    paths: [],
    instead: null,
    kept: code
  });
  return { kind: 'pandas', object };
}

/** The steps up to the last one of the cell that changes the variable. */
function stepsUntil(name: string, cell: ICellRun, machine: Machine): IStep[] {
  const isKept = (each: string): boolean => {
    const value = machine.env.get(each);
    return value === undefined
      ? machine.isBuiltin(each)
      : value.kind === 'scalar' && value.expr.kind === 'name';
  };
  const before = stepsOf(machine.cells).filter(
    step => step.cell.index <= cell.index
  );
  return stepsFor(name, before, {
    isKept,
    definition: definitionsOf(machine),
    fileOf: node => fileOf(node, machine)
  });
}

/** A function or class of the notebook, with the source that it is in. */
interface INested {
  definition: Definition;
  text: CellText;
}

function nestedOf(name: string, machine: Machine): INested | null {
  const value = machine.env.get(name);
  const of =
    value?.kind === 'scalar' && value.expr.kind === 'name'
      ? value.expr.of
      : null;
  const definition = of?.definition ?? of?.class;
  return definition && of?.text ? { definition, text: of.text } : null;
}

/** The path that an expression is, where it is written down. */
function fileOf(node: ExprNode, machine: Machine): string | null {
  const value = node.nodeType === 'Name' ? machine.env.get(node.id) : undefined;
  const literal =
    value?.kind === 'scalar' && value.expr.kind === 'name'
      ? value.expr.of.literal
      : node;
  return literal ? stringOfNode(literal) : null;
}

/** Finds functions and classes of the notebook by name. */
function definitionsOf(machine: Machine): (name: string) => Definition | null {
  return name => nestedOf(name, machine)?.definition ?? null;
}

/**
 * Functions and classes that have to move with the statements: they open files, or
 * read what the statements assign.
 */
function nestedDefinitions(
  steps: readonly IStep[],
  machine: Machine
): INested[] {
  const reached = new Map<string, INested>();
  const queue = steps.flatMap(({ statement }) => [...loadedNames(statement)]);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const found = reached.has(name) ? null : nestedOf(name, machine);
    if (found) {
      reached.set(name, found);
      queue.push(...loadedNames(found.definition));
    }
  }
  const own = storedNames(steps.map(({ statement }) => statement));
  const moved = new Set<string>();
  for (let before = -1; before !== moved.size;) {
    before = moved.size;
    for (const [name, { definition }] of reached) {
      const local = localNames(definition);
      const opens = [...walk(definition)].some(
        node => node.nodeType === 'Call' && mayOpen(node)
      );
      const shares = [...loadedNames(definition)].some(
        each => !local.has(each) && (own.has(each) || moved.has(each))
      );
      if (opens || shares) {
        moved.add(name);
      }
    }
  }
  [...reached.values()].forEach(({ definition }) => checkScope(definition));
  return [...reached]
    .filter(([name]) => moved.has(name))
    .map(([, each]) => each)
    .sort((a, b) => (a.definition.lineno ?? 1) - (b.definition.lineno ?? 1));
}

/** The names that a function or the methods of a class have for themselves. */
function localNames(definition: Definition): Set<string> {
  const names = new Set<string>();
  for (const { body } of functionsIn(definition)) {
    storedNames(body).forEach(name => names.add(name));
  }
  for (const node of walk(definition)) {
    if (node.nodeType === 'Arg') {
      names.add(node.arg);
    }
  }
  return names;
}

function checkScope(definition: Definition): void {
  for (const node of walk(definition)) {
    if (node.nodeType === 'Global' || node.nodeType === 'Nonlocal') {
      throw LiftRefusal.at(
        node as never,
        `\`${definition.name}\` changes variables outside itself.`
      );
    }
  }
}

/** What the statements and the functions that move with them open. */
function readsOf(
  steps: readonly IStep[],
  nested: readonly INested[],
  machine: Machine
): Reads {
  const definition = definitionsOf(machine);
  const functions = nested.flatMap(each => scopesOf(each));
  const texts = [...new Set(steps.map(({ text }) => text))];
  const cells = texts.map((text): IScopeOfCode => ({
    nodes: steps
      .filter(step => step.text === text)
      .flatMap(({ statement }) => [...walk(statement)]),
    text,
    definition: null,
    owner: null
  }));
  const scopes = [...functions, ...cells];
  const reads = new Reads(machine, scopes, definition);
  scopes.forEach(scope => checkCalls(scope, machine));
  scopes.forEach(scope => reads.write(scope));
  scopes.forEach(scope => reads.open(scope));
  for (let before = -1; before !== reads.parameters.size;) {
    before = reads.parameters.size;
    functions.forEach(scope => reads.hand(scope, definition));
  }
  cells.forEach(scope => reads.hand(scope, definition));
  functions.forEach(scope => reads.defaults(scope));
  if (reads.scans.length === 0 && reads.paths.length === 0) {
    throw new LiftRefusal(
      steps[0].statement.lineno ?? 1,
      'No file is seen to be read here.'
    );
  }
  return reads;
}

function checkCalls({ nodes }: IScopeOfCode, machine: Machine): void {
  for (const node of nodes) {
    if (node.nodeType !== 'Call') {
      continue;
    }
    const path = machine.path(node.func);
    const name = node.func.nodeType === 'Name' ? node.func.id : null;
    const method =
      path === null && node.func.nodeType === 'Attribute'
        ? node.func.attr
        : null;
    if (
      (name !== null && OUTSIDE.test(name)) ||
      (path !== null &&
        path !== name &&
        OUTSIDE_MODULES.test(path) &&
        !INSIDE.test(path)) ||
      (method !== null && ON_DISK.test(method) && !isRenamingColumns(node))
    ) {
      throw LiftRefusal.at(
        node,
        `\`${path ?? name ?? method ?? ''}\` reaches outside of what can be kept.`
      );
    }
  }
}

function columnsOf(shape: IShape, name: string): IKeptRows['columns'] {
  const parts = shape.kind === 'single' ? [name] : shape.names;
  const taken = new Set<string>();
  return parts.map((part, at) => {
    const free = part !== null && !taken.has(part) ? part : null;
    const column = new Column('unknown');
    if (free !== null) {
      column.fallBackOn(free);
      taken.add(free);
    }
    return { column, name: free ?? `column_${at + 1}` };
  });
}

function elementOf(shape: IShape, columns: IKeptRows['columns']): Value {
  const values = columns.map(({ column }) => scalar(make.column(column)));
  switch (shape.kind) {
    case 'record':
      return {
        kind: 'record',
        fields: new Map(columns.map(({ name }, at) => [name, values[at]])),
        rest: null
      };
    case 'single':
      return values[0];
    default:
      return { kind: 'tuple', shape: shape.kind, items: values };
  }
}

/** The lines of a statement with its edits, moved to the left margin. */
function editedLines(
  text: CellText,
  statement: StmtNode,
  reads: Reads,
  names: IFileNames
): string[] {
  const { end } = text.range(statement);
  const start = startOf(statement, text);
  const edits = (reads.edits.get(text) ?? [])
    .filter(edit => edit.start >= start && edit.end <= end)
    .sort((a, b) => b.start - a.start);
  const source = edits.reduce(
    (current, edit) =>
      current.slice(0, edit.start - start) +
      edit.text(names) +
      current.slice(edit.end - start),
    text.text.slice(start, end)
  );
  const margin = ' '.repeat(statement.col_offset ?? 0);
  return source
    .split('\n')
    .map((line, at) =>
      at > 0 && line.startsWith(margin) ? line.slice(margin.length) : line
    );
}

/** Where a statement starts, with its decorators. */
function startOf(statement: StmtNode, text: CellText): number {
  const [first] = 'decorator_list' in statement ? statement.decorator_list : [];
  return first
    ? text.text.lastIndexOf('@', text.range(first).start)
    : text.range(statement).start;
}

/** The last cell that gives a variable its value. */
export function makerOf(name: string, machine: Machine): ICellRun | null {
  const makers = stepsOf(machine.cells).filter(step =>
    storedNames([step.statement]).has(name)
  );
  return makers[makers.length - 1]?.cell ?? null;
}

/** The variables of a cell that later cells read. */
export function handedOn(cell: ICellRun, machine: Machine): string[] {
  const steps = stepsOf(machine.cells);
  const made = new Set(
    steps
      .filter(step => step.cell === cell)
      .flatMap(step => [...writtenNames(step)])
  );
  const read = new Set(
    steps
      .filter(step => step.cell.index > cell.index)
      .flatMap(({ statement }) => [...loadedNames(statement)])
  );
  return [...made].filter(name => read.has(name));
}
