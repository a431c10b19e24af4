import * as fc from 'fast-check';

import { CompanionClient, CompanionError } from '../client';
import {
  MAXIMUM_REQUEST_BYTES,
  METHOD_CHANNEL,
  PROTOCOL_VERSION
} from '../protocol.generated';
import { ScriptedTransport } from './transport';

function setUp() {
  const transport = new ScriptedTransport();
  return { transport, client: new CompanionClient(transport) };
}

describe('CompanionClient', () => {
  it('sends a request on the channel of its method and resolves its result', async () => {
    const { transport, client } = setUp();
    const call = client.call('forget.apply', { run: 'r', token: 't' });
    const { channel, request } = transport.sent[0];
    expect(channel).toBe('command');
    expect(request).toMatchObject({
      version: PROTOCOL_VERSION,
      method: 'forget.apply',
      params: { run: 'r', token: 't' }
    });
    transport.answer(request.id, { receipt: 'one' });
    await expect(call).resolves.toEqual({ receipt: 'one' });
  });

  it('gives the buffers that came with a result', async () => {
    const { transport, client } = setUp();
    transport.script = ({ id }) =>
      transport.answer(id, { total: 1 }, [new Uint8Array([7])]);
    const { result, buffers } = await client.callWithBuffers('table.page', {
      run: 'r',
      table: 'training'
    });
    expect(result.total).toBe(1);
    expect([...buffers[0]]).toEqual([7]);
  });

  it('gives each answer to its own call, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
        async order => {
          const { transport, client } = setUp();
          const calls = order.map(() => client.call('runs.list', {}));
          for (const index of order) {
            transport.answer(transport.sent[index].request.id, index);
          }
          await expect(Promise.all(calls)).resolves.toEqual([0, 1, 2, 3, 4]);
        }
      )
    );
  });

  it('uses different ids in different clients', () => {
    const [first, second] = [setUp(), setUp()];
    void first.client.call('hello', {});
    void second.client.call('hello', {});
    expect(first.transport.last.id).not.toBe(second.transport.last.id);
    expect(first.transport.last.id.length).toBeLessThanOrEqual(64);
  });

  it('rejects with the code, hint and place of an error', async () => {
    const { transport, client } = setUp();
    transport.script = ({ id }) =>
      transport.fail(id, {
        code: 'invalid-source',
        message: 'Expected 5 fields, saw 6.',
        hint: 'Quote it.',
        file: 'mails.csv',
        line: 7,
        column: null
      });
    const error = await client.call('runs.list', {}).catch(error => error);
    expect(error).toBeInstanceOf(CompanionError);
    expect(error).toMatchObject({
      code: 'invalid-source',
      message: 'Expected 5 fields, saw 6.',
      hint: 'Quote it.',
      file: 'mails.csv',
      line: 7,
      column: null
    });
  });

  it('passes progress on while a call is under way, and not after', async () => {
    const { transport, client } = setUp();
    const seen: number[] = [];
    const call = client.call(
      'runs.list',
      {},
      { onProgress: ({ done }) => seen.push(done) }
    );
    const { id } = transport.last;
    transport.progress(id, 'reading', 1, 2);
    transport.progress(id, 'reading', 2, 2);
    transport.answer(id, { runs: [] });
    await call;
    transport.progress(id, 'reading', 3, 2);
    expect(seen).toEqual([1, 2]);
  });

  it('stops a query at once and tells the companion', async () => {
    const { transport, client } = setUp();
    const controller = new AbortController();
    const call = client.call('runs.list', {}, { signal: controller.signal });
    const { id } = transport.last;
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    expect(transport.last).toMatchObject({
      method: 'cancel',
      params: { request: id }
    });
    // A late answer harms nothing.
    transport.answer(id, { runs: [] });
  });

  it('waits for the outcome of a command that is to stop', async () => {
    const { transport, client } = setUp();
    const controller = new AbortController();
    const call = client.call(
      'forget.apply',
      { run: 'r', token: 't' },
      { signal: controller.signal }
    );
    const { id } = transport.last;
    controller.abort();
    expect(transport.last.method).toBe('cancel');
    transport.answer(id, { receipt: 'done meanwhile' });
    await expect(call).resolves.toEqual({ receipt: 'done meanwhile' });
  });

  it('does not send what was aborted before', async () => {
    const { transport, client } = setUp();
    await expect(
      client.call('hello', {}, { signal: AbortSignal.abort() })
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(transport.sent).toEqual([]);
  });

  it('refuses what is too long to send', async () => {
    const { transport, client } = setUp();
    const longest = MAXIMUM_REQUEST_BYTES;
    await expect(
      client.call('plan.get', { run: 'x'.repeat(longest) })
    ).rejects.toMatchObject({ code: 'malformed' });
    await expect(
      client.call('plan.get', { run: '€'.repeat(longest / 2.5) })
    ).rejects.toMatchObject({ code: 'malformed' });
    expect(transport.sent).toEqual([]);
    void client.call('plan.get', { run: '€'.repeat(longest / 4) });
    expect(transport.sent).toHaveLength(1);
  });

  it('rejects every call under way, and later ones, when the companion is lost', async () => {
    const { transport, client } = setUp();
    const calls = [client.call('hello', {}), client.call('runs.list', {})];
    const reason = new CompanionError('disconnected', 'The kernel died.');
    transport.lose(reason);
    for (const call of calls) {
      await expect(call).rejects.toBe(reason);
    }
    await expect(client.call('hello', {})).rejects.toBe(reason);
    expect(client.closed).toBe(reason);
  });

  it('rejects a call that cannot be sent', async () => {
    const { transport, client } = setUp();
    transport.script = () => {
      throw new CompanionError('disconnected', 'The comm is closed.');
    };
    await expect(client.call('hello', {})).rejects.toMatchObject({
      code: 'disconnected'
    });
  });

  it('survives any message', () => {
    const warn = jest
      .spyOn(console, 'warn')
      .mockImplementation(() => undefined);
    const { transport, client } = setUp();
    void client.call('hello', {}).catch(() => undefined);
    fc.assert(
      fc.property(fc.jsonValue(), message => {
        transport.onMessage?.(message, []);
      })
    );
    warn.mockRestore();
  });

  it('knows a channel for every method', () => {
    expect(new Set(Object.values(METHOD_CHANNEL))).toEqual(
      new Set(['query', 'command'])
    );
  });
});
