/**
 * All runs of the workspace: which share records, what is different between two,
 * and which led to nothing.
 */
import type { PanelStore } from '../store';

/** Lists, compares and marks runs. */
export class RunsModel {
  constructor(private readonly _store: PanelStore) {}

  /** Read what is known of all runs. */
  async load(): Promise<void> {
    await this._store.ask(async companion => {
      const [overview, graphlets] = await Promise.all([
        companion.call('runs.overview', {}),
        companion.call('runs.graphlets', {})
      ]);
      this._store.apply({
        type: 'all',
        all: { overview, graphlets, comparison: null }
      });
    });
  }

  /** Compare two runs. */
  async compare(run: string, other: string): Promise<void> {
    await this._store.askLong('compare', async (companion, _, options) => {
      const comparison = await companion.call(
        'runs.compare',
        { run, other },
        options
      );
      this._store.apply({ type: 'all', all: { comparison } });
    });
  }

  /** Stop comparing. */
  stop(): void {
    this._store.stop('compare');
  }

  /** Mark a run as one that is used, or not. */
  async mark(run: string, marked: boolean, note: string): Promise<void> {
    await this._store.ask(async companion => {
      await companion.call('runs.mark', { run, marked, note });
    });
    await this.load();
  }
}
