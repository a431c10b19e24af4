/**
 * One-hot columns with fixed categories.
 */
import type { FeatureRule } from './feature';
import { plainInput } from './feature';
import { LiftRefusal } from '../refusal';

export const indicators: FeatureRule = ({ block, line }, context) => {
  if (block.kind !== 'indicator') {
    return null;
  }
  const column = plainInput(block.expr, context);
  if (column === null) {
    throw new LiftRefusal(
      line,
      'The one-hot columns are not of one column of the table.'
    );
  }
  context.writer.import('from sklearn.preprocessing import OneHotEncoder');
  const { text, unseen } = block.categories;
  const options = [
    `categories=[${text}]`,
    ...(unseen === 'zeros' ? ['handle_unknown="ignore"'] : []),
    'sparse_output=False'
  ];
  return {
    transformer: `OneHotEncoder(${options.join(', ')})`,
    columns: `["${column}"]`
  };
};
