import { Chronicle } from '../chronicle';
import type { IKeptExchange } from '../exchange';
import { ModelSource } from '../modelsource';
import { RewriteSession } from '../session';
import type { IStrategy } from '../strategies';
import {
  REQUEST,
  ScriptedClient,
  ScriptedVerifier,
  rewriteTo,
  verdict
} from './fixtures';

const WRONG = rewriteTo('customers.tail(3)');
const RIGHT = rewriteTo('customers.head(3)');

/** Rewrite with a model that answers so, and return what was kept. */
async function chronicleOf(
  answers: readonly (string | null)[],
  act: (session: RewriteSession) => Promise<unknown> = session =>
    session.start()
) {
  const exchanges: IKeptExchange[] = [];
  const strategies: IStrategy[] = [];
  const errors: unknown[] = [];
  const client = new ScriptedClient(answers);
  const session = new RewriteSession(
    REQUEST,
    [new ModelSource(client, { perRound: 1 })],
    new ScriptedVerifier({
      'tail(3)': verdict('different', {
        difference: {
          input: 'real',
          row: 1,
          column: null,
          original: '3 rows',
          rewritten: '2 rows',
          sourceRows: {},
          line: null
        }
      }),
      'head(3)': verdict('equivalent')
    })
  );
  new Chronicle(
    session,
    {
      addExchange: async exchange => void exchanges.push(exchange),
      addStrategy: async strategy => void strategies.push(strategy),
      strategies: async () => []
    },
    error => errors.push(error)
  );
  await act(session);
  await new Promise(resolve => setTimeout(resolve));
  return { exchanges, strategies, errors };
}

describe('Chronicle', () => {
  it('keeps every exchange with what came of it', async () => {
    const { exchanges, strategies } = await chronicleOf([WRONG, RIGHT]);
    expect(exchanges).toMatchObject([
      {
        purpose: 'rewrite',
        notebook: 'work/complaints.ipynb',
        cell: 'prepare',
        answer: WRONG,
        end: 'complete',
        outcome: { status: 'different' },
        failure: '3.2'
      },
      { purpose: 'repair', outcome: { status: 'equivalent' }, failure: null }
    ]);
    expect(strategies.map(({ outcome }) => outcome)).toEqual([
      'failed',
      'verified'
    ]);
  });

  it('tells a repeat from a failure', async () => {
    const { exchanges } = await chronicleOf([WRONG, WRONG, RIGHT]);
    expect(exchanges.map(({ failure }) => failure)).toEqual([
      '3.2',
      '1.3',
      null
    ]);
    expect(exchanges[1].outcome?.status).toBe('repeat');
  });

  it('keeps an answer without code as a derailment', async () => {
    const { exchanges } = await chronicleOf(['No.']);
    expect(exchanges).toMatchObject([
      { answer: 'No.', candidate: null, outcome: null, failure: '2.3' }
    ]);
  });

  it('keeps what was stopped, as far as it came', async () => {
    const { exchanges } = await chronicleOf([null], async session => {
      const working = session.start();
      await new Promise(resolve => setTimeout(resolve));
      session.dispose();
      await working;
    });
    expect(exchanges).toMatchObject([{ end: 'stopped', failure: null }]);
  });
});
