/**
 * The facts of a plan in words: the same for the graph and for its outline.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IPlanGraph, IPlanNode } from '../../companion/protocol.generated';
import type { IFollowed } from '../state';
import { milliseconds } from '../units';
import type { Stage } from './layout';

/** How followed columns reach an operation. */
export interface IFollowedIn {
  /** `control` when they only decide which rows there are, or what is taken. */
  kind: 'value' | 'control';
  text: string;
}

const STAGES: Readonly<Record<Stage, (trans: TranslationBundle) => string>> = {
  source: trans => trans.__('sources'),
  prepare: trans => trans.__('preparation'),
  encode: trans => trans.__('encoding'),
  label: trans => trans.__('label and split'),
  model: trans => trans.__('model')
};

/** What a stage is called. */
export function stageName(stage: Stage, trans: TranslationBundle): string {
  return STAGES[stage](trans);
}

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

/** How many rows an operation has, and which share of those it was given. */
export function rowsText(
  node: IPlanNode,
  nodes: readonly IPlanNode[],
  trans: TranslationBundle
): string {
  const rows = node.rows.toLocaleString();
  const share = keptShare(node, nodes);
  return share === null
    ? trans.__('%1 rows', rows)
    : trans.__(
        '%1 rows, drops %2 %',
        rows,
        Number((100 * (1 - share)).toPrecision(3))
      );
}

/** An operation in one line. */
export function describeNode(
  node: IPlanNode,
  plan: IPlanGraph,
  trans: TranslationBundle
): string {
  const facts = [node.operation, node.label, rowsText(node, plan.nodes, trans)];
  if (node.warnings.length > 0) {
    facts.push(trans.__('%1 warnings', node.warnings.length));
  }
  return facts.filter(fact => fact !== '').join(', ');
}

/** What goes from one operation to the next: rows, and how long the next one took. */
export function edgeText(
  from: IPlanNode,
  to: IPlanNode,
  trans: TranslationBundle
): string {
  return `${from.rows.toLocaleString()} · ${milliseconds(to.seconds, trans)}`;
}

/** How followed columns reach an operation; null when they do not. */
export function followedIn(
  node: IPlanNode,
  plan: IPlanGraph,
  followed: IFollowed | null,
  trans: TranslationBundle
): IFollowedIn | null {
  if (!followed) {
    return null;
  }
  const { nodes, features } = followed.trace;
  const isLater = node.stage === 'encode' || node.stage === 'model';
  if (isLater) {
    const columns = features.reduce(
      (sum, { start, stop }) => sum + stop - start,
      0
    );
    const byValue = features.some(({ value }) =>
      value.some(ref => isFollowed(ref, followed))
    );
    return columns === 0
      ? null
      : {
          kind: byValue ? 'value' : 'control',
          text: trans.__('%1 matrix columns', columns)
        };
  }
  const found = nodes.find(other => other.node === node.id);
  if (!found) {
    return null;
  }
  const { value, control, rows } = found;
  if (value.length > 0) {
    return { kind: 'value', text: trans.__('value: %1', value.join(', ')) };
  }
  return {
    kind: 'control',
    text: rows
      ? trans.__('decides which rows')
      : trans.__('control: %1', control.join(', '))
  };
}

function isFollowed(
  ref: { source: string; column: string },
  followed: IFollowed
): boolean {
  return followed.columns.some(
    ({ source, column }) => source === ref.source && column === ref.column
  );
}
