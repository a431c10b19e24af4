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
import type { IColumnInfo } from '../../companion/protocol.generated';
import type { PanelModel } from '../model';
import { ROW_HEIGHT, scrollTopOf, viewAt } from './scroll';

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
  model: PanelModel;
  columns: readonly IColumnInfo[];
  total: number;
  selected: ReadonlySet<number>;
  /** Whether rows can be selected. */
  selectable: boolean;
  /** Opens a row; absent where there is nothing to open. */
  onOpen?: (row: number) => void;
  trans: TranslationBundle;
}

/** The grid; asks the model for the rows that come into view. */
export function Grid(props: IGridProps): JSX.Element {
  const { model, columns, total, selected, selectable, onOpen, trans } = props;
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [scrollTop, setScrollTop] = useState(0);
  const [viewHeight, setViewHeight] = useState(300);
  const [active, setActive] = useState(0);
  useRowsChanged(model);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    const observer = new ResizeObserver(() =>
      setViewHeight(Math.max(element.clientHeight - ROW_HEIGHT, ROW_HEIGHT))
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const view = viewAt(scrollTop, viewHeight, total);
  useEffect(() => {
    model.needRows(view.first, view.stop);
  }, [model, view.first, view.stop, total]);
  const widths = widthsOf(model, columns, total);
  const template = [ROW_ID_WIDTH, ...widths]
    .map(width => `${width}px`)
    .join(' ');
  const width = widths.reduce((sum, one) => sum + one, ROW_ID_WIDTH);

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
    const row = model.rowAt(active)?.row;
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
      model.toggleRow(row);
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
        onScroll={event => setScrollTop(event.currentTarget.scrollTop)}
      >
        <div
          className="jp-Palimpsest-gridRow jp-mod-head"
          role="row"
          aria-rowindex={1}
          style={{ gridTemplateColumns: template, width }}
        >
          <span role="columnheader">{trans.__('row')}</span>
          {columns.map(({ name, dtype }) => (
            <span key={name} role="columnheader" title={dtype}>
              {name}
            </span>
          ))}
        </div>
        <div
          className="jp-Palimpsest-gridBody"
          role="rowgroup"
          style={{ height: view.height, width }}
        >
          {indices.map(index => {
            const row = model.rowAt(index);
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
                    model.toggleRow(row.row);
                  } else if (row) {
                    onOpen?.(row.row);
                  }
                }}
              >
                <Cells
                  row={row}
                  columns={columns.length}
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

const Cells = React.memo(function Cells(props: {
  row: ITableRow | undefined;
  columns: number;
  /** Whether the row is selected; null where rows cannot be. */
  mark: boolean | null;
  trans: TranslationBundle;
}): JSX.Element {
  const { row, columns, mark, trans } = props;
  if (!row) {
    return (
      <>
        <span role="rowheader">…</span>
        {Array.from({ length: columns }, (_, index) => (
          <span key={index} role="gridcell" />
        ))}
      </>
    );
  }
  return (
    <>
      <span role="rowheader">
        {mark !== null && <span aria-hidden="true">{mark ? '☑' : '☐'} </span>}
        {row.row}
      </span>
      {row.values.map((value, index) => (
        <span key={index} role="gridcell">
          {row.erased.includes(index) ? (
            <em className="jp-Palimpsest-missing">{trans.__('erased')}</em>
          ) : (
            shown(value)
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
function useRowsChanged(model: PanelModel): void {
  const [, setVersion] = useState(0);
  useEffect(() => {
    const onChanged = () => setVersion(version => version + 1);
    model.rowsChanged.connect(onChanged);
    return () => {
      model.rowsChanged.disconnect(onChanged);
    };
  }, [model]);
}

/** Widths of the columns, by what their first rows hold. */
function widthsOf(
  model: PanelModel,
  columns: readonly IColumnInfo[],
  total: number
): number[] {
  const sample = Array.from(
    { length: Math.min(total, SAMPLE_ROWS) },
    (_, index) => model.rowAt(index)
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
