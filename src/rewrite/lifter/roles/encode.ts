/**
 * The features: `encode_features()` returns an unfitted ColumnTransformer.
 */
import type { IMatrix } from '../analysis';
import { FEATURE_RULES } from '../features';
import type { IFeatureContext, IStep } from '../features/feature';
import type { Table } from '../plan';
import { namesOfTable } from '../printer/table';
import { unused } from '../naming';
import { LiftRefusal } from '../refusal';
import type { INamedBlock } from '../values';
import type { CellWriter } from './cellwriter';
import type { IWritten } from './prepare';

/** Write the cell that makes the feature matrix. */
export function writeEncode(
  writer: CellWriter,
  matrix: IMatrix,
  table: Table
): IWritten {
  if (matrix.plan !== table.scan) {
    throw new LiftRefusal(
      1,
      'The features are not of the rows of the training table.'
    );
  }
  writer.import('from sklearn.compose import ColumnTransformer');
  const context: IFeatureContext = { writer, names: namesOfTable(table) };
  const taken = new Set<string>();
  const steps = matrix.blocks.map(named => {
    const { transformer, columns } = stepOf(named, context);
    const name = unused(named.name ?? 'feature', taken);
    taken.add(name);
    return `            ("${name}", ${transformer}, ${columns}),`;
  });
  const contract = [
    'def encode_features():',
    '    return ColumnTransformer(',
    '        [',
    ...steps,
    '        ],',
    '        sparse_threshold=0,',
    '    )'
  ].join('\n');
  writer.add(contract);
  return {
    observation: { kind: 'variable', name: matrix.name }
  };
}

function stepOf(named: INamedBlock, context: IFeatureContext): IStep {
  for (const rule of FEATURE_RULES) {
    const step = rule(named, context);
    if (step) {
      return step;
    }
  }
  throw new LiftRefusal(named.line, 'This feature is not understood.');
}
