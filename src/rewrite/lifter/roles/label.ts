/**
 * The labels: `extract_label(frame)`.
 */
import type { IAnalysis, ILabel } from '../analysis';
import type { Expr } from '../expression';
import type { Table } from '../plan';
import { Layout } from '../printer/layout';
import { PlanPrinter } from '../printer/plan';
import { Sources } from '../printer/reading';
import { LiftRefusal } from '../refusal';
import { isOverRows } from '../row';
import type { CellWriter } from './cellwriter';
import type { IWritten } from './prepare';

/** Write the cell that makes the labels. */
export function writeLabel(
  writer: CellWriter,
  label: ILabel,
  table: Table,
  analysis: IAnalysis
): IWritten {
  if (!isOverRows(label.expr)) {
    throw new LiftRefusal(1, 'The label is the same for every row.');
  }
  if (label.plan !== table.scan) {
    throw new LiftRefusal(
      1,
      'The labels are not of the rows of the training table.'
    );
  }
  const contract = frameFunction(
    'extract_label',
    label.expr,
    table,
    writer,
    analysis
  );
  writer.add(contract);
  return {
    observation: { kind: 'variable', name: label.name }
  };
}

/** A function of the training table that returns one series. */
export function frameFunction(
  name: string,
  expr: Expr,
  table: Table,
  writer: CellWriter,
  analysis: IAnalysis
): string {
  const printer = new PlanPrinter(
    writer.cell.index,
    table.scan,
    [expr],
    analysis.machine.lets,
    new Sources([], new Set()),
    writer,
    { table, variable: 'frame' }
  );
  const series = printer.print();
  printer.statements.push({
    code: `return ${series.source(expr)}`,
    line: null
  });
  const body = new Layout(writer.text.comments).body(printer.statements);
  return `def ${name}(frame):\n${body}`;
}
