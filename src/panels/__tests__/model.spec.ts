import type { ICompanion } from '../../companion/client';
import { CompanionError } from '../../companion/client';
import type {
  IPlanNode,
  IPreview,
  IReceipt,
  IRunSummary
} from '../../companion/protocol.generated';
import { PanelModel } from '../model';

const RUN: IRunSummary = {
  run: 'r1',
  name: 'complaints',
  path: 'complaints-1.palimpsest',
  created: '2026-01-01',
  sources: ['mails'],
  training_rows: 10,
  feature_columns: 4,
  model: 'Ridge',
  forgets: 0
};

const SOURCE: IPlanNode = {
  id: 0,
  operation: 'read_csv',
  label: 'mails',
  stage: 'source',
  inputs: [],
  rows: 20,
  columns: [],
  table: 'source:mails',
  location: null,
  seconds: 0,
  warnings: []
};

const PREVIEW = { token: 't', records: 1 } as IPreview;
const RECEIPT = { receipt: 'x', records: 1 } as IReceipt;

type Handler = (params: any) => unknown;

/** A companion in memory: answers as told, remembers what it was asked. */
function companion(handlers: Record<string, Handler>): {
  asked: [string, any][];
  connect: () => Promise<ICompanion>;
} {
  const asked: [string, any][] = [];
  const answers: Record<string, Handler> = {
    'runs.list': () => ({ runs: [RUN] }),
    'plan.get': () => ({
      run: 'r1',
      nodes: [SOURCE],
      columns: [],
      features: [],
      warnings: []
    }),
    'receipts.list': () => ({ receipts: [], intact: true }),
    'forget.updates': () => ({ updates: [] }),
    'compliance.checks': () => ({ checks: [] }),
    'compliance.results': () => ({ results: [], history: [], missing: [] }),
    'compliance.check': () => ({ results: [], history: [], missing: [] }),
    'card.get': () => ({}),
    ...handlers
  };
  const call = async (method: string, params: unknown) => {
    asked.push([method, params]);
    return answers[method](params);
  };
  return {
    asked,
    connect: async () => ({ call, callWithBuffers: call }) as never
  };
}

