/**
 * Rows whose collection is kept as the original has it: a function of the tables
 * that it reads.
 */
import type { FunctionDef } from 'py-ast';
import { walk } from 'py-ast';

import { ListBuild } from '../../builds';
import { definitionOf } from '../../callees';
import type { CellText } from '../../celltext';
import { loadedNames, storedNames } from '../../celltext';
import { Column, make } from '../../expression';
import type { Machine } from '../../machine';
import { LiftRefusal } from '../../refusal';
import { PandasObject } from '../../pandasobject';
import type { IFileNames, IKeptCode, IKeptRows } from '../../plan';
import type { ICellRun } from '../../run';
import { scalar } from '../../values';
import type { Value } from '../../values';
import { stepsOf, writtenNames } from '../slicing';
import type { IStep } from '../slicing';
import { Reads, isOpen } from './reads';
import type { IScopeOfCode } from './reads';
import { holdsFrame } from './frames';
import { shapeOf } from './shape';
import type { IShape } from './shape';
import { stepsFor } from './slice';

/** Calls that reach outside, or that change what names mean. */
const OUTSIDE =
  /^(input|exec|eval|compile|globals|locals|vars|setattr|exit|quit|__import__)$/;
const OUTSIDE_MODULES =
  /^(os|sys|shutil|glob|subprocess|requests|urllib|socket|sqlite3|pickle|gzip|zipfile|codecs|pathlib|tempfile)\b/;

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
  const definition = (called: string): FunctionDef | null =>
    functionOf(called, machine)?.definition ?? null;
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
  const nested = nestedFunctions(steps, machine);
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
  return stepsFor(
    name,
    before,
    isKept,
    called => functionOf(called, machine)?.definition ?? null
  );
}

/** A function of the notebook, with the source that it is in. */
function functionOf(name: string, machine: Machine) {
  const of = definitionOf(
    { nodeType: 'Name', id: name, ctx: { nodeType: 'Load' } } as never,
    machine.env
  );
  return of?.definition && of.text
    ? { definition: of.definition, text: of.text }
    : null;
}

interface INested {
  definition: FunctionDef;
  text: CellText;
}

/**
 * Functions that have to move with the statements: they open files, or read what
 * the statements assign.
 */
function nestedFunctions(steps: readonly IStep[], machine: Machine): INested[] {
  const reached = new Map<string, INested>();
  const queue = steps.flatMap(({ statement }) => [...loadedNames(statement)]);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const found = reached.has(name) ? null : functionOf(name, machine);
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
        node => node.nodeType === 'Call' && isOpen(node)
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

function localNames(definition: FunctionDef): Set<string> {
  const names = storedNames(definition.body);
  for (const node of walk(definition)) {
    if (node.nodeType === 'Arg') {
      names.add(node.arg);
    }
  }
  return names;
}

function checkScope(definition: FunctionDef): void {
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
  const reads = new Reads(machine);
  const definition = (name: string): FunctionDef | null =>
    functionOf(name, machine)?.definition ?? null;
  const functions = nested.map((each): IScopeOfCode => ({
    nodes: [...walk(each.definition)],
    text: each.text,
    definition: each.definition
  }));
  const texts = [...new Set(steps.map(({ text }) => text))];
  const cells = texts.map((text): IScopeOfCode => ({
    nodes: steps
      .filter(step => step.text === text)
      .flatMap(({ statement }) => [...walk(statement)]),
    text,
    definition: null
  }));
  const scopes = [...functions, ...cells];
  scopes.forEach(scope => checkCalls(scope, machine));
  scopes.forEach(scope => reads.open(scope));
  for (let before = -1; before !== reads.parameters.size;) {
    before = reads.parameters.size;
    functions.forEach(scope => reads.hand(scope, definition));
  }
  cells.forEach(scope => reads.hand(scope, definition));
  nested.forEach(each => reads.defaults(each.definition, each.text));
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
    if (
      (name !== null && OUTSIDE.test(name)) ||
      (path !== null && path !== name && OUTSIDE_MODULES.test(path)) ||
      (path !== null && /^csv\.(writer|DictWriter)$/.test(path))
    ) {
      throw LiftRefusal.at(
        node,
        `\`${path ?? name ?? ''}\` reaches outside of what can be kept.`
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
  statement: Parameters<CellText['range']>[0],
  reads: Reads,
  names: IFileNames
): string[] {
  const { start, end } = text.range(statement);
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
