import fc from 'fast-check';

import type { IPlanNode } from '../../../companion/protocol.generated';
import { type IBox, layoutPlan } from '../layout';

// jsdom has none, and dagre copies lists of names with it.
globalThis.structuredClone ??= value => JSON.parse(JSON.stringify(value));

const STAGES = ['source', 'prepare', 'label', 'encode', 'model'] as const;

/** A plan of any shape whose stages follow each other. */
const PLAN = fc
  .array(fc.tuple(fc.nat({ max: 4 }), fc.array(fc.nat(), { maxLength: 3 })), {
    minLength: 1,
    maxLength: 25
  })
  .map(drawn =>
    [...drawn]
      .sort(([a], [b]) => a - b)
      .map(
        ([stage, inputs], id) =>
          ({
            id,
            stage: STAGES[stage],
            inputs: id === 0 ? [] : inputs.map(input => input % id)
          }) as unknown as IPlanNode
      )
  );

function overlap(a: IBox, b: IBox): boolean {
  return (
    a.x < b.x + b.width &&
    b.x < a.x + a.width &&
    a.y < b.y + b.height &&
    b.y < a.y + a.height
  );
}

function contains(outer: IBox, inner: IBox): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}

describe('layoutPlan', () => {
  it('gives every operation a place of its own in its stage', () => {
    fc.assert(
      fc.property(PLAN, plan => {
        const { nodes, stages } = layoutPlan(plan);
        const boxes = plan.map(({ id }) => nodes.get(id)!);
        boxes.forEach((box, index) => {
          expect(contains(stages.get(plan[index].stage)!, box)).toBe(true);
          expect(
            boxes.slice(index + 1).some(other => overlap(box, other))
          ).toBe(false);
        });
        const areas = [...stages.values()];
        areas.forEach((area, index) =>
          expect(
            areas.slice(index + 1).some(other => overlap(area, other))
          ).toBe(false)
        );
      }),
      { numRuns: 50 }
    );
  });

  it('draws operations below what they are made of', () => {
    fc.assert(
      fc.property(PLAN, plan => {
        const { nodes } = layoutPlan(plan);
        const isBeside = (one: IPlanNode, other: IPlanNode) =>
          [one.stage, other.stage].sort().join() === 'encode,label';
        for (const node of plan.filter(({ stage }) => stage !== 'source')) {
          for (const input of node.inputs) {
            if (!isBeside(node, plan[input])) {
              expect(nodes.get(input)!.y).toBeLessThan(nodes.get(node.id)!.y);
            }
          }
        }
      }),
      { numRuns: 50 }
    );
  });
});
