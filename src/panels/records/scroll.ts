/**
 * Which rows of a long table are in view, for any number of rows.
 *
 * #### Notes
 * A browser limits the height of an element to some 30 million pixels. Tables higher
 * than {@link MAX_HEIGHT} scroll in proportion: a pixel is then more than a pixel.
 */

/** Height of a row in pixels. */
export const ROW_HEIGHT = 24;

/** The highest scrolled element, in pixels. */
export const MAX_HEIGHT = 8_000_000;

/** The rows in view. */
export interface IView {
  /** Height of what is scrolled, in pixels. */
  height: number;
  /** The first row in view, and the one after the last. */
  first: number;
  stop: number;
  /** Where the first row is drawn, in pixels from the top of what is scrolled. */
  top: number;
}

/** The rows in view at a scroll position. */
export function viewAt(
  scrollTop: number,
  viewHeight: number,
  total: number
): IView {
  const full = total * ROW_HEIGHT;
  const height = Math.min(full, MAX_HEIGHT);
  const scrollable = Math.max(height - viewHeight, 1);
  const at = Math.min(Math.max(scrollTop, 0), scrollable);
  const exact = (at / scrollable) * Math.max(full - viewHeight, 0);
  const offset = height === full ? at : exact;
  const first = Math.max(0, Math.min(Math.floor(offset / ROW_HEIGHT), total));
  const rows = Math.ceil(viewHeight / ROW_HEIGHT) + 1;
  return {
    height,
    first,
    stop: Math.min(first + rows, total),
    top: at - (offset - first * ROW_HEIGHT)
  };
}

/** The columns in view. */
export interface IColumnView {
  /** The first column in view, and the one after the last. */
  first: number;
  stop: number;
  /** Width of the columns before the first, in pixels. */
  before: number;
}

/** The columns in view at a scroll position. */
export function columnsInView(
  scrollLeft: number,
  viewWidth: number,
  widths: readonly number[]
): IColumnView {
  let first = 0;
  let before = 0;
  while (first < widths.length - 1 && before + widths[first] <= scrollLeft) {
    before += widths[first++];
  }
  let stop = first;
  let end = before;
  while (stop < widths.length && end < scrollLeft + viewWidth) {
    end += widths[stop++];
  }
  return { first, stop, before };
}

/** The scroll position that brings a row to the top of the view. */
export function scrollTopOf(
  row: number,
  viewHeight: number,
  total: number
): number {
  const full = total * ROW_HEIGHT;
  const height = Math.min(full, MAX_HEIGHT);
  if (height === full) {
    return row * ROW_HEIGHT;
  }
  const share = (row * ROW_HEIGHT) / Math.max(full - viewHeight, 1);
  return share * (height - viewHeight);
}
