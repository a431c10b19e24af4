/**
 * The table on show: its rows, its filter and order, what is selected of it, and
 * what is traced from there.
 */
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { decodePage, type ITableRow } from '../../companion/arrow';
import type {
  IColumnProfile,
  ICondition,
  ISort,
  Selector
} from '../../companion/protocol.generated';
import { download } from '../download';
import type { IKeySelection, IPanelState, ITableView } from '../state';
import type { PanelStore } from '../store';
import { CHUNK_SIZE, TableRows } from './tablerows';

const SOURCE_PREFIX = 'source:';

/** Tables whose rows are those of the training table. */
const TRAINING_TABLES: readonly string[] = [
  'training',
  'matrix',
  'predictions'
];

/** How many columns are profiled at a time. */
export const PROFILED_COLUMNS = 8;

/** A table of the run, and what it is called. */
export interface ITableChoice {
  name: string;
  title: string;
}

/** The name of the table of a source. */
export function sourceTable(source: string): string {
  return SOURCE_PREFIX + source;
}

/** What the table on show is and can do. */
export class RecordsModel implements IDisposable {
  constructor(private readonly _store: PanelStore) {}

  get state(): IPanelState {
    return this._store.state;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Emitted when rows of the table on show have arrived. */
  get rowsChanged(): ISignal<this, void> {
    return this._rowsChanged;
  }

  /** The source on show, when a source table is. */
  get source(): string | null {
    const name = this.state.table?.name;
    return name?.startsWith(SOURCE_PREFIX)
      ? name.slice(SOURCE_PREFIX.length)
      : null;
  }

  /** Whether the rows of the table on show can be traced back. */
  get isTraceable(): boolean {
    return TRAINING_TABLES.includes(this.state.table?.name ?? '');
  }

  /** The tables of the run, in the order of the plan. */
  get tables(): ITableChoice[] {
    const choices = new Map<string, string>();
    for (const node of this.state.plan?.nodes ?? []) {
      if (node.table && !choices.has(node.table)) {
        const isNamed = !node.table.startsWith('node:');
        choices.set(
          node.table,
          isNamed
            ? node.table.replace(SOURCE_PREFIX, '')
            : `${node.operation}: ${node.label}`
        );
      }
    }
    return Array.from(choices, ([name, title]) => ({ name, title }));
  }

  /** What the table on show is called. */
  get title(): string | null {
    const { table } = this.state;
    const known = this.tables.find(({ name }) => name === table?.name);
    return known?.title ?? table?.name ?? null;
  }

  /** The records that are selected: by hand, by keys, or by the filter. */
  get selector(): Selector | null {
    const { table } = this.state;
    if (!table) {
      return null;
    }
    if (table.selected.size > 0) {
      return { kind: 'rows', rows: [...table.selected] };
    }
    if (table.keys) {
      const { column, values } = table.keys;
      return { kind: 'keys', column, values: [...values] };
    }
    return table.filter.length > 0
      ? { kind: 'filter', conditions: [...table.filter] }
      : null;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  /** A row of the table on show by its position, once it is there. */
  rowAt(index: number): ITableRow | undefined {
    return this._rows?.rowAt(index);
  }

  /** Show a table from its beginning; only some rows of it when they are given. */
  async show(
    table: string,
    only: readonly number[] | null = null
  ): Promise<void> {
    this._store.apply({ type: 'shown', table, only });
    await this.reload();
  }

  /** Filter the table on show. */
  async filter(conditions: readonly ICondition[]): Promise<void> {
    const sort = this.state.table?.sort ?? null;
    this._store.apply({ type: 'table', filter: conditions, sort });
    await this.reload();
  }

  /** Sort the table on show, by row id when there is no order. */
  async sort(sort: ISort | null): Promise<void> {
    const filter = this.state.table?.filter ?? [];
    this._store.apply({ type: 'table', filter, sort });
    await this.reload();
  }

  /** Rows `first` to `stop` have come into view: fetch what is missing of them. */
  needRows(first: number, stop: number): void {
    void this._rows?.need(first, stop);
  }

  /** Select a row of the table on show, or no longer. */
  toggleRow(row: number): void {
    const selected = new Set(this.state.table?.selected);
    if (!selected.delete(row)) {
      selected.add(row);
    }
    this._store.apply({ type: 'selected', selected });
  }

  /** Select some rows of the table on show. */
  selectRows(rows: readonly number[]): void {
    this._store.apply({ type: 'selected', selected: new Set(rows) });
  }

  /** Select by hand no longer, nor by keys. */
  clearSelection(): void {
    this._store.apply({ type: 'keys', keys: null });
  }

  /** Select the records whose column holds one of the values. */
  selectKeys(keys: IKeySelection): void {
    this._store.apply({ type: 'keys', keys });
  }

  /** Trace the selected source records forward. */
  async traceForward(): Promise<void> {
    const { source, selector } = this;
    await this._store.askRun(async (companion, run) => {
      if (source && selector) {
        const forward = await companion.call('trace.forward', {
          run,
          source,
          selector
        });
        this._store.apply({
          type: 'traced',
          traced: { kind: 'forward', forward }
        });
      }
    });
  }

  /** Trace a training row back to its records. */
  async traceBack(row: number): Promise<void> {
    await this._store.askRun(async (companion, run) => {
      const back = await companion.call('trace.back', { run, row });
      this._store.apply({ type: 'traced', traced: { kind: 'back', back } });
    });
  }

  /** Find the rows that the model was trained on that are most like a row. */
  async explain(row: number): Promise<void> {
    await this._store.askLong('neighbours', async (companion, run, options) => {
      const neighbours = await companion.call(
        'trace.neighbours',
        { run, row },
        options
      );
      this._store.apply({
        type: 'traced',
        traced: { kind: 'neighbours', neighbours }
      });
    });
  }

  /** Stop comparing rows. */
  stopExplaining(): void {
    this._store.stop('neighbours');
  }

  /** Profile the next columns of the table on show. */
  async profile(): Promise<void> {
    const { table } = this.state;
    const known = table?.profiles ?? [];
    const names = (table?.size?.columns ?? []).map(({ name }) => name);
    const columns = names.slice(known.length, known.length + PROFILED_COLUMNS);
    if (!table || columns.length === 0) {
      return;
    }
    await this._store.askLong('profile', async (companion, run, options) => {
      const found = await companion.call(
        'column.profile',
        { run, table: table.name, columns, filter: [...table.filter] },
        options
      );
      const now = this.state.table;
      if (now?.name === table.name && now.filter === table.filter) {
        this._store.apply({
          type: 'profiles',
          profiles: [...known, ...found.columns]
        });
      }
    });
  }

  /** Stop reading columns. */
  stopProfile(): void {
    this._store.stop('profile');
  }

  /** Save everything that the selected records reached, in all runs. */
  async saveAccessReport(): Promise<void> {
    const { source, selector } = this;
    if (!source || !selector) {
      return;
    }
    await this._store.askLong('report', async (companion, run, options) => {
      const report = await companion.call(
        'rights.access',
        { run, source, selector },
        options
      );
      download(
        `access-${source}.json`,
        'application/json',
        JSON.stringify(report, null, 2)
      );
    });
  }

  /** The profile of a column, when it is known. */
  profileOf(column: string): IColumnProfile | undefined {
    return this.state.table?.profiles.find(({ name }) => name === column);
  }

  /** Read the table on show again, from its beginning. */
  async reload(): Promise<void> {
    const { table } = this.state;
    if (table) {
      this._rows = new TableRows(chunk => this._fetchChunk(table, chunk));
      this._rows.changed.connect(() => this._rowsChanged.emit());
      await this._rows.need(0, 1);
    }
  }

  /** Rows of a chunk of a table; null when they did not come. */
  private async _fetchChunk(
    table: ITableView,
    chunk: number
  ): Promise<ITableRow[] | null> {
    let fetched: ITableRow[] | null = null;
    await this._store.askRun(async (companion, run) => {
      const { result, buffers } = await companion.callWithBuffers(
        'table.page',
        {
          run,
          table: table.name,
          offset: chunk * CHUNK_SIZE,
          limit: CHUNK_SIZE,
          filter: [...table.filter],
          sort: table.sort,
          rows: table.only && [...table.only]
        }
      );
      const { rows, total, columns } = await decodePage(result, buffers);
      fetched = rows;
      if (isSameQuestion(this.state.table, table)) {
        this._store.apply({ type: 'size', size: { total, columns } });
      }
    });
    return fetched;
  }

  private readonly _rowsChanged = new Signal<this, void>(this);
  private _rows: TableRows | null = null;
  private _isDisposed = false;
}

function isSameQuestion(now: ITableView | null, then: ITableView): boolean {
  return (
    now?.name === then.name &&
    now.filter === then.filter &&
    now.sort === then.sort
  );
}
