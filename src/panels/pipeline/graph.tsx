/**
 * The recorded plan as a graph, and as an outline for the keyboard and for
 * screen readers.
 */
import * as dagre from '@dagrejs/dagre';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  Background,
  Controls,
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow
} from '@xyflow/react';
import React, { useMemo } from 'react';

import type { IPlanGraph, IPlanNode } from '../../companion/protocol.generated';

const NODE_WIDTH = 168;
const NODE_HEIGHT = 62;

/** Labels can be read at this zoom; the plan opens at its sources and is panned. */
const READABLE_ZOOM = 0.75;

type OperationNode = Node<
  { node: IPlanNode; rows: string; selected: boolean },
  'operation'
>;

export interface IGraphProps {
  plan: IPlanGraph;
  selected: number | null;
  onSelect: (node: IPlanNode) => void;
  trans: TranslationBundle;
}

/** Where each operation goes: ranked from sources to model, top to bottom. */
export function layoutPlan(
  nodes: readonly IPlanNode[]
): Map<number, { x: number; y: number }> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 18, ranksep: 28 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    graph.setNode(String(node.id), { width: NODE_WIDTH, height: NODE_HEIGHT });
    for (const input of node.inputs) {
      graph.setEdge(String(input), String(node.id));
    }
  }
  dagre.layout(graph);
  return new Map(
    nodes.map(node => {
      const { x, y } = graph.node(String(node.id)) as { x: number; y: number };
      return [node.id, { x: x - NODE_WIDTH / 2, y: y - NODE_HEIGHT / 2 }];
    })
  );
}

function Operation({ data }: NodeProps<OperationNode>): JSX.Element {
  const { node, rows, selected } = data;
  return (
    <div
      className={`jp-Palimpsest-node jp-mod-${node.stage}`}
      data-selected={selected}
      data-operation={node.operation}
      title={node.label}
    >
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <strong>{node.operation}</strong>
      <span className="jp-Palimpsest-nodeLabel">{node.label}</span>
      <span className="jp-Palimpsest-nodeRows">{rows}</span>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}

const NODE_TYPES = { operation: Operation };

/** The graph; panning and zooming by mouse, choosing by click or Enter. */
export const PipelineGraph = React.memo(function PipelineGraph(
  props: IGraphProps
): JSX.Element {
  const { plan, selected, onSelect, trans } = props;
  const positions = useMemo(() => layoutPlan(plan.nodes), [plan.nodes]);
  const nodes: OperationNode[] = plan.nodes.map(node => ({
    id: String(node.id),
    type: 'operation',
    position: positions.get(node.id) ?? { x: 0, y: 0 },
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
    ariaLabel: describe(node, trans),
    data: {
      node,
      rows: rowsText(node, plan.nodes, trans),
      selected: node.id === selected
    }
  }));
  const edges: Edge[] = plan.nodes.flatMap(node =>
    node.inputs.map(input => ({
      id: `${input}-${node.id}`,
      source: String(input),
      target: String(node.id)
    }))
  );
  const chooseByKey = (event: React.KeyboardEvent) => {
    const focused = (event.target as HTMLElement).closest('.react-flow__node');
    const id = focused?.getAttribute('data-id');
    const chosen = plan.nodes.find(node => String(node.id) === id);
    if (chosen && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      onSelect(chosen);
    }
  };
  return (
    <div
      className="jp-Palimpsest-graph"
      role="group"
      aria-label={trans.__('Pipeline graph')}
      onKeyDown={chooseByKey}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        fitView
        fitViewOptions={{
          nodes: nodes.filter(node => node.data.node.stage === 'source'),
          minZoom: READABLE_ZOOM,
          maxZoom: READABLE_ZOOM
        }}
        minZoom={0.1}
        panOnScroll
        proOptions={{ hideAttribution: true }}
        onNodeClick={(_, node) => onSelect(node.data.node)}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
});

/** Which share of the rows it was given an operation keeps; null where it loses none. */
export function keptShare(
  node: IPlanNode,
  nodes: readonly IPlanNode[]
): number | null {
  const given = nodes
    .filter(other => node.inputs.includes(other.id))
    .map(({ rows }) => rows);
  const most = Math.max(0, ...given);
  return node.rows < most ? node.rows / most : null;
}

function rowsText(
  node: IPlanNode,
  nodes: readonly IPlanNode[],
  trans: TranslationBundle
): string {
  const rows = node.rows.toLocaleString();
  const share = keptShare(node, nodes);
  return share === null
    ? trans.__('%1 rows', rows)
    : trans.__(
        '%1 rows, keeps %2 %',
        rows,
        Number((100 * share).toPrecision(3))
      );
}

function describe(node: IPlanNode, trans: TranslationBundle): string {
  return trans.__(
    '%1, %2, %3 rows',
    node.operation,
    node.label,
    node.rows.toLocaleString()
  );
}

/** Every fact of the graph as a list. */
export const PipelineOutline = React.memo(function PipelineOutline(
  props: IGraphProps
): JSX.Element {
  const { plan, selected, onSelect, trans } = props;
  return (
    <details className="jp-Palimpsest-outline">
      <summary>{trans.__('Outline of the pipeline')}</summary>
      <ol>
        {plan.nodes.map(node => (
          <li key={node.id} value={node.id}>
            <button
              className="jp-Palimpsest-link"
              aria-current={node.id === selected}
              onClick={() => onSelect(node)}
            >
              {describe(node, trans)}
            </button>
            {keptShare(node, plan.nodes) !== null &&
              ` (${rowsText(node, plan.nodes, trans)})`}
            {node.inputs.length > 0 &&
              ' ' + trans.__('from %1', node.inputs.join(', '))}
            {node.location &&
              ' · ' +
                trans.__('%1, line %2', node.location.file, node.location.line)}
            {node.warnings.map((warning, index) => (
              <p key={index} className="jp-Palimpsest-warning">
                {warning}
              </p>
            ))}
          </li>
        ))}
      </ol>
    </details>
  );
});
