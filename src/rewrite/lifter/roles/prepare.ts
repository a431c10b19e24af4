/**
 * The preparation: `prepare(sources...)` returns the training table.
 */
import type { IFinding, Observation } from '../../interfaces';
import type { IAnalysis } from '../analysis';
import type { Keyed } from '../keyedbuild';
import type { ListBuild } from '../builds';
import type { Expr } from '../expression';
import { stepsBehind } from '../pandasobject';
import type { PandasObject } from '../pandasobject';
import { exprsOf, spine } from '../plan';
import type { IKeptCode, IPath, IScan, Plan, Table } from '../plan';
import { Layout } from '../printer/layout';
import { PlanPrinter } from '../printer/plan';
import { frameSource, namesOfTable } from '../printer/table';
import { Sources } from '../printer/reading';
import { LiftRefusal } from '../refusal';
import { walkExpr } from '../traversal';
import { valueExprs } from '../values';
import type { CellWriter } from './cellwriter';

/** What a role added to a rewritten cell. */
export interface IWritten {
  observation: Observation | undefined;
  /** What writing it brought to light. */
  findings?: IFinding[];
}

/** Write the cell that makes the training table. */
export function writePrepare(
  writer: CellWriter,
  table: Table,
  analysis: IAnalysis
): IWritten {
  writer.import('import palimpsest.pandas as pd');
  const { rest } = table.made;
  for (const part of rest?.op === 'union' ? rest.parts : [rest]) {
    for (const step of part ? spine(part) : []) {
      if (step.op === 'scan') {
        step.layout.whole = true;
      }
    }
  }
  const sources = sourcesOf(table, analysis);
  const outputs = table.columns.map(({ expr }) => expr);
  const printer = new PlanPrinter(
    writer.cell.index,
    table.plan,
    outputs,
    analysis.machine.lets,
    sources,
    writer
  );
  const series = printer.print();
  const names = namesOfTable(table);
  printer.statements.push({
    code: table.made.object
      ? `return ${series.view.variable}`
      : `return ${frameSource(table, names, series)}`,
    line: table.made.line
  });
  const parameters = sources
    .signature()
    .map(({ name, path }) => `${name}=${path}`);
  const body = new Layout(writer.text.comments).body(printer.statements);
  writer.add(`def prepare(${parameters.join(', ')}):\n${body}`);
  const constant = sources.constantSource();
  if (constant !== null) {
    writer.constant(constant);
  }
  const kept = keptIn(table.plan, outputs);
  kept.flatMap(({ moved }) => moved).forEach(name => writer.drop(name));
  return {
    observation: observationOf(table, [...names.values()]),
    findings: kept.map(keptFinding)
  };
}

/** What is collected as the original does it. */
function keptIn(plan: Plan, outputs: readonly Expr[]): IKeptCode[] {
  return [...plansBehind(plan, outputs)].flatMap(keptAt);
}

/** Kept statements that a step of a plan is made by. */
function keptAt(plan: Plan): IKeptCode[] {
  if (plan.op === 'kept') {
    return [plan.code];
  }
  return plan.op === 'frame'
    ? stepsBehind([plan.object]).flatMap(({ kept }) => (kept ? [kept] : []))
    : [];
}

function keptFinding({ name, line }: IKeptCode): IFinding {
  return {
    kind: 'kept-code',
    severity: 'info',
    message: `\`${name}\` is collected as the original does it: its rows are not traced one by one, and a forget runs this again.`,
    line
  };
}

/** The files that a table is made from, as parameters. */
export function sourcesOf(table: Table, analysis: IAnalysis): Sources {
  const outputs = table.columns.map(({ expr }) => expr);
  const scans = [...scansOf(table.plan, outputs)].sort(
    (a, b) => a.line - b.line
  );
  const reads = pathsBehind(table.plan);
  const reserved = new Set<string>();
  for (const cell of analysis.cells) {
    cell.kept.forEach((_, name) => reserved.add(name));
  }
  for (const { variables, paths } of keptIn(table.plan, outputs)) {
    variables.forEach(name => reserved.add(name));
    reads.push(...paths);
  }
  if (scans.length === 0 && reads.length === 0) {
    throw new LiftRefusal(
      table.made.line,
      'The training table is not read from files.'
    );
  }
  return new Sources(scans, reserved, reads);
}

/** The files that statements of pandas read for a plan. */
function pathsBehind(plan: Plan): IPath[] {
  const paths: IPath[] = [];
  const seen = new Set<Plan>();
  const visit = (node: Plan): void => {
    if (seen.has(node)) {
      return;
    }
    seen.add(node);
    if (node.op === 'frame') {
      for (const step of stepsBehind([node.object])) {
        paths.push(...step.paths.map(({ path }) => path));
        for (const value of step.reads.values()) {
          if (value.kind === 'list') {
            visit(value.build.contents().plan);
          }
        }
      }
    } else if (node.op === 'table') {
      visit(node.table.plan);
    } else if (node.op === 'union') {
      node.parts.forEach(visit);
    } else if (node.op === 'join') {
      visit(node.of.contents().plan);
    }
    if ('input' in node) {
      visit(node.input);
    }
  };
  visit(plan);
  return paths;
}

/** The lists of loops that statements of pandas read. */
function listsBehind(object: PandasObject): ListBuild[] {
  return stepsBehind([object]).flatMap(step =>
    [...step.reads.values()].flatMap(value =>
      value.kind === 'list' ? [value.build] : []
    )
  );
}

/** All reads of files that a plan makes. */
export function scansOf(plan: Plan, outputs: readonly Expr[] = []): Set<IScan> {
  const scans = new Set<IScan>();
  for (const node of plansBehind(plan, outputs)) {
    if (node.op === 'scan') {
      scans.add(node);
    }
    keptAt(node).forEach(code => code.scans.forEach(each => scans.add(each)));
  }
  return scans;
}

/** All steps of a plan, those of its look-ups included. */
function plansBehind(plan: Plan, outputs: readonly Expr[]): Set<Plan> {
  const seen = new Set<Plan>();
  const keyed = (of: Keyed): void => {
    const { plan: rows, added } = of.contents();
    expression(added.key);
    if (added.value) {
      valueExprs(added.value).forEach(expression);
    }
    visit(rows);
  };
  const expression = (expr: Expr): void => {
    for (const part of walkExpr(expr)) {
      if (part.kind === 'member') {
        keyed(part.of);
      }
    }
  };
  const visit = (node: Plan): void => {
    if (seen.has(node)) {
      return;
    }
    seen.add(node);
    switch (node.op) {
      case 'scan':
      case 'kept':
        break;
      case 'union':
        node.columns.forEach(({ exprs }) => exprs.forEach(expression));
        node.parts.forEach(visit);
        break;
      case 'frame':
        for (const list of listsBehind(node.object)) {
          valueExprs(list.contents().added).forEach(expression);
          visit(list.contents().plan);
        }
        break;
      case 'table':
        node.table.columns.forEach(({ expr }) => expression(expr));
        visit(node.table.plan);
        break;
      default:
        exprsOf(node).forEach(expression);
        if (node.op === 'join') {
          keyed(node.of);
        }
        visit(node.input);
    }
  };
  visit(plan);
  outputs.forEach(expression);
  return seen;
}

function observationOf(
  table: Table,
  columns: string[]
): Observation | undefined {
  const { file, variable } = table.made;
  if (file) {
    return file.path.value === null
      ? undefined
      : {
          kind: 'file',
          path: file.path.value,
          separator: file.separator,
          columns
        };
  }
  return variable === null ? undefined : { kind: 'variable', name: variable };
}
