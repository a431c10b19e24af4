/**
 * What of the original cell is no longer there after the rewrite.
 */
import type { IFinding } from '../../interfaces';
import { loadedNames } from '../celltext';
import { sameFile } from '../paths';
import type { FindingRule } from './finding';

/** Variables that later cells still use. */
export const lostNames: FindingRule = ({ role, cell, analysis }) => {
  if (role === null || role === 'train') {
    return [];
  }
  const own = new Map(
    analysis.machine.events
      .filter(event => event.cell === cell.index && !cell.kept.has(event.name))
      .map(event => [event.name, event.line] as const)
  );
  return analysis.cells.flatMap((later): IFinding[] => {
    if (later.index <= cell.index || !later.text) {
      return [];
    }
    const used = loadedNames(later.text.module);
    const lost = [...own.keys()].filter(name => used.has(name));
    return lost.length > 0
      ? [
          {
            kind: 'lost-names',
            severity: 'info',
            message: `Cell ${later.index + 1} uses ${lost.map(name => `\`${name}\``).join(', ')}, which this cell no longer defines: rewrite it too.`,
            line: own.get(lost[0]) ?? 1
          }
        ]
      : [];
  });
};

/** The intermediate file, when later cells read it. */
export const lostFile: FindingRule = ({ role, analysis }) => {
  const table = role === 'prepare' ? analysis.table?.table : null;
  const file = table?.made.file;
  if (!table || !file) {
    return [];
  }
  const readers = analysis.machine.reads
    .filter(read => sameFile(read.path, file.path))
    .map(read => read.cell + 1);
  return readers.length > 0
    ? [
        {
          kind: 'lost-file',
          severity: 'info',
          message: `Cell ${[...new Set(readers)].join(', ')} reads ${file.path.text}, which this cell no longer writes: rewrite it too.`,
          line: table.made.line
        }
      ]
    : [];
};

/** Prints and plots that are no part of the function. */
export const lostOutputs: FindingRule = ({ role, cell, text }) => {
  if (role === null || role === 'train') {
    return [];
  }
  return cell.outputs.map((statement): IFinding => ({
    kind: 'lost-output',
    severity: 'info',
    message: `\`${text.source(statement).split('\n')[0]}\` only shows something; it is left out.`,
    line: statement.lineno ?? 1
  }));
};

/** Statements that could not be lifted, and that the result does not need. */
export const lostStatements: FindingRule = ({ role, cell }) => {
  if (role === null || role === 'train') {
    return [];
  }
  return cell.refusals.map((refusal): IFinding => ({
    kind: 'lost-statement',
    severity: 'warning',
    message: `This statement is left out, for the result does not need it: ${refusal.reason}`,
    line: refusal.line
  }));
};
