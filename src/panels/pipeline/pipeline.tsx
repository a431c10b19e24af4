/**
 * The pipeline of a run: its graph, an operation of it, the lineage of columns.
 */
import { useCallback } from 'react';

import type {
  IColumnLineage,
  IColumnRef,
  IFeatureSlice,
  IPlanNode
} from '../../companion/protocol.generated';
import type { IPanelProps } from '../panel';
import { milliseconds } from '../units';
import { rowsText } from './facts';
import { Follow } from './follow';
import { PipelineGraph } from './graph';
import { PipelineOutline } from './outline';

/** The part of the panel. */
export function Pipeline(props: IPanelProps): JSX.Element {
  const { model, trans } = props;
  const { plan, node, followed } = model.state;
  const onSelect = useCallback(
    (chosen: IPlanNode) => model.pipeline.choose(chosen),
    [model]
  );
  if (!plan) {
    return <></>;
  }
  const graph = { plan, selected: node, followed, onSelect, trans };
  const chosen = plan.nodes.find(({ id }) => id === node);
  return (
    <>
      <ChangedSources {...props} />
      {plan.warnings.map((warning, index) => (
        <p key={index} className="jp-Palimpsest-warning" role="alert">
          {warning}
        </p>
      ))}
      <Follow
        plan={plan}
        followed={followed}
        onFollow={columns => void model.pipeline.follow(columns)}
        trans={trans}
      />
      <PipelineGraph {...graph} />
      {chosen ? (
        <Details {...props} node={chosen} />
      ) : (
        <p className="jp-Palimpsest-empty">
          {trans.__(
            'Choose an operation to see what it did, and to page through its rows.'
          )}
        </p>
      )}
      <PipelineOutline {...graph} />
      <ColumnLineage
        columns={plan.columns}
        features={plan.features}
        trans={trans}
      />
    </>
  );
}

function ChangedSources({ model, trans }: IPanelProps): JSX.Element | null {
  const changed = model.state.run?.changed_sources ?? [];
  return changed.length === 0 ? null : (
    <p className="jp-Palimpsest-warning" role="alert">
      {trans.__(
        'These sources have changed since the run read them: %1. The run shows what it read; run the pipeline again to take the changes in.',
        changed.join(', ')
      )}
    </p>
  );
}

/** What is known of one operation. */
function Details(props: IPanelProps & { node: IPlanNode }): JSX.Element {
  const { model, node, trans } = props;
  const { plan } = model.state;
  const { table } = node;
  return (
    <section
      className="jp-Palimpsest-details"
      aria-label={trans.__('Chosen operation')}
    >
      <h3>
        {node.operation}: {node.label}
      </h3>
      <p>
        {rowsText(node, plan?.nodes ?? [], trans)} ·{' '}
        {milliseconds(node.seconds, trans)}
        {node.location &&
          ' · ' +
            trans.__('%1, line %2', node.location.file, node.location.line)}
      </p>
      {node.columns.length > 0 && (
        <p className="jp-Palimpsest-columnNames">
          {node.columns.map(({ name }) => name).join(', ')}
        </p>
      )}
      {node.warnings.map((warning, index) => (
        <p key={index} className="jp-Palimpsest-warning">
          {warning}
        </p>
      ))}
      {table ? (
        <button
          className="jp-Palimpsest-button"
          onClick={() => {
            void model.show('records');
            void model.records.show(table);
          }}
        >
          {trans.__('Show its rows')}
        </button>
      ) : (
        <p>{trans.__('This operation keeps no table of its own.')}</p>
      )}
    </section>
  );
}

const names = (columns: readonly IColumnRef[]) =>
  columns.map(({ source, column }) => `${source}.${column}`).join(', ') || '–';

/** Which source columns each training and feature column depends on. */
function ColumnLineage(props: {
  columns: readonly IColumnLineage[];
  features: readonly IFeatureSlice[];
  trans: IPanelProps['trans'];
}): JSX.Element {
  const { columns, features, trans } = props;
  const rows = [
    ...columns.map(lineage => ({ ...lineage, label: lineage.column })),
    ...features.map(slice => ({
      ...slice,
      label: `${slice.transformer} [${slice.start}–${slice.stop - 1}]`
    }))
  ];
  return (
    <details className="jp-Palimpsest-outline">
      <summary>{trans.__('Lineage of columns and features')}</summary>
      <table tabIndex={0}>
        <thead>
          <tr>
            <th scope="col">{trans.__('column')}</th>
            <th scope="col">{trans.__('by value')}</th>
            <th scope="col">{trans.__('by control')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, value, control }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{names(value)}</td>
              <td>{names(control)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
