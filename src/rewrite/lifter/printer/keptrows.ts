/**
 * Rows that are collected as the original does it: the tables of its files, a
 * function with its statements, and a frame of what that returns.
 */
import { quote } from '../expression';
import type { IKeptRows, IScan } from '../plan';
import type { Sources } from './reading';
import type { IDefinitions } from './scope';

/** The statements that read, and the expression for the frame. */
export function keptSource(
  plan: IKeptRows,
  sources: Sources,
  definitions: IDefinitions
): { reads: string[]; code: string } {
  const of = (scan: IScan) => sources.variableOf(scan);
  const reads = plan.scans.map(
    scan =>
      `${of(scan)} = pd.read_csv(${[
        sources.parameterOf(scan),
        ...(scan.layout.width === 1 ? ['names=["line"]'] : []),
        ...sources.ownOptions(scan),
        `**${sources.constant}`
      ].join(', ')})`
  );
  const arguments_ = plan.scans.map(of).join(', ');
  if (plan.needs.has('nullcontext')) {
    definitions.import('from contextlib import nullcontext');
  }
  if (plan.needs.has('text_of')) {
    definitions.import('import io');
    definitions.define('text_of', textOf);
  }
  const rows = definitions.define(`${plan.name}_of`, name =>
    [
      '# collected as the original does it: its rows depend on all records',
      `def ${name}(${arguments_}):`,
      ...plan.body(of).map(line => (line === '' ? '' : `    ${line}`)),
      `    return ${plan.name}`
    ].join('\n')
  );
  const names = plan.columns.map(({ name }) => quote(name)).join(', ');
  const call = `${rows}(${arguments_})`;
  return {
    reads,
    code:
      plan.shape === 'single'
        ? `pd.DataFrame({${names}: ${call}})`
        : `pd.DataFrame(${call}, columns=[${names}])`
  };
}

function textOf(name: string): string {
  return [
    `def ${name}(lines):`,
    '    return io.StringIO("".join(line + "\\n" for line in lines["line"]))'
  ].join('\n');
}
