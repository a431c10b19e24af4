/**
 * The recorded plan as a graph.
 */
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
import type { IFollowed } from '../state';
import {
  describeNode,
  edgeText,
  followedIn,
  type IFollowedIn,
  keptShare,
  rowsText,
  stageName
} from './facts';
import { type ILayout, layoutPlan, type Stage } from './layout';

/** Labels can be read at this zoom; the plan opens at its sources and is panned. */
const READABLE_ZOOM = 0.75;

/** From this many operations on, only those in view are drawn. */
const MANY_OPERATIONS = 60;

type OperationNode = Node<
  {
    node: IPlanNode;
    rows: string;
    kept: number | null;
    selected: boolean;
    followed: IFollowedIn | null;
  },
  'operation'
>;

type StageNode = Node<{ title: string; stage: Stage }, 'stage'>;

export interface IGraphProps {
  plan: IPlanGraph;
  selected: number | null;
  followed: IFollowed | null;
  onSelect: (node: IPlanNode) => void;
  trans: TranslationBundle;
}

function Operation({ data }: NodeProps<OperationNode>): JSX.Element {
  const { node, rows, kept, selected, followed } = data;
  return (
    <div
      className={`jp-Palimpsest-node jp-mod-${node.stage}`}
      data-selected={selected}
      data-followed={followed?.kind}
      data-operation={node.operation}
      title={node.label}
    >
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <strong>
        {node.operation}
        {node.warnings.length > 0 && (
          <span className="jp-Palimpsest-nodeWarning" aria-hidden="true">
            {' '}
            ⚠
          </span>
        )}
      </strong>
      <span className="jp-Palimpsest-nodeLabel">{node.label}</span>
      <span className="jp-Palimpsest-nodeRows">{followed?.text ?? rows}</span>
      {kept !== null && (
        <span className="jp-Palimpsest-kept" aria-hidden="true">
          <span style={{ width: `${100 * kept}%` }} />
        </span>
      )}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}

function StageBox({ data }: NodeProps<StageNode>): JSX.Element {
  return (
    <div className={`jp-Palimpsest-stage jp-mod-${data.stage}`}>
      {data.title}
    </div>
  );
}

const NODE_TYPES = { operation: Operation, stage: StageBox };

function stageNodes(layout: ILayout, trans: TranslationBundle): StageNode[] {
  return Array.from(layout.stages, ([stage, { x, y, width, height }]) => ({
    id: `stage-${stage}`,
    type: 'stage' as const,
    position: { x, y },
    width,
    height,
    selectable: false,
    focusable: false,
    zIndex: -1,
    data: { stage, title: stageName(stage, trans) }
  }));
}

function operationNodes(props: IGraphProps, layout: ILayout): OperationNode[] {
  const { plan, selected, followed, trans } = props;
  return plan.nodes.map(node => {
    const { x, y, width, height } = layout.nodes.get(node.id)!;
    return {
      id: String(node.id),
      type: 'operation' as const,
      position: { x, y },
      width,
      height,
      ariaLabel: describeNode(node, plan, trans),
      data: {
        node,
        rows: rowsText(node, plan.nodes, trans),
        kept: keptShare(node, plan.nodes),
        selected: node.id === selected,
        followed: followedIn(node, plan, followed, trans)
      }
    };
  });
}

function edgesOf(
  { plan, trans }: IGraphProps,
  operations: readonly OperationNode[]
): Edge[] {
  const byId = new Map(operations.map(one => [one.data.node.id, one.data]));
  return plan.nodes.flatMap(node =>
    node.inputs.map(input => {
      const [from, to] = [byId.get(input), byId.get(node.id)];
      const isFollowed = Boolean(from?.followed && to?.followed);
      return {
        id: `${input}-${node.id}`,
        source: String(input),
        target: String(node.id),
        label: from && edgeText(from.node, node, trans),
        className: isFollowed ? 'jp-mod-followed' : undefined
      };
    })
  );
}

/** The graph; panning and zooming by mouse, choosing by click or Enter. */
export const PipelineGraph = React.memo(function PipelineGraph(
  props: IGraphProps
): JSX.Element {
  const { plan, onSelect, trans } = props;
  const layout = useMemo(() => layoutPlan(plan.nodes), [plan.nodes]);
  const operations = operationNodes(props, layout);
  const choose = (id: string | null | undefined) => {
    const chosen = plan.nodes.find(node => String(node.id) === id);
    if (chosen) {
      onSelect(chosen);
    }
    return chosen !== undefined;
  };
  const chooseByKey = (event: React.KeyboardEvent) => {
    const focused = (event.target as HTMLElement).closest('.react-flow__node');
    const isChoice = event.key === 'Enter' || event.key === ' ';
    if (isChoice && choose(focused?.getAttribute('data-id'))) {
      event.preventDefault();
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
        nodes={[...stageNodes(layout, trans), ...operations]}
        edges={edgesOf(props, operations)}
        nodeTypes={NODE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        fitView
        fitViewOptions={{
          nodes: operations.filter(({ data }) => data.node.stage === 'source'),
          minZoom: READABLE_ZOOM,
          maxZoom: READABLE_ZOOM
        }}
        minZoom={0.1}
        panOnScroll
        onlyRenderVisibleElements={plan.nodes.length > MANY_OPERATIONS}
        proOptions={{ hideAttribution: true }}
        onNodeClick={(_, node) => choose(node.id)}
      >
        <Background />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
});
