/**
 * Where each operation of a plan is drawn: a stage below the other, in each of them
 * the operations ranked from top to bottom.
 */
import * as dagre from '@dagrejs/dagre';

import type { IPlanNode } from '../../companion/protocol.generated';

export const NODE_WIDTH = 176;
export const NODE_HEIGHT = 66;

/** Between neighbours, between ranks, and around the operations of a stage. */
const NODE_GAP = 18;
const RANK_GAP = 40;
const PADDING = 14;
const TITLE = 18;

export type Stage = IPlanNode['stage'];

/** A rectangle, by its upper left corner. */
export interface IBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where everything is. */
export interface ILayout {
  nodes: ReadonlyMap<number, IBox>;
  stages: ReadonlyMap<Stage, IBox>;
}

/** Stages that are drawn beside each other, from top to bottom. */
const LEVELS: readonly (readonly Stage[])[] = [
  ['source'],
  ['prepare'],
  ['label', 'encode'],
  ['model']
];

/**
 * Lay out a plan.
 *
 * #### Notes
 * Each stage by itself: that is quicker than a layout that keeps clusters together,
 * and what a stage gets from another comes from above in any case.
 */
export function layoutPlan(nodes: readonly IPlanNode[]): ILayout {
  const boxes = new Map<number, IBox>();
  const stages = new Map<Stage, IBox>();
  const prepare = layoutStage(nodes.filter(inStage('prepare')));
  let y = 0;
  for (const level of LEVELS) {
    let x = 0;
    let height = 0;
    for (const stage of level) {
      const members = nodes.filter(inStage(stage));
      if (members.length === 0) {
        continue;
      }
      const inside =
        stage === 'source'
          ? layoutSources(members, nodes, prepare)
          : layoutStage(members);
      const size = sizeOf(inside);
      stages.set(stage, {
        x,
        y,
        width: size.width + 2 * PADDING,
        height: size.height + 2 * PADDING + TITLE
      });
      for (const [id, box] of inside) {
        boxes.set(id, {
          ...box,
          x: x + PADDING + box.x,
          y: y + PADDING + TITLE + box.y
        });
      }
      x += size.width + 2 * PADDING + NODE_GAP;
      height = Math.max(height, size.height + 2 * PADDING + TITLE);
    }
    y += height > 0 ? height + RANK_GAP : 0;
  }
  return { nodes: boxes, stages };
}

function inStage(stage: Stage): (node: IPlanNode) => boolean {
  return node => node.stage === stage;
}

/** The operations of one stage, from (0, 0) on. */
function layoutStage(nodes: readonly IPlanNode[]): Map<number, IBox> {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({
    rankdir: 'TB',
    nodesep: NODE_GAP,
    ranksep: RANK_GAP,
    ranker: 'tight-tree'
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const members = new Set(nodes.map(({ id }) => id));
  for (const node of nodes) {
    graph.setNode(String(node.id), { width: NODE_WIDTH, height: NODE_HEIGHT });
    for (const input of node.inputs) {
      if (members.has(input)) {
        graph.setEdge(String(input), String(node.id));
      }
    }
  }
  dagre.layout(graph);
  return new Map(
    nodes.map(({ id }) => {
      const { x, y } = graph.node(String(id)) as { x: number; y: number };
      return [id, boxAt(x - NODE_WIDTH / 2, y - NODE_HEIGHT / 2)];
    })
  );
}

/** The sources in a row, in the order of where they are used. */
function layoutSources(
  sources: readonly IPlanNode[],
  nodes: readonly IPlanNode[],
  prepare: ReadonlyMap<number, IBox>
): Map<number, IBox> {
  const wanted = (source: IPlanNode) => {
    const users = nodes.filter(node => node.inputs.includes(source.id));
    const places = users.map(({ id }) => prepare.get(id)?.x ?? 0);
    return places.reduce((sum, x) => sum + x, 0) / Math.max(places.length, 1);
  };
  const ordered = sources
    .map(source => ({ source, x: wanted(source) }))
    .sort((a, b) => a.x - b.x);
  let next = 0;
  return new Map(
    ordered.map(({ source, x }) => {
      const place = Math.max(x, next);
      next = place + NODE_WIDTH + NODE_GAP;
      return [source.id, boxAt(place, 0)];
    })
  );
}

function boxAt(x: number, y: number): IBox {
  return { x, y, width: NODE_WIDTH, height: NODE_HEIGHT };
}

function sizeOf(boxes: ReadonlyMap<number, IBox>): {
  width: number;
  height: number;
} {
  const all = [...boxes.values()];
  return {
    width: Math.max(...all.map(({ x, width }) => x + width)),
    height: Math.max(...all.map(({ y, height }) => y + height))
  };
}
