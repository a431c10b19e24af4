/**
 * @jest-environment ./src/llm/__tests__/streamingenvironment.js
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { ServerConnection } from '@jupyterlab/services';

import type { ChatEvent, IChatClient } from '../../rewrite/chat';
import { LlmClient } from '../client';
import { ScriptedEndpoint } from './scriptedendpoint';

const MESSAGES = [{ role: 'user' as const, content: 'Rewrite this.' }];
const CODE = 'def prepare(mails):\n    return mails\n';

let endpoint: ScriptedEndpoint;

beforeAll(async () => {
  endpoint = await ScriptedEndpoint.start();
});

afterAll(() => {
  endpoint.stop();
});

function clientOf(origin: string): LlmClient {
  return new LlmClient(
    ServerConnection.makeSettings({
      baseUrl: `${origin}/`,
      token: 'jupyter-token',
      fetch,
      Request,
      Headers
    })
  );
}

async function collect(
  client: IChatClient,
  signal = new AbortController().signal
): Promise<ChatEvent[]> {
  const request = { messages: MESSAGES, model: 'scripted', temperature: 0 };
  const events: ChatEvent[] = [];
  for await (const event of client.stream(request, signal)) {
    events.push(event);
  }
  return events;
}

function textOf(events: readonly ChatEvent[]): string {
  return events
    .map(event => (event.type === 'delta' ? event.text : ''))
    .join('');
}

describe('LlmClient.stream', () => {
  it('decodes the stream into deltas, an end and the usage', async () => {
    await endpoint.play({ text: CODE, chunk: 6 });
    const events = await collect(clientOf(endpoint.origin));
    expect(textOf(events)).toBe(CODE);
    expect(events.at(-1)).toEqual({
      type: 'end',
      reason: 'stop',
      usage: { promptTokens: 11, completionTokens: 7 }
    });
  });

  it("sends Jupyter's token and no key, nor what describes the user's machine", async () => {
    await endpoint.play({ text: CODE });
    await collect(clientOf(endpoint.origin));
    const [{ path, headers, body }] = await endpoint.received();
    expect(path).toContain('/palimpsest/llm/v1/chat/completions');
    expect(headers.authorization).toBe('token jupyter-token');
    expect(
      Object.keys(headers).filter(name => name.startsWith('x-stainless'))
    ).toEqual([]);
    expect(body).toMatchObject({
      model: 'scripted',
      messages: MESSAGES,
      stream: true,
      temperature: 0
    });
  });

  it('cancels the request when the signal is aborted', async () => {
    await endpoint.play({ fault: 'hang', text: CODE, chunk: 6, after: 2 });
    const abort = new AbortController();
    const request = { messages: MESSAGES, model: 'scripted' };
    const seen: ChatEvent[] = [];
    const reading = (async () => {
      const client = clientOf(endpoint.origin);
      for await (const event of client.stream(request, abort.signal)) {
        seen.push(event);
        if (seen.length === 2) {
          abort.abort();
        }
      }
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(textOf(seen)).toBe(CODE.slice(0, 12));
    await endpoint.untilCancelled();
  });

  it('cancels the request when the reader leaves', async () => {
    await endpoint.play({ fault: 'hang', text: CODE, chunk: 6, after: 2 });
    const request = { messages: MESSAGES, model: 'scripted' };
    const { signal } = new AbortController();
    const stream = clientOf(endpoint.origin).stream(request, signal);
    const events = stream[Symbol.asyncIterator]();
    await events.next();
    await events.return?.();
    await endpoint.untilCancelled();
  });

  it('asks again without options when the endpoint rejects them', async () => {
    const error = { code: 'rejected', message: 'temperature', hint: null };
    await endpoint.play(
      { fault: 'status', status: 400, body: JSON.stringify({ error }) },
      { text: CODE }
    );
    expect(textOf(await collect(clientOf(endpoint.origin)))).toBe(CODE);
    const [, second] = await endpoint.received();
    expect(Object.keys(second.body).sort()).toEqual([
      'messages',
      'model',
      'stream'
    ]);
  });

  it.each([
    [
      'an error of the relay',
      {
        fault: 'status' as const,
        status: 502,
        body: '{"error": {"code": "unauthorized", "message": "Bad key.", "hint": "Mend it."}}'
      },
      { code: 'unauthorized', message: 'Bad key.', hint: 'Mend it.' }
    ],
    [
      'a login that has ended',
      { fault: 'status' as const, status: 403, body: '{"message": "no"}' },
      { code: 'forbidden' }
    ],
    [
      'a server without the extension',
      { fault: 'status' as const, status: 404, body: '{"message": "no"}' },
      { code: 'unreachable', message: expect.stringMatching('not running') }
    ],
    [
      'an answer that is no chat completion',
      {
        fault: 'nonsense' as const,
        type: 'text/event-stream',
        body: 'data: {nonsense\n\n'
      },
      { code: 'nonsense' }
    ],
    [
      'a stream that ends too early',
      {
        fault: 'nonsense' as const,
        type: 'text/event-stream',
        body: 'data: {"choices": [{"delta": {"content": "def"}}]}\n\n'
      },
      { code: 'upstream', message: expect.stringMatching('broke off') }
    ],
    [
      'an error in the stream',
      {
        fault: 'nonsense' as const,
        type: 'text/event-stream',
        body: 'event: error\ndata: {"error": {"code": "timeout", "message": "Silence.", "hint": null}}\n\n'
      },
      { code: 'timeout', message: 'Silence.' }
    ],
    [
      'a torn connection',
      { fault: 'disconnect' as const },
      { code: 'unreachable' }
    ]
  ])('explains %s', async (_, answer, expected) => {
    await endpoint.play(answer);
    await expect(collect(clientOf(endpoint.origin))).rejects.toMatchObject({
      name: 'ChatError',
      ...expected
    });
  });
});

describe('LlmClient.status', () => {
  let server: Server;
  let origin: string;
  let status: Record<string, unknown>;

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(status));
    });
    await new Promise<void>(resolve =>
      server.listen(0, '127.0.0.1', () => resolve())
    );
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.close();
  });

  it('tells what is configured', async () => {
    status = { configured: true, models: ['scripted'], message: null };
    expect(await clientOf(origin).status()).toEqual(status);
  });

  it('knows nothing of a model that is not configured for it', async () => {
    status = {
      configured: true,
      models: ['scripted'],
      windows: {},
      prices: {},
      message: null
    };
    expect(await clientOf(origin).terms()).toEqual({
      model: 'scripted',
      window: null,
      price: null
    });
  });

  it('says how to configure a model instead of asking none', async () => {
    status = { configured: false, models: [], message: 'None.', hint: 'Set.' };
    const { signal } = new AbortController();
    const stream = clientOf(origin).stream({ messages: MESSAGES }, signal);
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'unconfigured',
      message: 'None.',
      hint: 'Set.'
    });
  });
});
