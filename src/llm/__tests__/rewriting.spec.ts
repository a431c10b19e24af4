/**
 * @jest-environment ./src/llm/__tests__/streamingenvironment.js
 *
 * A whole rewriting session with a model: real server-sent events over a real
 * Jupyter server. The endpoint is a test double, and so is the verifier.
 */
import { existsSync } from 'node:fs';
import * as path from 'node:path';

import { Chronicle } from '../../rewrite/chronicle';
import { ModelSource } from '../../rewrite/modelsource';
import { RewriteSession } from '../../rewrite/session';
import { best } from '../../rewrite/sessionstate';
import {
  REQUEST,
  ScriptedVerifier,
  rewriteTo,
  verdict
} from '../../rewrite/__tests__/fixtures';
import { LlmClient } from '../client';
import { ServerNotes } from '../notes';
import { RelayServer } from './relayserver';
import { ScriptedEndpoint } from './scriptedendpoint';

const WRONG = '```python\n' + rewriteTo('customers.tail(3)') + '```\n';
const RIGHT = '```python\n' + rewriteTo('customers.head(3)') + '```\n';

let endpoint: ScriptedEndpoint;
let server: RelayServer;
let notes: ServerNotes;

beforeAll(async () => {
  endpoint = await ScriptedEndpoint.start();
  server = await RelayServer.start(endpoint);
  notes = new ServerNotes(server.settings, '');
}, 60_000);

afterAll(() => {
  server.stop();
  endpoint.stop();
});

afterEach(async () => {
  await notes.deleteExchanges();
  await notes.deleteStrategies();
});

function sessionOf(perRound = 3) {
  const source = new ModelSource(new LlmClient(server.settings), {
    perRound,
    strategies: notes
  });
  const session = new RewriteSession(
    REQUEST,
    [source],
    new ScriptedVerifier({
      'tail(3)': verdict('different', {
        difference: {
          input: 'real',
          row: 7,
          column: 'country',
          original: "'secret-value'",
          rewritten: "'secret'",
          sourceRows: { 'customers.csv': [3] },
          line: 3
        }
      }),
      'head(3)': verdict('equivalent')
    })
  );
  const errors: unknown[] = [];
  new Chronicle(session, notes, error => errors.push(error));
  return { session, errors };
}

/** Wait until as many exchanges are kept. */
async function kept(count: number) {
  for (;;) {
    const exchanges = await notes.exchanges();
    if (exchanges.length >= count) {
      return exchanges;
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

function promptOf(body: Record<string, unknown>): string {
  return JSON.stringify(body.messages);
}

describe('a session with a model over the relay', () => {
  it('reports a failure and takes the mended candidate', async () => {
    await endpoint.play(
      { when: 'That one is not equivalent', text: RIGHT, chunk: 7 },
      { text: WRONG, chunk: 7 }
    );
    const { session, errors } = sessionOf();
    expect(await session.start()).toBe('verified');
    expect(best(session.state)?.candidate.code).toContain('head(3)');

    const received = await endpoint.received();
    expect(
      received
        .slice(0, 3)
        .map(({ body }) => body.temperature)
        .sort()
    ).toEqual([0, 0.5, 0.9]);
    const report = promptOf(received[3].body);
    expect(report).toContain('first difference: on the real inputs');
    expect(report).toContain('2 of your answers said the same');
    expect(report).not.toContain('secret');

    const exchanges = await kept(6);
    expect(errors).toEqual([]);
    const failures = exchanges.map(({ failure }) => failure);
    expect(failures.filter(mode => mode === '3.2')).toHaveLength(1);
    // Of the second round, as many repeats came as were faster.
    expect(
      failures.filter(mode => mode === '1.3').length
    ).toBeGreaterThanOrEqual(2);
    expect(exchanges.every(({ cost }) => cost !== null)).toBe(true);
  });

  it('remembers what failed, and says so on the next cell like it', async () => {
    await endpoint.play(
      { when: 'That one is not equivalent', text: RIGHT },
      { text: WRONG }
    );
    await sessionOf(1).session.start();
    await kept(2);
    await endpoint.play({ text: RIGHT });
    await sessionOf(1).session.start();
    const [{ body }] = await endpoint.received();
    expect(promptOf(body)).toContain('What happened before on such cells');
    expect(
      existsSync(
        path.join(server.folder, '.palimpsest', 'model-strategies.json')
      )
    ).toBe(true);
  });

  it('stops every request of a round upstream', async () => {
    await endpoint.play({ fault: 'hang', text: WRONG, chunk: 7, after: 4 });
    const { session } = sessionOf();
    const working = session.start();
    while (
      !session.state.candidates.some(({ stage }) => stage === 'streaming')
    ) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    session.stop();
    expect(await working).toBe('stopped');
    await endpoint.untilCancelled(3);
    const exchanges = await kept(3);
    expect(exchanges.map(({ end }) => end)).toEqual(Array(3).fill('stopped'));
  });

  it('goes on when one of three requests is refused', async () => {
    await endpoint.play(
      { fault: 'status', status: 429, body: '{}' },
      { text: RIGHT }
    );
    const { session } = sessionOf();
    expect(await session.start()).toBe('verified');
  });

  it('deletes one exchange, or all', async () => {
    await endpoint.play({ text: RIGHT });
    await sessionOf(1).session.start();
    const [{ id }] = await kept(1);
    await notes.deleteExchanges(id);
    expect(await notes.exchanges()).toEqual([]);
  });

  it('says when there is no such folder', async () => {
    await expect(
      new ServerNotes(server.settings, 'missing').exchanges()
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});
