import type { IPlanNode } from '../../../companion/protocol.generated';
import { keptShare } from '../facts';

function node(id: number, rows: number, inputs: number[] = []): IPlanNode {
  return { id, rows, inputs } as IPlanNode;
}

describe('keptShare', () => {
  const source = node(0, 200);

  it('is the share of the rows that an operation keeps', () => {
    const filter = node(1, 50, [0]);
    expect(keptShare(filter, [source, filter])).toBe(0.25);
  });

  it('is of the larger table of a join', () => {
    const join = node(2, 100, [0, 1]);
    expect(keptShare(join, [source, node(1, 40), join])).toBe(0.5);
  });

  it('is nothing where no row is lost, or none was given', () => {
    const same = node(1, 200, [0]);
    const more = node(1, 500, [0]);
    expect(keptShare(same, [source, same])).toBeNull();
    expect(keptShare(more, [source, more])).toBeNull();
    expect(keptShare(source, [source])).toBeNull();
  });
});
