/**
 * The checks of the run on show: what they found, their settings, the model card and
 * the report.
 */
import type {
  ICheckRequest,
  IConfigureRequest,
  IModelCard
} from '../../companion/protocol.generated';
import { download } from '../download';
import type { PanelStore } from '../store';

/** Runs and configures checks; writes the report. */
export class ComplianceModel {
  constructor(private readonly _store: PanelStore) {}

  /** Read what is known. */
  async load(): Promise<void> {
    await this._store.askRun(async (companion, run) => {
      const [{ checks }, results, card] = await Promise.all([
        companion.call('compliance.checks', { run }),
        companion.call('compliance.results', { run }),
        companion.call('card.get', { run })
      ]);
      this._store.apply({
        type: 'compliance',
        compliance: { checks, results, card, usage: null }
      });
    });
  }

  /** Run checks: all of them unless some are named, or only what is quick. */
  async check(which: Omit<ICheckRequest, 'run'> = {}): Promise<void> {
    await this._store.askLong('checks', async (companion, run, options) => {
      const results = await companion.call(
        'compliance.check',
        { run, ...which },
        options
      );
      this._store.apply({ type: 'compliance', compliance: { results } });
    });
  }

  /** Something was forgotten: the quick checks are run again. */
  async recheck(): Promise<void> {
    await this.load();
    await this.check({ quick: true });
  }

  /** Stop checking. */
  stop(): void {
    this._store.stop('checks');
  }

  /** Change settings of a check, then run it; no settings put them back. */
  async configure(
    check: string,
    settings: IConfigureRequest['settings']
  ): Promise<void> {
    await this._store.askRun(async (companion, run) => {
      const info = await companion.call('compliance.configure', {
        run,
        check,
        settings
      });
      const checks = this._store.state.compliance?.checks ?? [];
      this._store.apply({
        type: 'compliance',
        compliance: {
          checks: checks.map(other => (other.id === info.id ? info : other))
        }
      });
    });
    await this.check({ checks: [check] });
  }

  /** Find which records trained the model. */
  async findUsage(): Promise<void> {
    await this._store.askLong('checks', async (companion, run, options) => {
      const { result } = await companion.callWithBuffers(
        'usage.get',
        { run },
        options
      );
      this._store.apply({ type: 'compliance', compliance: { usage: result } });
    });
  }

  /** Keep the model card. */
  async writeCard(card: IModelCard): Promise<void> {
    await this._store.askRun(async (companion, run) => {
      const kept = await companion.call('card.set', { run, card });
      this._store.apply({ type: 'compliance', compliance: { card: kept } });
    });
  }

  /** Save the report of the run as a page. */
  async saveReport(evidence: boolean): Promise<void> {
    await this._store.askLong('report', async (companion, run, options) => {
      const { result, buffers } = await companion.callWithBuffers(
        'report.export',
        { run, evidence },
        options
      );
      download(result.name, 'text/html', buffers[0]);
    });
  }
}
