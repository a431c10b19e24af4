import { nullTranslator } from '@jupyterlab/translation';
import '@testing-library/jest-dom';
import { fireEvent, render, screen } from '@testing-library/react';

import type { INotes } from '../../llm/notes';
import type { IKeptExchange } from '../../rewrite/exchange';
import { ExchangesModel } from '../model';
import { Exchanges } from '../view';

const trans = nullTranslator.load('jupyterlab_palimpsest');

function exchange(id: string, more: Partial<IKeptExchange>): IKeptExchange {
  return {
    id,
    time: '2026-01-02T03:04:05.000Z',
    purpose: 'rewrite',
    model: 'large',
    temperature: 0,
    messages: [{ role: 'user', content: `question ${id}` }],
    answer: `answer ${id}`,
    end: 'complete',
    error: null,
    candidate: null,
    usage: { promptTokens: 1000, completionTokens: 50 },
    estimated: false,
    cost: 0.002,
    seconds: 1.5,
    firstPiece: 0.2,
    notebook: 'work/a.ipynb',
    cell: 'c',
    task: 'prepare',
    outcome: null,
    failure: null,
    ...more
  };
}

function notesOf(kept: IKeptExchange[]): INotes {
  return {
    exchanges: async () => [...kept],
    deleteExchanges: async id => {
      kept.splice(
        0,
        kept.length,
        ...kept.filter(other => id && other.id !== id)
      );
    },
    addExchange: async () => undefined,
    strategies: async () => [],
    addStrategy: async () => undefined,
    deleteStrategies: async () => undefined
  };
}

async function show(notes: INotes) {
  const model = new ExchangesModel(notes);
  await model.refresh();
  const actions = {
    export: jest.fn(),
    deleteAll: jest.fn(),
    forgetStrategies: jest.fn()
  };
  const view = () => (
    <Exchanges model={model} actions={actions} trans={trans} />
  );
  const { rerender } = render(view());
  model.changed.connect(() => rerender(view()));
  return { model, actions };
}

describe('the exchanges', () => {
  const kept = () => [
    exchange('a', {
      outcome: { status: 'different', summary: 'Row 1 differs.' },
      failure: '3.2'
    }),
    exchange('b', {
      outcome: { status: 'repeat', summary: '' },
      failure: '1.3'
    }),
    exchange('c', {
      outcome: { status: 'repeat', summary: '' },
      failure: '1.3'
    })
  ];

  it('shows the latest exchange first, and the sum', async () => {
    await show(notesOf(kept()));
    expect(screen.getByRole('status')).toHaveTextContent(
      '3 exchanges · 3,000 tokens sent, 150 received · $0.006'
    );
    const answers = screen.getAllByText(/^answer [abc]$/);
    expect(answers.map(node => node.textContent)).toEqual([
      'answer c',
      'answer b',
      'answer a'
    ]);
  });

  it('sums up what goes wrong, and cites the taxonomy', async () => {
    await show(notesOf(kept()));
    const rows = screen.getAllByRole('row').slice(1);
    expect(rows.map(row => row.textContent)).toEqual([
      expect.stringContaining('21.3 Step repetition'),
      expect.stringContaining('13.2 No or incomplete verification')
    ]);
    expect(screen.getByText(/arXiv:2503.13657/)).toBeVisible();
  });

  it('deletes one exchange', async () => {
    const { model } = await show(notesOf(kept()));
    const changed = new Promise<void>(resolve =>
      model.changed.connect(() => resolve())
    );
    fireEvent.click(screen.getAllByText('Delete')[0]);
    await changed;
    expect(screen.queryByText('answer c')).toBeNull();
    expect(screen.getByText('answer b')).toBeInTheDocument();
  });

  it('exports everything as one document', async () => {
    const { model, actions } = await show(notesOf(kept()));
    fireEvent.click(screen.getByText('Export…'));
    expect(actions.export).toHaveBeenCalled();
    expect(JSON.parse(await model.export())).toMatchObject({
      version: 1,
      exchanges: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
      strategies: []
    });
  });

  it('says when nothing is kept, and when it cannot be read', async () => {
    await show(notesOf([]));
    expect(screen.getByRole('status')).toHaveTextContent('No exchange');
    await show({
      ...notesOf([]),
      exchanges: async () => {
        throw new Error('Gone.');
      }
    });
    expect(screen.getByRole('alert')).toHaveTextContent('Gone.');
  });
});
