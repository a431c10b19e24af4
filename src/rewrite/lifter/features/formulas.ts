/**
 * Other formulas with statistics of the column, such as a z-score with the sample
 * deviation: a small transformer class in the cell.
 */
import type { Expr, IStatistic } from '../expression';
import { behind } from '../expression';
import { PythonPrinter } from '../printer/python';
import type { IDefinitions } from '../printer/scope';
import { LiftRefusal } from '../refusal';
import { rebuild, sameExpr, walkExpr } from '../traversal';
import { selector } from './feature';
import type { FeatureRule } from './feature';
import { valuesFunction, withoutFloat } from './functions';

export const formulas: FeatureRule = (named, context) => {
  const { block, line } = named;
  if (block.kind !== 'number') {
    return null;
  }
  const statistics = statisticsOf(block.expr);
  if (statistics.length === 0) {
    return null;
  }
  const [{ of }] = statistics;
  if (!statistics.every(each => sameExpr(each.of, of))) {
    throw new LiftRefusal(
      line,
      'A feature with statistics of several columns is not understood.'
    );
  }
  const { writer } = context;
  const { name: values, inputs } = valuesFunction(
    named,
    withoutFloat(of),
    context
  );
  const formula = formulaSource(block.expr, of, line, writer);
  writer.import('from sklearn.base import BaseEstimator, TransformerMixin');
  const fitted = fittedLines(statistics);
  const wanted = className(named.name ?? 'scaled');
  const own = writer.define(wanted, name =>
    classSource(name, values, fitted, formula)
  );
  return { transformer: `${own}()`, columns: selector(inputs) };
};

function statisticsOf(expr: Expr): IStatistic[] {
  return [...walkExpr(expr)].flatMap(part =>
    part.kind === 'statistic' && part.statistic.name !== 'count'
      ? [part.statistic]
      : []
  );
}

function fittedLines(statistics: readonly IStatistic[]): string[] {
  const lines = new Set<string>();
  for (const statistic of statistics) {
    const value =
      statistic.name === 'median'
        ? 'np.median(values)'
        : `values.${statistic.name}(${statistic.ddof > 0 ? `ddof=${statistic.ddof}` : ''})`;
    lines.add(`self.${attribute(statistic)} = ${value}`);
  }
  return [...lines];
}

function attribute(statistic: IStatistic): string {
  return `${statistic.name}_`;
}

function classSource(
  name: string,
  values: string,
  fitted: readonly string[],
  formula: string
): string {
  return [
    `class ${name}(BaseEstimator, TransformerMixin):`,
    '    def fit(self, column, y=None):',
    `        values = ${values}(column)`,
    ...fitted.map(line => `        ${line}`),
    '        return self',
    '',
    '    def transform(self, column):',
    `        values = ${values}(column)`,
    `        return ${formula}`
  ].join('\n');
}

/** The formula over `values` and the fitted statistics. */
function formulaSource(
  expr: Expr,
  of: Expr,
  line: number,
  definitions: IDefinitions
): string {
  const named = (name: string): Expr => ({
    kind: 'name',
    of: { name, origin: 'constant' }
  });
  const replace = (part: Expr): Expr => {
    const inner = behind(part);
    if (inner.kind === 'statistic') {
      return named(`self.${attribute(inner.statistic)}`);
    }
    if (sameExpr(part, of) || sameExpr(withoutFloat(part), withoutFloat(of))) {
      return named('values');
    }
    if (
      inner.kind !== 'binary' &&
      inner.kind !== 'unary' &&
      inner.kind !== 'literal'
    ) {
      if (inner.kind !== 'call') {
        throw new LiftRefusal(line, 'This formula is not understood.');
      }
      return {
        ...inner,
        args: inner.args.map(arg => ({ ...arg, value: replace(arg.value) }))
      };
    }
    return rebuild(inner, replace);
  };
  const printer = new PythonPrinter(
    {
      column: () => {
        throw new LiftRefusal(line, 'This formula mixes several columns.');
      },
      binding: () => null
    },
    definitions
  );
  return printer.source(replace(expr));
}

function className(variable: string): string {
  return variable
    .split('_')
    .map(part => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')
    .concat('Scaler');
}
