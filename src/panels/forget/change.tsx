/**
 * What a forget changed: how many rows each operation had before, and has now.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  ICheckResults,
  IPlanGraph
} from '../../companion/protocol.generated';
import { isFigure } from '../units';

interface IChangeProps {
  before: IPlanGraph | null;
  after: IPlanGraph | null;
  /** What checks found, when they were run. */
  checks: ICheckResults | null;
  trans: TranslationBundle;
}

/** Something with its figure before and after. */
interface IChangedFigure {
  what: string;
  before: string;
  after: string;
}

/** The figures that are not what they were. */
export function changedFigures(
  before: IPlanGraph,
  after: IPlanGraph,
  trans: TranslationBundle
): IChangedFigure[] {
  const rows = after.nodes.flatMap(node => {
    const was = before.nodes.find(({ id }) => id === node.id);
    return was && was.rows !== node.rows
      ? [
          {
            what: trans.__('%1 %2, rows', node.operation, node.label),
            before: was.rows.toLocaleString(),
            after: node.rows.toLocaleString()
          }
        ]
      : [];
  });
  const [was, is] = [before, after].map(({ features }) =>
    features.reduce((sum, { start, stop }) => sum + stop - start, 0)
  );
  return was === is
    ? rows
    : [
        ...rows,
        {
          what: trans.__('feature matrix, columns'),
          before: was.toLocaleString(),
          after: is.toLocaleString()
        }
      ];
}

/** The check that measures the model. */
const SCORE = 'score';

/** The score of the model before and now, when it was measured in both states. */
export function changedScore(
  checks: ICheckResults,
  trans: TranslationBundle
): IChangedFigure | null {
  const now = checks.results.find(({ id }) => id === SCORE);
  const was = checks.history
    .filter(({ state }) => state < checks.state)
    .map(({ measures }) => measures[SCORE])
    .filter(isFigure)
    .at(-1);
  return now && isFigure(now.measure) && isFigure(was)
    ? {
        what: now.measured ?? trans.__('score'),
        before: was.toPrecision(4),
        after: now.measure.toPrecision(4)
      }
    : null;
}

/** The table of what changed. */
export function ChangeTable(props: IChangeProps): JSX.Element | null {
  const { before, after, checks, trans } = props;
  if (!before || !after) {
    return null;
  }
  const score = checks && changedScore(checks, trans);
  const figures = [
    ...changedFigures(before, after, trans),
    ...(score ? [score] : [])
  ];
  return figures.length === 0 ? (
    <p>
      {trans.__(
        'No table has another number of rows than before; values have.'
      )}
    </p>
  ) : (
    <table className="jp-Palimpsest-change" tabIndex={0}>
      <caption>{trans.__('Before and after')}</caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('what')}</th>
          <th scope="col">{trans.__('before')}</th>
          <th scope="col">{trans.__('after')}</th>
        </tr>
      </thead>
      <tbody>
        {figures.map(figure => (
          <tr key={figure.what}>
            <th scope="row">{figure.what}</th>
            <td>{figure.before}</td>
            <td>{figure.after}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
