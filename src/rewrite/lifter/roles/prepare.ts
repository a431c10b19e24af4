/**
 * The preparation: `prepare(sources...)` returns the training table.
 */
import type { Observation } from '../../interfaces';
import type { IAnalysis } from '../analysis';
import type { ICellRun } from '../machine';
import type { Expr } from '../expression';
import type { IScan, Plan, Table } from '../plan';
import { Layout } from '../printer/layout';
import { PlanPrinter, frameSource, namesOfTable } from '../printer/plan';
import { Sources } from '../printer/reading';
import { LiftRefusal } from '../refusal';
import { walkExpr } from '../traversal';
import { CellWriter } from './cellwriter';

/** A rewritten cell. */
export interface IWritten {
  code: string;
  observation: Observation | undefined;
}

/** Write the cell that makes the training table. */
export function writePrepare(
  cell: ICellRun,
  table: Table,
  analysis: IAnalysis
): IWritten {
  const writer = new CellWriter(cell, analysis);
  writer.import('import palimpsest.pandas as pd');
  const sources = sourcesOf(table, analysis);
  const outputs = table.columns.map(({ expr }) => expr);
  const printer = new PlanPrinter(
    table.plan,
    outputs,
    analysis.machine.lets,
    sources,
    writer
  );
  const series = printer.print();
  const names = namesOfTable(table);
  printer.statements.push({
    code: `return ${frameSource(table, names, series)}`,
    line: table.made.line
  });
  const parameters = sources
    .signature()
    .map(({ name, path }) => `${name}=${path}`);
  const body = new Layout(writer.text.comments).body(printer.statements);
  const contract = `def prepare(${parameters.join(', ')}):\n${body}`;
  return {
    code: writer.compose([contract], [sources.constantSource()]),
    observation: observationOf(table, [...names.values()])
  };
}

/** The files that a table is made from, as parameters. */
export function sourcesOf(table: Table, analysis: IAnalysis): Sources {
  const scans = [...scansOf(table.plan)].sort((a, b) => a.line - b.line);
  if (scans.length === 0) {
    throw new LiftRefusal(table.made.line, 'The training table is not read from files.');
  }
  const reserved = new Set<string>();
  for (const cell of analysis.cells) {
    cell.kept.forEach((_, name) => reserved.add(name));
  }
  return new Sources(scans, reserved);
}

/** All reads of files that a plan makes. */
export function scansOf(
  plan: Plan,
  seen = new Set<Plan>(),
  scans = new Set<IScan>()
): Set<IScan> {
  if (seen.has(plan)) {
    return scans;
  }
  seen.add(plan);
  const visitKeys = (expr: Expr): void => {
    for (const part of walkExpr(expr)) {
      if (part.kind === 'member') {
        scansOf(part.of.contents().plan, seen, scans);
      }
    }
  };
  switch (plan.op) {
    case 'scan':
      scans.add(plan);
      break;
    case 'table':
      plan.table.columns.forEach(({ expr }) => visitKeys(expr));
      scansOf(plan.table.plan, seen, scans);
      break;
    case 'filter':
      visitKeys(plan.predicate);
      scansOf(plan.input, seen, scans);
      break;
    case 'join':
      scansOf(plan.of.contents().plan, seen, scans);
      scansOf(plan.input, seen, scans);
      break;
  }
  return scans;
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
