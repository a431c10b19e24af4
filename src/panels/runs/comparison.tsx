/**
 * Two runs side by side: plan, parameters, metrics and data.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  ICompared,
  IPlanChange,
  IRunComparison
} from '../../companion/protocol.generated';
import { runLabel } from '../runlabel';

interface IComparisonProps {
  comparison: IRunComparison;
  trans: TranslationBundle;
}

/** What is different; what is equal is only counted. */
export function Comparison(props: IComparisonProps): JSX.Element {
  const { comparison, trans } = props;
  const { run, other, plan, parameters, metrics, data } = comparison;
  const names = [run, other].map(runLabel);
  return (
    <section
      className="jp-Palimpsest-comparison"
      aria-label={trans.__('Comparison')}
    >
      <h3>{trans.__('%1 beside %2', ...names)}</h3>
      <h4>{trans.__('Plan')}</h4>
      {plan.length === 0 ? (
        <p>{trans.__('Both have the same operations.')}</p>
      ) : (
        <ul>
          {plan.map((change, index) => (
            <li key={index}>{changeText(change, trans)}</li>
          ))}
        </ul>
      )}
      <ComparedTable
        title={trans.__('Parameters')}
        compared={parameters}
        names={names}
        trans={trans}
      />
      <ComparedTable
        title={trans.__('Metrics')}
        compared={metrics}
        names={names}
        trans={trans}
      />
      <table tabIndex={0}>
        <caption>{trans.__('Records')}</caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('source')}</th>
            <th scope="col">{names[0]}</th>
            <th scope="col">{names[1]}</th>
            <th scope="col">{trans.__('in both')}</th>
            <th scope="col">{trans.__('only in the first')}</th>
            <th scope="col">{trans.__('only in the second')}</th>
          </tr>
        </thead>
        <tbody>
          {data.map(change => (
            <tr key={change.source}>
              <th scope="row">{change.source}</th>
              {[
                change.records,
                change.other_records,
                change.both,
                change.only_here,
                change.only_there
              ].map((count, index) => (
                <td key={index}>{count?.toLocaleString() ?? '–'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Features
        label={trans.__('Features only of the first:')}
        names={comparison.features_only_here}
      />
      <Features
        label={trans.__('Features only of the second:')}
        names={comparison.features_only_there}
      />
    </section>
  );
}

function changeText(change: IPlanChange, trans: TranslationBundle): string {
  const { kind, label, other_label } = change;
  switch (kind) {
    case 'only-here':
      return trans.__('only the first: %1', label);
    case 'only-there':
      return trans.__('only the second: %1', other_label);
    case 'changed':
      return trans.__('%1 became %2', label, other_label);
  }
}

function ComparedTable(props: {
  title: string;
  compared: readonly ICompared[];
  names: readonly string[];
  trans: TranslationBundle;
}): JSX.Element {
  const { title, compared, names, trans } = props;
  const different = compared.filter(({ equal }) => !equal);
  const equal = compared.length - different.length;
  return (
    <>
      <table tabIndex={0}>
        <caption>
          {title} ({trans.__('%1 equal', equal)})
        </caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('name')}</th>
            <th scope="col">{names[0]}</th>
            <th scope="col">{names[1]}</th>
          </tr>
        </thead>
        <tbody>
          {different.map(({ name, value, other }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{String(value ?? '–')}</td>
              <td>{String(other ?? '–')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Features(props: {
  label: string;
  names: readonly string[];
}): JSX.Element | null {
  const { label, names } = props;
  return names.length === 0 ? null : (
    <p>
      {label} {names.join(', ')}
    </p>
  );
}
