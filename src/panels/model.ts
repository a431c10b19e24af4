/**
 * The model of the pipeline panel: owns the state, talks to the companion.
 */
import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { decodePage, type ITableRow } from '../companion/arrow';
import { CompanionError, type ICompanion } from '../companion/client';
import type {
  ICondition,
  IForgetRequest,
  IPlanNode,
  IProgress,
  Selector
} from '../companion/protocol.generated';
import { CHUNK_SIZE, TableRows } from './records/tablerows';
import {
  type IKeySelection,
  INITIAL_PANEL,
  type IPanelState,
  type ITableView,
  type PanelEvent,
  reducePanel
} from './state';

/** What is to be done with the selected records. */
export type Change = Pick<
  IForgetRequest,
  | 'action'
  | 'columns'
  | 'values'
  | 'keep_rows'
  | 'everywhere'
  | 'model_seconds'
  | 'keep_until_proof'
>;

const SOURCE_PREFIX = 'source:';

/** Begins the names of tables that the companion recomputes from the sources. */
const NODE_PREFIX = 'node:';

/** What the panel of one notebook knows and can do. */
export class PanelModel implements IDisposable {
  /**
   * @param connect - gives the companion of the notebook's kernel, connected.
   */
  constructor(private readonly _connect: () => Promise<ICompanion>) {}

  get state(): IPanelState {
    return this._state;
  }

  /** Emitted after every change of the state. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The source on show, when a source table is. */
  get source(): string | null {
    const name = this._state.table?.name;
    return name?.startsWith(SOURCE_PREFIX)
      ? name.slice(SOURCE_PREFIX.length)
      : null;
  }

  /** What the table on show is called: as the graph calls a table without a name. */
  get title(): string | null {
    const { node, plan, table } = this._state;
    const shown = plan?.nodes.find(other => other.id === node);
    return table?.name.startsWith(NODE_PREFIX) && shown
      ? `${shown.operation}: ${shown.label}`
      : (this.source ?? table?.name ?? null);
  }

