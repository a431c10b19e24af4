import fc from 'fast-check';

import {
  columnsInView,
  MAX_HEIGHT,
  ROW_HEIGHT,
  scrollTopOf,
  viewAt
} from '../scroll';

const TABLE = fc.record({
  total: fc.integer({ min: 1, max: 20_000_000 }),
  viewHeight: fc.integer({ min: ROW_HEIGHT, max: 2000 })
});

/** The furthest that a browser scrolls. */
const bottom = (total: number, viewHeight: number) =>
  Math.max(viewAt(0, viewHeight, total).height - viewHeight, 0);

describe('viewAt', () => {
  it('fills the view, wherever it is scrolled to', () => {
    fc.assert(
      fc.property(
        TABLE,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (t, share) => {
          const { total, viewHeight } = t;
          const scrollTop = share * bottom(total, viewHeight);
          const view = viewAt(scrollTop, viewHeight, total);
          expect(view.height).toBeLessThanOrEqual(MAX_HEIGHT);
          expect(view.top).toBeLessThanOrEqual(scrollTop + 1e-6);
          const drawn = view.top + (view.stop - view.first) * ROW_HEIGHT;
          const needed = Math.min(scrollTop + viewHeight, view.height);
          expect(drawn).toBeGreaterThanOrEqual(needed - 1e-3);
        }
      )
    );
  });

  it('shows the first row at the top and the last at the bottom', () => {
    fc.assert(
      fc.property(TABLE, ({ total, viewHeight }) => {
        expect(viewAt(0, viewHeight, total).first).toBe(0);
        const end = viewAt(bottom(total, viewHeight), viewHeight, total);
        expect(end.stop).toBe(total);
      })
    );
  });

  it('brings a row into view', () => {
    fc.assert(
      fc.property(TABLE, fc.nat(), ({ total, viewHeight }, at) => {
        const row = at % total;
        const wanted = scrollTopOf(row, viewHeight, total);
        const scrollTop = Math.min(wanted, bottom(total, viewHeight));
        const view = viewAt(scrollTop, viewHeight, total);
        expect(view.first - 1).toBeLessThanOrEqual(row);
        expect(row).toBeLessThan(view.stop);
      })
    );
  });
});

describe('columnsInView', () => {
  it('has those that a view of any width shows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 10, max: 300 }), { minLength: 1 }),
        fc.nat({ max: 5000 }),
        fc.integer({ min: 1, max: 2000 }),
        (widths, left, width) => {
          const { first, stop, before } = columnsInView(left, width, widths);
          const starts = widths.map((_, index) =>
            widths.slice(0, index).reduce((sum, one) => sum + one, 0)
          );
          expect(before).toBe(starts[first]);
          widths.forEach((one, index) => {
            const shows =
              starts[index] < left + width && starts[index] + one > left;
            if (shows) {
              expect(index).toBeGreaterThanOrEqual(first);
              expect(index).toBeLessThan(stop);
            }
          });
        }
      )
    );
  });
});
