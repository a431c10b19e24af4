/**
 * Every fact of the graph as a list, for the keyboard and for screen readers.
 */
import React from 'react';

import { milliseconds } from '../units';
import { describeNode, followedIn } from './facts';
import type { IGraphProps } from './graph';

/** The operations in the order of the code. */
export const PipelineOutline = React.memo(function PipelineOutline(
  props: IGraphProps
): JSX.Element {
  const { plan, selected, followed, onSelect, trans } = props;
  return (
    <details className="jp-Palimpsest-outline">
      <summary>{trans.__('Outline of the pipeline')}</summary>
      <ol>
        {plan.nodes.map(node => {
          const reached = followedIn(node, plan, followed, trans);
          return (
            <li key={node.id} value={node.id}>
              <button
                className="jp-Palimpsest-link"
                aria-current={node.id === selected}
                onClick={() => onSelect(node)}
              >
                {describeNode(node, plan, trans)}
              </button>
              {node.inputs.length > 0 &&
                ' ' + trans.__('from %1', node.inputs.join(', '))}
              {' · ' + milliseconds(node.seconds, trans)}
              {node.location &&
                ' · ' +
                  trans.__(
                    '%1, line %2',
                    node.location.file,
                    node.location.line
                  )}
              {reached && ` · ${reached.text}`}
              {node.warnings.map((warning, index) => (
                <p key={index} className="jp-Palimpsest-warning">
                  {warning}
                </p>
              ))}
            </li>
          );
        })}
      </ol>
    </details>
  );
});
