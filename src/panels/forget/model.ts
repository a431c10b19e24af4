/**
 * Forgetting: what is asked for, how far it has come, and its proof.
 */
import { CompanionError } from '../../companion/client';
import type {
  IForgetRequest,
  IPlanGraph,
  IPreview,
  IProgress
} from '../../companion/protocol.generated';
import type { RecordsModel } from '../records/model';
import type { ForgetState } from '../state';
import type { PanelStore } from '../store';

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

/** Previews, applies and proves. */
export class ForgetModel {
  /**
   * @param _reload - reads again what a forget may have changed.
   */
  constructor(
    private readonly _store: PanelStore,
    readonly records: RecordsModel,
    private readonly _reload: () => Promise<void>
  ) {}

  get state(): ForgetState {
    return this._store.state.forget;
  }

  /** Ask what forgetting the selected records would do. */
  async preview(change: Change): Promise<void> {
    const { source, selector } = this.records;
    await this._store.askRun(async (companion, run) => {
      if (!source || !selector) {
        return;
      }
      this._show({ stage: 'previewing' });
      try {
        const preview = await companion.call('forget.preview', {
          run,
          source,
          selector,
          ...change
        });
        this._show({ stage: 'previewed', preview });
      } catch (error) {
        this.cancel();
        throw error;
      }
    });
  }

  /** Drop the preview, or be done with the receipt. */
  cancel(): void {
    this._show({ stage: 'none' });
  }

  /** Apply the preview on show. */
  async apply(): Promise<void> {
    const { state } = this;
    if (state.stage !== 'previewed') {
      return;
    }
    const { preview } = state;
    const before = this._store.state.plan;
    await this._store.askRun(async (companion, run) => {
      this._applying = new AbortController();
      const { signal } = this._applying;
      const onProgress = this._follow(preview);
      try {
        const receipt = await companion.call(
          'forget.apply',
          { run, token: preview.token },
          { signal, onProgress }
        );
        this.records.clearSelection();
        await this._reload();
        this._show({ stage: 'applied', receipt, before });
      } catch (error) {
        if (error instanceof CompanionError && error.code === 'cancelled') {
          // Nothing was changed, and the preview still holds.
          this._show({ stage: 'previewed', preview });
          return;
        }
        this.cancel();
        throw error;
      }
    });
  }

  /** Stop applying before anything is changed. */
  stop(): void {
    this._applying?.abort();
  }

  /** Compare the state with a re-run, for the receipt on show. */
  async prove(): Promise<void> {
    const { state } = this;
    if (state.stage !== 'applied') {
      return;
    }
    const { receipt, before } = state;
    const show = (progress: IProgress | null) =>
      this._show({ stage: 'proving', receipt, before, progress });
    show(null);
    this._proving = new AbortController();
    const { signal } = this._proving;
    await this._store.askRun(async (companion, run) => {
      try {
        const proof = await companion.call(
          'forget.prove',
          { run, receipt: receipt.receipt },
          { signal, onProgress: show }
        );
        this._show({ stage: 'proved', receipt, before, proof });
      } catch (error) {
        this._show({ stage: 'applied', receipt, before });
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

  /** Do what the forgets of this run have still to do in other runs. */
  async resume(): Promise<void> {
    await this._store.askRun(async (companion, run) => {
      const { updates } = await companion.call('forget.resume', { run });
      this._store.apply({ type: 'updates', updates });
    });
  }

  /** The plan as it is now, to be compared with how it was. */
  get plan(): IPlanGraph | null {
    return this._store.state.plan;
  }

  /** Show the stages of applying, the last progress of each. */
  private _follow(preview: IPreview): (next: IProgress) => void {
    let progress: readonly IProgress[] = [];
    const show = () => this._show({ stage: 'applying', preview, progress });
    show();
    return next => {
      const others = progress.filter(({ stage }) => stage !== next.stage);
      progress = [...others, next];
      show();
    };
  }

  private _show(forget: ForgetState): void {
    this._store.apply({ type: 'forget', forget });
  }

  private _applying: AbortController | null = null;
  private _proving: AbortController | null = null;
}
