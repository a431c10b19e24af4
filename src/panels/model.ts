/**
 * The model of the panel of one notebook: which run is on show, and the models of
 * the parts of the panel.
 */
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { ICompanion } from '../companion/client';
import type { ITarget } from '../companion/protocol.generated';
import { ComplianceModel } from './compliance/model';
import { ForgetModel } from './forget/model';
import { PipelineModel } from './pipeline/model';
import { RecordsModel } from './records/model';
import { RunsModel } from './runs/model';
import type { IPanelState, Tab } from './state';
import { PanelStore } from './store';

/** What the panel of one notebook knows and can do. */
export class PanelModel implements IDisposable {
  /**
   * @param connect - gives the companion of the notebook's kernel, connected.
   */
  constructor(connect: () => Promise<ICompanion>) {
    this._store = new PanelStore(connect);
    this.pipeline = new PipelineModel(this._store);
    this.records = new RecordsModel(this._store);
    this.compliance = new ComplianceModel(this._store);
    this.runs = new RunsModel(this._store);
    this.forget = new ForgetModel(this._store, this.records, () =>
      this._reload()
    );
  }

  readonly pipeline: PipelineModel;
  readonly records: RecordsModel;
  readonly forget: ForgetModel;
  readonly compliance: ComplianceModel;
  readonly runs: RunsModel;

  get state(): IPanelState {
    return this._store.state;
  }

  /** Emitted after every change of the state. */
  get changed(): ISignal<unknown, void> {
    return this._store.changed;
  }

  get isDisposed(): boolean {
    return this._store.isDisposed;
  }

  dispose(): void {
    this.records.dispose();
    this._store.dispose();
  }

  /** Connect and list the runs; the newest one is opened. */
  async refresh(): Promise<void> {
    await this._listRuns();
    const { run, runs } = this.state;
    const known = runs.find(other => other.run === run?.run) ?? runs.at(0);
    if (known) {
      await this.open(known.run);
    }
  }

  /** The kernel has gone: nothing on show is certain any more. */
  disconnect(): void {
    this._store.disconnect();
  }

  /** Show a run. */
  async open(id: string): Promise<void> {
    const run = this.state.runs.find(other => other.run === id);
    if (!run) {
      return;
    }
    this._store.apply({ type: 'run', run });
    await this.pipeline.load();
    await this.show(this.state.tab);
  }

  /** Show a part of the panel, with what it needs. */
  async show(tab: Tab): Promise<void> {
    this._store.apply({ type: 'tab', tab });
    const { run, compliance, all } = this.state;
    if (tab === 'compliance' && run && !compliance) {
      await this.compliance.load();
    }
    if (tab === 'runs' && run && !all) {
      await this.runs.load();
    }
  }

  /** Fill the form of a forget: values of a column are to be erased where they were found. */
  async eraseWhereFound(target: ITarget): Promise<void> {
    const { table, column, rows = [] } = target;
    this._store.apply({ type: 'tab', tab: 'forget' });
    await this.records.show(table);
    if (rows.length > 0) {
      this.records.selectRows(rows);
    }
    this._store.apply({
      type: 'draft',
      draft: { action: 'erase', columns: column ? [column] : [] }
    });
  }

  /** Show where a line of evidence leads. */
  async showEvidence(target: ITarget): Promise<void> {
    const { table, rows = [] } = target;
    this._store.apply({ type: 'tab', tab: 'records' });
    await this.records.show(table, rows.length > 0 ? rows : null);
  }

  private async _listRuns(): Promise<void> {
    await this._store.ask(async companion => {
      const { runs } = await companion.call('runs.list', {});
      this._store.apply({ type: 'runs', runs });
    });
  }

  /** Something was forgotten: read again what it may have changed. */
  private async _reload(): Promise<void> {
    await Promise.all([this.pipeline.load(), this._listRuns()]);
    await this.records.reload();
    void this.compliance.recheck();
    if (this.state.all) {
      void this.runs.load();
    }
  }

  private readonly _store: PanelStore;
}
