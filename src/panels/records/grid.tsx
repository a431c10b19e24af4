/**
 * A table of any length: only the rows in view are there.
 *
 * #### Notes
 * Follows the grid pattern of the ARIA Authoring Practices: one tab stop, the active
 * row moves with the arrow keys, Space selects it, Enter opens it.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, {
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState
} from 'react';

import type { ITableRow } from '../../companion/arrow';
import type { IColumnInfo, ISort } from '../../companion/protocol.generated';
import type { RecordsModel } from './model';
import { columnsInView, ROW_HEIGHT, scrollTopOf, viewAt } from './scroll';

const CHARACTER_WIDTH = 8;
const MIN_WIDTH = 64;
const MAX_WIDTH = 320;
const PADDING = 20;
const ROW_ID_WIDTH = 84;

/** Rows that the widths of the columns are taken from. */
const SAMPLE_ROWS = 20;

/** How many rows a page key moves. */
const PAGE_STEP = 10;

interface IGridProps {
  records: RecordsModel;
  columns: readonly IColumnInfo[];
  total: number;
  selected: ReadonlySet<number>;
  /** Whether rows can be selected. */
  selectable: boolean;
  sort: ISort | null;
  /** Opens a row; absent where there is nothing to open. */
  onOpen?: (row: number) => void;
  trans: TranslationBundle;
}

