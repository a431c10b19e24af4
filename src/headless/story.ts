/**
 * The second half of the demo: what a run can answer, and how it forgets.
 */
import { decodePage, type ITablePage } from '../companion/arrow';
import type { ICompanion } from '../companion/client';
import type {
  ICondition,
  IForgetRequest,
  IPlanGraph,
  IProof,
  IReceipt,
  IRunSummary,
  ITraceForward,
  Selector
} from '../companion/protocol.generated';
import { ProgressLine } from './terminal';

/** How many customers have their leaked subjects erased. */
const LEAKING_CUSTOMERS = 5;

/** A card number, in groups of four. */
const CARD_NUMBER = /\b\d{4} \d{4} \d{4} \d{4}\b/;

/** One run, asked through the protocol. */
export class Story {
  constructor(
    private readonly _companion: ICompanion,
    readonly run: IRunSummary
  ) {}

  async plan(): Promise<IPlanGraph> {
    return this._companion.call('plan.get', { run: this.run.run });
  }

  /** The mails whose subject leaks a card number, by e-mail address. */
  async leaks(): Promise<{ email: string; row: number }[]> {
    const page = await this._page('source:mails', [
      { column: 'subject', comparison: 'contains', value: 'Karte ' }
    ]);
    const at = (name: string) =>
      page.columns.findIndex(column => column.name === name);
    const [email, subject] = [at('email'), at('subject')];
    return page.rows
      .filter(({ values }) => CARD_NUMBER.test(String(values[subject])))
      .map(({ row, values }) => ({ email: String(values[email]), row }));
  }

  /** Leaked mails of the first customers that have one in the training table. */
  async leaksOfFirstCustomers(): Promise<{ emails: string[]; rows: number[] }> {
    const emails: string[] = [];
    const rows: number[] = [];
    for (const leak of await this.leaks()) {
      const known = emails.includes(leak.email);
      if (!known && emails.length === LEAKING_CUSTOMERS) {
        continue;
      }
      const reach = await this.reach('mails', {
        kind: 'rows',
        rows: [leak.row]
      });
      if (reach.training_rows > 0) {
        rows.push(leak.row);
        if (!known) {
          emails.push(leak.email);
        }
      }
    }
    return { emails, rows };
  }

  async reach(source: string, selector: Selector): Promise<ITraceForward> {
    return this._companion.call('trace.forward', {
      run: this.run.run,
      source,
      selector
    });
  }

  /** Preview and apply one request. */
  async forget(
    source: string,
    selector: Selector,
    action: IForgetRequest['action'],
    columns: string[] = []
  ): Promise<IReceipt> {
    const { run } = this.run;
    const preview = await this._companion.call('forget.preview', {
      run,
      source,
      selector,
      action,
      columns
    });
    return this._companion.call('forget.apply', { run, token: preview.token });
  }

  /** Compare the state with a re-run of the whole pipeline. */
  async prove(): Promise<IProof> {
    const progress = new ProgressLine('re-run');
    const proof = await this._companion.call(
      'forget.prove',
      { run: this.run.run },
      {
        onProgress: ({ stage, done, total }) =>
          progress.show(stage, done, total)
      }
    );
    progress.end();
    return proof;
  }

  private async _page(
    table: string,
    filter: ICondition[]
  ): Promise<ITablePage> {
    const { result, buffers } = await this._companion.callWithBuffers(
      'table.page',
      { run: this.run.run, table, filter, limit: 10_000 }
    );
    return decodePage(result, buffers);
  }
}
