/**
 * Labels whose computation is kept as the original has it.
 */
import type { ExprNode } from 'py-ast';

import type { IAnalysis } from '../analysis';
import { loadedNames } from '../celltext';
import type { CellText } from '../celltext';
import { asksForNone, givenTable } from '../kept/given';
import { sliceOf } from '../kept/slicing';
import type { Table } from '../plan';
import { LiftRefusal } from '../refusal';
import type { CellWriter } from './cellwriter';
import { isAfterFit, isKeptName } from './keptfeatures';
import type { IWritten } from './prepare';

/** Write the labels as a function of the whole table. */
export function writeKeptLabel(
  writer: CellWriter,
  name: string,
  table: Table,
  analysis: IAnalysis
): IWritten {
  const given = givenTable(table, analysis);
  const { steps, missing } = sliceOf(
    given.after.filter(step => !isAfterFit(step, analysis)),
    [name],
    {
      given: given.names,
      isKept: each => isKeptName(each, analysis)
    }
  );
  if (missing.length > 0 || steps.length === 0) {
    throw new LiftRefusal(
      steps[0]?.statement.lineno ?? 1,
      missing.length > 0
        ? `The labels depend on \`${missing[0]}\`, which is no part of the training table.`
        : `\`${name}\` is not made from the training table.`
    );
  }
  const [only] = steps;
  if (
    table.made.object &&
    steps.length === 1 &&
    only.statement.nodeType === 'Assign' &&
    !/\.fit(_transform)?\(/.test(only.text.source(only.statement))
  ) {
    const source = seriesSource(
      only.statement.value,
      only.text,
      new Map([[table.made.variable ?? '', 'frame']])
    );
    writer.add(`def extract_label(frame):\n    return ${source}`);
    return { observation: { kind: 'variable', name } };
  }
  const used = new Set(
    steps.flatMap(({ statement }) => [...loadedNames(statement)])
  );
  const lines = [
    ...given.prelude(used, asksForNone(steps)),
    ...steps.flatMap(({ statement, text }) =>
      text.statementSource(statement).split('\n')
    )
  ];
  writer.import('import numpy as np');
  const labels = writer.define('labels_of', own =>
    [
      `def ${own}(frame):`,
      ...lines.map(line => (line === '' ? '' : `    ${line}`)),
      `    return np.asarray(${name})`
    ].join('\n')
  );
  writer.add(`def extract_label(frame):\n    return ${labels}(frame)`);
  return {
    observation: { kind: 'variable', name },
    findings: [
      {
        kind: 'kept-code',
        severity: 'info',
        message:
          'The labels are computed as the original does it, from the whole table; where each comes from is not tracked.',
        line: steps[0].statement.lineno ?? 1
      }
    ]
  };
}

/** The source of labels, of which a series that is made an array stays a series. */
function seriesSource(
  labels: ExprNode,
  text: CellText,
  renamed: ReadonlyMap<string, string>
): string {
  let node = labels;
  let types = '';
  while (node.nodeType === 'Call' && node.func.nodeType === 'Attribute') {
    const { attr, value } = node.func;
    const given = [
      ...node.args,
      ...node.keywords.flatMap(({ arg, value: type }) =>
        arg === 'dtype' ? [type] : []
      )
    ];
    const others = node.args.length + node.keywords.length - given.length;
    const converts =
      attr === 'to_numpy' || (attr === 'astype' && given.length === 1);
    if (!converts || others > 0) {
      break;
    }
    types = `${given.map(type => `.astype(${text.source(type)})`).join('')}${types}`;
    node = value;
  }
  const series = text.sourceWith(node, renamed);
  const isOne = /^(Name|Attribute|Subscript|Call)$/.test(node.nodeType);
  return types === '' || isOne ? `${series}${types}` : `(${series})${types}`;
}