describe('PanelModel', () => {
  it('opens the newest run', async () => {
    // Given a workspace with a run
    const { connect } = companion({});
    const model = new PanelModel(connect);

    // When the panel is refreshed
    await model.refresh();

    // Then it shows the run with its plan
    expect(model.state.run).toEqual(RUN);
    expect(model.state.plan?.nodes).toEqual([SOURCE]);
    expect(model.state.busy).toBe(0);
  });

  it('turns errors into state, with what to do', async () => {
    const model = new PanelModel(() =>
      Promise.reject(
        new CompanionError('no-companion', 'The kernel has no companion.', {
          hint: 'Install it.'
        })
      )
    );

    await model.refresh();

    expect(model.state.failure).toEqual({
      message: 'The kernel has no companion.',
      hint: 'Install it.'
    });
    expect(model.state.busy).toBe(0);
  });

  it('previews, applies, and shows the receipt', async () => {
    // Given a source table with a filter
    const { asked, connect } = companion({
      'table.page': () => {
        throw new CompanionError('internal', 'pages are tested elsewhere');
      },
      'forget.preview': () => PREVIEW,
      'forget.apply': () => RECEIPT
    });
    const model = new PanelModel(connect);
    await model.refresh();
    await model.records.show('source:mails');
    await model.records.filter([
      { column: 'id', comparison: '==', value: '7' }
    ]);

    // When the user previews and confirms
    await model.forget.preview({ action: 'erase', columns: ['subject'] });
    expect(model.state.forget).toEqual({
      stage: 'previewed',
      preview: PREVIEW
    });
    await model.forget.apply();

    // Then the request named source and filter, and the token was used
    expect(asked.find(([method]) => method === 'forget.preview')?.[1]).toEqual({
      run: 'r1',
      source: 'mails',
      selector: {
        kind: 'filter',
        conditions: [{ column: 'id', comparison: '==', value: '7' }]
      },
      action: 'erase',
      columns: ['subject']
    });
    expect(asked.find(([method]) => method === 'forget.apply')?.[1]).toEqual({
      run: 'r1',
      token: 't'
    });
    expect(model.state.forget).toEqual({
      stage: 'applied',
      receipt: RECEIPT,
      before: model.state.plan
    });
  });

  it('pages through the rows of any operation, under its label', async () => {
    // Given a plan with an operation between source and training table
    const filter: IPlanNode = {
      ...SOURCE,
      id: 1,
      operation: 'filter',
      label: 'date >= 2022',
      stage: 'prepare',
      inputs: [0],
      table: 'node:1'
    };
    const { asked, connect } = companion({
      'plan.get': () => ({
        run: 'r1',
        nodes: [SOURCE, filter],
        columns: [],
        features: [],
        warnings: []
      }),
      'table.page': () => {
        throw new CompanionError('not-found', 'It is not tracked.');
      }
    });
    const model = new PanelModel(connect);
    await model.refresh();

    // When the user clicks it and filters
    await model.records.show('node:1');
    await model.records.filter([
      { column: 'id', comparison: 'contains', value: '7' }
    ]);

    // Then pages of its table were asked for
    const pages = asked
      .filter(([method]) => method === 'table.page')
      .map(([, params]) => [params.table, params.offset, params.filter.length]);
    expect(pages).toEqual([
      ['node:1', 0, 0],
      ['node:1', 0, 1]
    ]);
    expect(model.records.title).toBe('filter: date >= 2022');
    // and it is no source, of which records could be forgotten
    expect(model.records.source).toBeNull();
    // and why there are no rows is told
    expect(model.state.failure?.message).toBe('It is not tracked.');
  });

  it('selects by hand, by keys or by the filter, in this order', async () => {
    const { connect } = companion({
      'table.page': () => {
        throw new CompanionError('internal', 'pages are tested elsewhere');
      }
    });
    const model = new PanelModel(connect);
    await model.refresh();
    await model.records.show('source:mails');
    expect(model.records.selector).toBeNull();

    const conditions = [
      { column: 'id', comparison: '==' as const, value: '7' }
    ];
    await model.records.filter(conditions);
    expect(model.records.selector).toEqual({ kind: 'filter', conditions });

    model.records.toggleRow(3);
    model.records.toggleRow(5);
    model.records.toggleRow(3);
    expect(model.records.selector).toEqual({ kind: 'rows', rows: [5] });

    model.records.selectKeys({ column: 'id', values: ['a', 'b'] });
    expect(model.records.selector).toEqual({
      kind: 'keys',
      column: 'id',
      values: ['a', 'b']
    });

    model.records.clearSelection();
    expect(model.records.selector).toEqual({ kind: 'filter', conditions });
  });

  it('goes back to the preview when a forget is stopped', async () => {
    let stop = (): void => undefined;
    const { connect } = companion({
      'table.page': () => {
        throw new CompanionError('internal', 'pages are tested elsewhere');
      },
      'forget.preview': () => PREVIEW,
      'forget.apply': () =>
        new Promise((_, reject) => {
          stop = () => reject(new CompanionError('cancelled', 'Stopped.'));
        })
    });
    const model = new PanelModel(connect);
    await model.refresh();
    await model.records.show('source:mails');
    await model.records.filter([
      { column: 'id', comparison: '==', value: '7' }
    ]);
    await model.forget.preview({ action: 'delete' });

    const applying = model.forget.apply();
    expect(model.state.forget.stage).toBe('applying');
    model.forget.stop();
    // only the companion knows whether it was in time
    expect(model.state.forget.stage).toBe('applying');
    stop();
    await applying;

    expect(model.state.forget).toEqual({
      stage: 'previewed',
      preview: PREVIEW
    });
    expect(model.state.failure).toBeNull();
  });

  it('goes back to the choice when a preview is refused', async () => {
    const { connect } = companion({
      'table.page': () => {
        throw new CompanionError('internal', 'pages are tested elsewhere');
      },
      'forget.preview': () => {
        throw new CompanionError('empty-selection', 'No record is selected.');
      }
    });
    const model = new PanelModel(connect);
    await model.refresh();
    await model.records.show('source:mails');
    await model.records.filter([
      { column: 'id', comparison: '==', value: '7' }
    ]);

    await model.forget.preview({ action: 'delete' });

    expect(model.state.forget).toEqual({ stage: 'none' });
    expect(model.state.failure?.message).toBe('No record is selected.');
  });

  it('forgets everything it showed when the kernel goes', async () => {
    const { connect } = companion({});
    const model = new PanelModel(connect);
    await model.refresh();

    model.disconnect();

    expect(model.state.plan).toBeNull();
    expect(model.state.connection).toBe('lost');
  });
});
