/**
 * Rows that are collected as the original does it: the tables of its files, a
 * function with its statements, and what that returns.
 */
import { quote } from '../expression';
import { MEMORY } from '../kept/rows/reads';
import type { IKeptCode, IKeptRows } from '../plan';
import { LiftRefusal } from '../refusal';
import type { Sources } from './reading';
import type { IDefinitions } from './scope';

/** The statements that read the files, and the call of the function. */
export function keptCall(
  code: IKeptCode,
  sources: Sources,
  definitions: IDefinitions
): { reads: string[]; call: string } {
  const table = sources.variableOf.bind(sources);
  const path = sources.parameterFor.bind(sources);
  const reads = code.scans.map(
    scan =>
      `${table(scan)} = pd.read_csv(${[
        sources.parameterOf(scan),
        ...(scan.layout.width === 1 ? ['names=["line"]'] : []),
        ...sources.ownOptions(scan),
        `**${sources.constant}`
      ].join(', ')})`
  );
  const files = [...code.scans.map(table), ...code.paths.map(path)].join(', ');
  if (code.needs.has('nullcontext')) {
    definitions.import('from contextlib import nullcontext');
  }
  if (code.needs.has('text_of')) {
    definitions.import('import io');
    if (definitions.define('text_of', textOf) !== 'text_of') {
      throw new LiftRefusal(code.line, 'The notebook has its own `text_of`.');
    }
  }
  if (code.needs.has('pandas')) {
    definitions.import('import pandas');
  }
  const start: string[] = [];
  if (code.needs.has('in_memory')) {
    definitions.import('import io');
    const memory = definitions.define('InMemory', inMemory);
    start.push(`    ${MEMORY} = ${memory}()`);
  }
  const rows = definitions.define(`${code.name}_of`, name =>
    [
      '# collected as the original does it: its rows depend on all records',
      `def ${name}(${files}):`,
      ...start,
      ...code
        .body({ table, path })
        .map(line => (line === '' ? '' : `    ${line}`)),
      `    return ${code.name}`
    ].join('\n')
  );
  return { reads, call: `${rows}(${files})` };
}

/** The frame of the rows that a call returns. */
export function keptFrame(plan: IKeptRows, call: string): string {
  const names = plan.columns.map(({ name }) => quote(name)).join(', ');
  return plan.shape === 'single'
    ? `pd.DataFrame({${names}: ${call}})`
    : `pd.DataFrame(${call}, columns=[${names}])`;
}

function textOf(name: string): string {
  return [
    `def ${name}(lines):`,
    '    return io.StringIO("".join(line + "\\n" for line in lines["line"]))'
  ].join('\n');
}

/** Files that are written and read again on the way, but never on the disk. */
function inMemory(name: string): string {
  return [
    `class ${name}:`,
    '    def __init__(self):',
    '        self._files = {}',
    '',
    '    def writing(self, path):',
    '        file = self._files[path] = io.StringIO()',
    '        file.close = lambda: None  # its text stays',
    '        return file',
    '',
    '    def reading(self, path):',
    '        return io.StringIO(self._files[path].getvalue(), newline=None)'
  ].join('\n');
}
