/**
 * The plan of the run on show, and the columns that are followed through it.
 */
import type { IColumnRef, IPlanNode } from '../../companion/protocol.generated';
import type { PanelStore } from '../store';

/** Loads the plan and follows columns. */
export class PipelineModel {
  constructor(private readonly _store: PanelStore) {}

  /** Read the plan, with what was forgotten of the run. */
  async load(): Promise<void> {
    await this._store.askRun(async (companion, run) => {
      const [plan, receipts, { updates }] = await Promise.all([
        companion.call('plan.get', { run }),
        companion.call('receipts.list', { run }),
        companion.call('forget.updates', { run })
      ]);
      this._store.apply({ type: 'plan', plan, receipts, updates });
    });
  }

  /** Choose an operation. */
  choose(node: IPlanNode): void {
    this._store.apply({ type: 'node', node: node.id });
  }

  /** Follow source columns to the matrix; none to end it. */
  async follow(columns: readonly IColumnRef[]): Promise<void> {
    if (columns.length === 0) {
      this._store.apply({ type: 'followed', followed: null });
      return;
    }
    await this._store.askRun(async (companion, run) => {
      const trace = await companion.call('trace.column', {
        run,
        columns: [...columns]
      });
      this._store.apply({ type: 'followed', followed: { columns, trace } });
    });
  }
}
