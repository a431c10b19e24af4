/**
 * What the original does on lines that pandas would take.
 */
import type { IFinding } from '../../interfaces';
import { scansOf } from '../roles/prepare';
import { typeOf } from '../typing';
import type { FindingRule } from './finding';

/** Lines with another number of fields. */
export const raggedLines: FindingRule = ({ role, cell, analysis }) => {
  const table = role === 'prepare' ? analysis.table : null;
  if (!table) {
    return [];
  }
  const outputs = table.table.columns.map(({ expr }) => expr);
  return [...scansOf(table.table.plan, outputs)].flatMap((scan): IFinding[] => {
    const { width } = scan.layout;
    return width !== null && width > 1 && scan.cell === cell.index
      ? [
          {
            kind: 'ragged-lines',
            severity: 'info',
            message: `The original stops at a line of ${scan.path.text} that has not exactly ${width} fields; pandas stops at more, but fills fewer with empty ones.`,
            line: scan.line
          }
        ]
      : [];
  });
};

/** A separator inside a text that is written to an intermediate file. */
export const separatorInField: FindingRule = ({ role, analysis }) => {
  const table = role === 'prepare' ? analysis.table?.table : null;
  const file = table?.made.file;
  if (!table || !file) {
    return [];
  }
  const texts = table.columns.filter(({ expr }) => typeOf(expr) === 'str');
  const mark = file.separator === '\t' ? 'tab' : `\`${file.separator}\``;
  return texts.length > 0
    ? [
        {
          kind: 'separator-in-field',
          severity: 'info',
          message: `A ${mark} inside a text would shift the columns of ${file.path.text}, and the original would fail when it reads it again; the rewrite keeps the text.`,
          line: table.made.line
        }
      ]
    : [];
};