/** The grid; asks the model for the rows that come into view. */
export function Grid(props: IGridProps): JSX.Element {
  const { records, columns, total, selected, selectable } = props;
  const { sort, onOpen, trans } = props;
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [scrolled, setScrolled] = useState({ top: 0, left: 0 });
  const [viewSize, setViewSize] = useState({ width: 800, height: 300 });
  const viewHeight = viewSize.height;
  const [active, setActive] = useState(0);
  useRowsChanged(records);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    const observer = new ResizeObserver(() =>
      setViewSize({
        width: element.clientWidth,
        height: Math.max(element.clientHeight - ROW_HEIGHT, ROW_HEIGHT)
      })
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const view = viewAt(scrolled.top, viewHeight, total);
  useEffect(() => {
    records.needRows(view.first, view.stop);
  }, [records, view.first, view.stop, total]);
  const widths = widthsOf(records, columns, total);
  const width = widths.reduce((sum, one) => sum + one, ROW_ID_WIDTH);
  const across = columnsInView(scrolled.left, viewSize.width, widths);
  const inView = columns.slice(across.first, across.stop);
  const template = [
    ROW_ID_WIDTH,
    across.before,
    ...widths.slice(across.first, across.stop)
  ]
    .map(size => `${size}px`)
    .join(' ');

  const move = (to: number) => {
    const next = Math.min(Math.max(to, 0), Math.max(total - 1, 0));
    setActive(next);
    const { current } = box;
    if (current && (next < view.first || next >= view.stop - 2)) {
      const rows = Math.floor(viewHeight / ROW_HEIGHT);
      const top = next < view.first ? next : Math.max(next - rows + 1, 0);
      current.scrollTop = scrollTopOf(top, viewHeight, total);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const row = records.rowAt(active)?.row;
    const moves: Record<string, number> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + PAGE_STEP,
      PageUp: active - PAGE_STEP,
      Home: 0,
      End: total - 1
    };
    if (event.key in moves) {
      move(moves[event.key]);
    } else if (event.key === ' ' && selectable && row !== undefined) {
      records.toggleRow(row);
    } else if (event.key === 'Enter' && onOpen && row !== undefined) {
      onOpen(row);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const indices = Array.from(
    { length: view.stop - view.first },
    (_, offset) => view.first + offset
  );
  return (
    <>
      <div
        ref={box}
        className="jp-Palimpsest-grid"
        role="grid"
        tabIndex={0}
        aria-label={trans.__('Rows')}
        aria-rowcount={total + 1}
        aria-colcount={columns.length + 1}
        aria-multiselectable={selectable}
        aria-activedescendant={total > 0 ? `${id}-${active}` : undefined}
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
        onScroll={({ currentTarget }) =>
          setScrolled({
            top: currentTarget.scrollTop,
            left: currentTarget.scrollLeft
          })
        }
      >
        <div
          className="jp-Palimpsest-gridRow jp-mod-head"
          role="row"
          aria-rowindex={1}
          style={{ gridTemplateColumns: template, width }}
        >
          <span role="columnheader" aria-colindex={1}>
            {trans.__('row')}
          </span>
          <span role="presentation" />
          {inView.map(({ name, dtype }, index) => (
            <ColumnHead
              key={name}
              name={name}
              dtype={dtype}
              index={across.first + index + 2}
              sort={sort}
              onSort={next => void records.sort(next)}
            />
          ))}
        </div>
        <div
          className="jp-Palimpsest-gridBody"
          role="rowgroup"
          style={{ height: view.height, width }}
        >
          {indices.map(index => {
            const row = records.rowAt(index);
            const isSelected = row !== undefined && selected.has(row.row);
            return (
              <div
                key={index}
                id={`${id}-${index}`}
                className="jp-Palimpsest-gridRow"
                role="row"
                aria-rowindex={index + 2}
                aria-selected={selectable ? isSelected : undefined}
                data-active={index === active}
                style={{
                  gridTemplateColumns: template,
                  top: view.top + (index - view.first) * ROW_HEIGHT
                }}
                onClick={() => {
                  setActive(index);
                  if (row && selectable) {
                    records.toggleRow(row.row);
                  } else if (row) {
                    onOpen?.(row.row);
                  }
                }}
              >
                <Cells
                  row={row}
                  first={across.first}
                  stop={across.stop}
                  mark={selectable ? isSelected : null}
                  trans={trans}
                />
              </div>
            );
          })}
        </div>
      </div>
      <p className="jp-Palimpsest-range">
        {trans.__(
          'rows %1–%2 of %3',
          (total === 0 ? 0 : view.first + 1).toLocaleString(),
          Math.min(view.stop, total).toLocaleString(),
          total.toLocaleString()
        )}
      </p>
    </>
  );
}

/** The head of a column; a click sorts by it, the next one the other way round. */
function ColumnHead(props: {
  name: string;
  dtype: string;
  /** 1-based, with the column of the row ids. */
  index: number;
  sort: ISort | null;
  onSort: (sort: ISort) => void;
}): JSX.Element {
  const { name, dtype, index, sort, onSort } = props;
  const isSorted = sort?.column === name;
  const isDescending = isSorted && (sort.descending ?? false);
  const direction = isDescending ? 'descending' : 'ascending';
  return (
    <span
      role="columnheader"
      aria-colindex={index}
      aria-sort={isSorted ? direction : 'none'}
      title={`${name} (${dtype})`}
      onClick={() =>
        onSort({ column: name, descending: isSorted && !isDescending })
      }
    >
      {name}
      {isSorted && <span aria-hidden="true">{isDescending ? ' ▼' : ' ▲'}</span>}
    </span>
  );
}

const Cells = React.memo(function Cells(props: {
  row: ITableRow | undefined;
  /** The first column in view, and the one after the last. */
  first: number;
  stop: number;
  /** Whether the row is selected; null where rows cannot be. */
  mark: boolean | null;
  trans: TranslationBundle;
}): JSX.Element {
  const { row, first, stop, mark, trans } = props;
  const indices = Array.from(
    { length: stop - first },
    (_, offset) => first + offset
  );
  return (
    <>
      <span role="rowheader" aria-colindex={1}>
        {mark !== null && row && (
          <span aria-hidden="true">{mark ? '☑' : '☐'} </span>
        )}
        {row ? row.row : '…'}
      </span>
      <span role="presentation" />
      {indices.map(index => (
        <span key={index} role="gridcell" aria-colindex={index + 2}>
          {row?.erased.includes(index) ? (
            <em className="jp-Palimpsest-missing">{trans.__('erased')}</em>
          ) : (
            row && shown(row.values[index])
          )}
        </span>
      ))}
    </>
  );
});

function shown(value: unknown): JSX.Element | string {
  if (value === null || value === undefined) {
    return <span className="jp-Palimpsest-missing">∅</span>;
  }
  return typeof value === 'number' && !Number.isInteger(value)
    ? value.toPrecision(6)
    : String(value);
}

/** Render again when rows arrive. */
function useRowsChanged(records: RecordsModel): void {
  const [, setVersion] = useState(0);
  useEffect(() => {
    const onChanged = () => setVersion(version => version + 1);
    records.rowsChanged.connect(onChanged);
    return () => {
      records.rowsChanged.disconnect(onChanged);
    };
  }, [records]);
}

/** Widths of the columns, by what their first rows hold. */
function widthsOf(
  records: RecordsModel,
  columns: readonly IColumnInfo[],
  total: number
): number[] {
  const sample = Array.from(
    { length: Math.min(total, SAMPLE_ROWS) },
    (_, index) => records.rowAt(index)
  );
  return columns.map(({ name }, column) => {
    const longest = sample.reduce(
      (length, row) =>
        Math.max(length, String(row?.values[column] ?? '').length),
      name.length
    );
    const width = longest * CHARACTER_WIDTH + PADDING;
    return Math.min(Math.max(width, MIN_WIDTH), MAX_WIDTH);
  });
}