  /** The records that are selected: by hand, by keys, or by the filter. */
  get selector(): Selector | null {
    const { table } = this._state;
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

  /** Emitted when rows of the table on show have arrived. */
  get rowsChanged(): ISignal<this, void> {
    return this._rowsChanged;
  }

  /** A row of the table on show by its position, once it is there. */
  rowAt(index: number): ITableRow | undefined {
    return this._rows?.rowAt(index);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    Signal.clearData(this);
  }

  /** Connect and list the runs; the newest one is opened. */
  async refresh(): Promise<void> {
    await this._ask(async companion => {
      const { runs } = await companion.call('runs.list', {});
      this._apply({ type: 'runs', runs });
      const known = runs.find(run => run.run === this._state.run?.run);
      const run = known ?? runs.at(0);
      if (run) {
        await this.open(run.run);
      }
    });
  }

  /** The kernel has gone: nothing on show is certain any more. */
  disconnect(): void {
    this._companion = null;
    this._apply({ type: 'lost' });
  }

  /** Show a run. */
  async open(id: string): Promise<void> {
    const run = this._state.runs.find(other => other.run === id);
    if (!run) {
      return;
    }
    this._apply({ type: 'run', run });
    await this._loadPlan(run.run);
  }

  /** Show the table of a node of the plan. */
  async select(node: IPlanNode): Promise<void> {
    this._apply({ type: 'node', node: node.id, table: node.table });
    await this._reload();
  }

  /** Filter the table on show. */
  async filter(conditions: readonly ICondition[]): Promise<void> {
    this._apply({ type: 'table', filter: conditions });
    await this._reload();
  }

  /** Rows `first` to `stop` have come into view: fetch what is missing of them. */
  needRows(first: number, stop: number): void {
    void this._rows?.need(first, stop);
  }

  /** Select a row of the table on show, or no longer. */
  toggleRow(row: number): void {
    const selected = new Set(this._state.table?.selected);
    if (!selected.delete(row)) {
      selected.add(row);
    }
    this._apply({ type: 'selected', selected });
  }

  /** Select by hand no longer, nor by keys. */
  clearSelection(): void {
    this._apply({ type: 'keys', keys: null });
  }

  /** Select the records whose column holds one of the values. */
  selectKeys(keys: IKeySelection): void {
    this._apply({ type: 'keys', keys });
  }

  /** Trace the selected source records forward. */
  async traceForward(): Promise<void> {
    const { source, selector } = this;
    await this._askRun(async (companion, run) => {
      if (source && selector) {
        const forward = await companion.call('trace.forward', {
          run,
          source,
          selector
        });
        this._apply({ type: 'forward', forward });
      }
    });
  }

  /** Trace a training row back to its records. */
  async traceBack(row: number): Promise<void> {
    await this._askRun(async (companion, run) => {
      const back = await companion.call('trace.back', { run, row });
      this._apply({ type: 'back', back });
    });
  }

  /** Ask what forgetting the selected records would do. */
  async preview(change: Change): Promise<void> {
    const { source, selector } = this;
    await this._askRun(async (companion, run) => {
      if (!source || !selector) {
        return;
      }
      this._apply({ type: 'forget', forget: { stage: 'previewing' } });
      try {
        const preview = await companion.call('forget.preview', {
          run,
          source,
          selector,
          ...change
        });
        this._apply({
          type: 'forget',
          forget: { stage: 'previewed', preview }
        });
      } catch (error) {
        this.cancelForget();
        throw error;
      }
    });
  }

  /** Drop the preview. */
  cancelForget(): void {
    this._apply({ type: 'forget', forget: { stage: 'none' } });
  }

  /** Apply the preview on show. */
  async apply(): Promise<void> {
    const { forget } = this._state;
    if (forget.stage !== 'previewed') {
      return;
    }
    const { preview } = forget;
    let progress: readonly IProgress[] = [];
    const show = () =>
      this._apply({
        type: 'forget',
        forget: { stage: 'applying', preview, progress }
      });
    show();
    this._applying = new AbortController();
    const { signal } = this._applying;
    await this._askRun(async (companion, run) => {
      try {
        const receipt = await companion.call(
          'forget.apply',
          { run, token: preview.token },
          {
            signal,
            onProgress: next => {
              progress = [
                ...progress.filter(known => known.stage !== next.stage),
                next
              ];
              show();
            }
          }
        );
        await this._loadPlan(run);
        await this.filter(this._state.table?.filter ?? []);
        this._apply({ type: 'forget', forget: { stage: 'applied', receipt } });
      } catch (error) {
        if (error instanceof CompanionError && error.code === 'cancelled') {
          // Nothing was changed, and the preview still holds.
          this._apply({
            type: 'forget',
            forget: { stage: 'previewed', preview }
          });
          return;
        }
        this.cancelForget();
        throw error;
      }
    });
  }

  /** Stop applying before anything is changed. */
  stopForget(): void {
    this._applying?.abort();
  }

  /** Compare the state with a re-run, for the receipt on show. */
  async prove(): Promise<void> {
    const { forget } = this._state;
    if (forget.stage !== 'applied') {
      return;
    }
    const { receipt } = forget;
    const show = (progress: IProgress | null) =>
      this._apply({
        type: 'forget',
        forget: { stage: 'proving', receipt, progress }
      });
    show(null);
    this._proving = new AbortController();
    const { signal } = this._proving;
    await this._askRun(async (companion, run) => {
      try {
        const proof = await companion.call(
          'forget.prove',
          { run, receipt: receipt.receipt },
          { signal, onProgress: show }
        );
        this._apply({
          type: 'forget',
          forget: { stage: 'proved', receipt, proof }
        });
      } catch (error) {
        this._apply({ type: 'forget', forget: { stage: 'applied', receipt } });
        if (!signal.aborted) {
          throw error;
        }
      }
    });
  }

  /** Stop a proof under way. */
  stopProof(): void {
    this._proving?.abort();
  }

  private async _loadPlan(run: string): Promise<void> {
    await this._ask(async companion => {
      const [plan, receipts] = await Promise.all([
        companion.call('plan.get', { run }),
        companion.call('receipts.list', { run })
      ]);
      this._apply({ type: 'plan', plan, receipts });
    });
  }

  /** Show the table on show from its beginning. */
  private async _reload(): Promise<void> {
    const { table } = this._state;
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
    await this._askRun(async (companion, run) => {
      const { result, buffers } = await companion.callWithBuffers(
        'table.page',
        {
          run,
          table: table.name,
          offset: chunk * CHUNK_SIZE,
          limit: CHUNK_SIZE,
          filter: [...table.filter]
        }
      );
      const { rows, total, columns } = await decodePage(result, buffers);
      fetched = rows;
      if (this._state.table === table) {
        this._apply({ type: 'size', size: { total, columns } });
      }
    });
    return fetched;
  }

  private async _askRun(
    work: (companion: ICompanion, run: string) => Promise<void>
  ): Promise<void> {
    const run = this._state.run?.run;
    if (run !== undefined) {
      await this._ask(companion => work(companion, run));
    }
  }

  /** Do something with the companion; what goes wrong becomes state. */
  private async _ask(
    work: (companion: ICompanion) => Promise<void>
  ): Promise<void> {
    this._apply({ type: 'asked' });
    try {
      if (!this._companion) {
        this._companion = await this._connect();
        this._apply({ type: 'connected' });
      }
      await work(this._companion);
    } catch (error) {
      this._apply({
        type: 'failed',
        failure: {
          message: error instanceof Error ? error.message : String(error),
          hint: error instanceof CompanionError ? error.hint : null
        }
      });
    } finally {
      this._apply({ type: 'answered' });
    }
  }

  private _apply(event: PanelEvent): void {
    if (this._isDisposed) {
      return;
    }
    this._state = reducePanel(this._state, event);
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _rowsChanged = new Signal<this, void>(this);
  private _rows: TableRows | null = null;
  private _companion: ICompanion | null = null;
  private _isDisposed = false;
  private _applying: AbortController | null = null;
  private _proving: AbortController | null = null;
  private _state = INITIAL_PANEL;
}
