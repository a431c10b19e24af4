/**
 * Following columns from their sources to the matrix.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  IColumnRef,
  IPlanGraph
} from '../../companion/protocol.generated';
import { FeatureList } from '../records/trace';
import type { IFollowed } from '../state';
import { followedIn } from './facts';

/** A column that can be followed, by the source columns it is computed from. */
interface IFollowable {
  label: string;
  columns: readonly IColumnRef[];
}

interface IFollowGroup {
  title: string;
  choices: IFollowable[];
}

interface IFollowProps {
  plan: IPlanGraph;
  followed: IFollowed | null;
  onFollow: (columns: readonly IColumnRef[]) => void;
  trans: TranslationBundle;
}

/** Columns of sources, of the training table and of the matrix. */
export function followable(
  plan: IPlanGraph,
  trans: TranslationBundle
): IFollowGroup[] {
  const sources = plan.nodes.filter(({ stage }) => stage === 'source');
  const groups = new Map<string, IFollowGroup>();
  for (const node of sources) {
    const source = node.table?.replace(/^source:/, '') ?? node.label;
    groups.set(source, {
      title: source,
      choices: node.columns.map(({ name }) => ({
        label: name,
        columns: [{ source, column: name }]
      }))
    });
  }
  return [
    ...groups.values(),
    {
      title: trans.__('training table'),
      choices: plan.columns.map(({ column, value }) => ({
        label: column,
        columns: value
      }))
    },
    {
      title: trans.__('feature matrix'),
      choices: plan.features.map(({ transformer, start, stop, value }) => ({
        label: `${transformer} [${start}–${stop - 1}]`,
        columns: value
      }))
    }
  ].map(({ title, choices }) => ({
    title,
    choices: choices.filter(({ columns }) => columns.length > 0)
  }));
}

/** Chooses a column, and tells where it goes. */
export function Follow(props: IFollowProps): JSX.Element {
  const { plan, followed, onFollow, trans } = props;
  const groups = followable(plan, trans);
  const all = groups.flatMap(({ choices }) => choices);
  const keyOf = (columns: readonly IColumnRef[]) => JSON.stringify(columns);
  const chosen = followed
    ? all.findIndex(({ columns }) => keyOf(columns) === keyOf(followed.columns))
    : -1;
  let index = 0;
  return (
    <div className="jp-Palimpsest-follow">
      <label>
        {trans.__('Follow a column')}{' '}
        <select
          value={chosen}
          onChange={event =>
            onFollow(all[Number(event.target.value)]?.columns ?? [])
          }
        >
          <option value={-1}>{trans.__('none')}</option>
          {groups.map(({ title, choices }) => (
            <optgroup key={title} label={title}>
              {choices.map(({ label }) => (
                <option key={index} value={index++}>
                  {label}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      {followed && (
        <Destinations plan={plan} followed={followed} trans={trans} />
      )}
    </div>
  );
}

function Destinations(props: {
  plan: IPlanGraph;
  followed: IFollowed;
  trans: TranslationBundle;
}): JSX.Element {
  const { plan, followed, trans } = props;
  const names = followed.columns.map(ref => `${ref.source}.${ref.column}`);
  const reached = plan.nodes.flatMap(node => {
    const found = followedIn(node, plan, followed, trans);
    return found ? [{ node, text: found.text }] : [];
  });
  return (
    <details className="jp-Palimpsest-outline">
      <summary>
        {trans.__(
          '%1 reaches %2 of %3 operations and %4 parts of the matrix',
          names.join(', '),
          reached.length,
          plan.nodes.length,
          followed.trace.features.length
        )}
      </summary>
      <ul>
        {reached.map(({ node, text }) => (
          <li key={node.id}>
            {node.operation} {node.label}: {text}
          </li>
        ))}
      </ul>
      <FeatureList slices={followed.trace.features} trans={trans} />
    </details>
  );
}
