/**
 * @jest-environment ./src/llm/__tests__/streamingenvironment.js
 *
 * The client, a real Jupyter server with the extension, and the scripted endpoint.
 */
import type { ChatEvent } from '../../rewrite/chat';
import { LlmClient } from '../client';
import { RelayServer } from './relayserver';
import { ScriptedEndpoint } from './scriptedendpoint';

const CODE = 'def prepare(mails):\n    return mails\n';
const MESSAGES = [{ role: 'user' as const, content: 'Rewrite this.' }];

let endpoint: ScriptedEndpoint;
let server: RelayServer;
let client: LlmClient;

beforeAll(async () => {
  endpoint = await ScriptedEndpoint.start();
  server = await RelayServer.start(endpoint);
  client = new LlmClient(server.settings);
}, 60_000);

afterAll(() => {
  server.stop();
  endpoint.stop();
});

async function collect(
  model?: string,
  signal = new AbortController().signal
): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of client.stream(
    { messages: MESSAGES, model, temperature: 0 },
    signal
  )) {
    events.push(event);
  }
  return events;
}

describe('the client over the relay', () => {
  it('finds what is configured', async () => {
    expect(await client.status()).toEqual({
      configured: true,
      models: ['scripted'],
      windows: { scripted: 32000 },
      prices: { scripted: [2, 8] },
      endpoint: new URL(endpoint.origin).host,
      message: null,
      hint: null
    });
  });

  it('knows the window and the price of the model', async () => {
    expect(await client.terms()).toEqual({
      model: 'scripted',
      window: 32000,
      price: { prompt: 2, completion: 8 }
    });
  });

  it('streams an answer; the key is added on the way', async () => {
    await endpoint.play({ text: CODE, chunk: 6 });
    const events = await collect();
    expect(
      events.map(event => (event.type === 'delta' ? event.text : '')).join('')
    ).toBe(CODE);
    expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'stop' });
    const [{ headers }] = await endpoint.received();
    expect(headers.authorization).toBe('Bearer endpoint-key');
  });

  it('stops the endpoint when the user stops', async () => {
    await endpoint.play({ fault: 'hang', text: CODE, chunk: 6, after: 2 });
    const abort = new AbortController();
    const stream = client.stream({ messages: MESSAGES }, abort.signal);
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    const rest = events.next().then(() => events.next());
    abort.abort();
    await expect(rest).rejects.toMatchObject({ name: 'AbortError' });
    await endpoint.untilCancelled();
  });

  it('explains a model that is not listed', async () => {
    await expect(collect('other')).rejects.toMatchObject({
      code: 'unknown-model',
      hint: 'Choose one of: scripted.'
    });
  });

  it('explains an endpoint that breaks off in the middle', async () => {
    await endpoint.play({
      fault: 'disconnect',
      text: CODE,
      chunk: 6,
      after: 2
    });
    await expect(collect()).rejects.toMatchObject({
      code: 'upstream',
      message: expect.stringMatching('broke off')
    });
  });

  it('explains an endpoint that is no model endpoint', async () => {
    await endpoint.play({ fault: 'nonsense' });
    await expect(collect()).rejects.toMatchObject({ code: 'nonsense' });
  });
});
