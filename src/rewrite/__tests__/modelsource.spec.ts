import type { ChatEvent, IChatClient, IChatRequest } from '../chat';
import type { CandidateEvent, IRewriteRequest } from '../interfaces';
import { ModelSource } from '../modelsource';
import { RewriteSession } from '../session';
import {
  REQUEST,
  ScriptedVerifier,
  candidate,
  rewriteTo,
  verdict
} from './fixtures';

const CODE = rewriteTo('customers');

/** A client that streams prepared answers, a few characters at a time. */
class ScriptedClient implements IChatClient {
  constructor(
    private readonly _answers: readonly string[],
    private readonly _reason = 'stop'
  ) {}

  readonly asked: IChatRequest[] = [];

  async *stream(request: IChatRequest): AsyncIterable<ChatEvent> {
    const answer = this._answers[this.asked.length] ?? '';
    this.asked.push(request);
    for (const text of answer.match(/[\s\S]{1,9}/g) ?? []) {
      yield { type: 'delta', text };
    }
    yield { type: 'end', reason: this._reason, usage: null };
  }
}

async function collect(
  source: ModelSource,
  request: IRewriteRequest = REQUEST
) {
  const events: CandidateEvent[] = [];
  const { signal } = new AbortController();
  for await (const event of source.candidates(request, [], signal)) {
    events.push(event);
  }
  return events;
}

describe('ModelSource', () => {
  it('streams the code without its fence, then proposes it', async () => {
    const client = new ScriptedClient(['Sure.\n```python\n' + CODE + '```\n']);
    const events = await collect(new ModelSource(client, { model: 'large' }));
    const text = events.map(event =>
      event.type === 'text' ? event.delta : ''
    );
    expect(text.join('')).toBe(CODE);
    expect(events.length).toBeGreaterThan(3);
    expect(events.at(-1)).toEqual({
      type: 'candidate',
      candidate: {
        id: 'model-1',
        origin: 'model',
        role: 'prepare',
        code: CODE.trimEnd(),
        observation: undefined,
        findings: [],
        prerequisites: {},
        explanation: 'Sure.'
      }
    });
    expect(client.asked[0]).toMatchObject({ model: 'large', temperature: 0 });
  });

  it('takes over what the rules found out about the original', async () => {
    const observation = { kind: 'variable' as const, name: 'kept' };
    const prerequisites = { setup: { role: 'prepare' as const, code: 'x' } };
    const request: IRewriteRequest = {
      ...REQUEST,
      lifted: {
        candidate: candidate('r1', CODE, { observation, prerequisites }),
        refusals: [],
        findings: []
      }
    };
    const events = await collect(
      new ModelSource(new ScriptedClient([CODE])),
      request
    );
    expect(events.at(-1)).toMatchObject({
      candidate: { observation, prerequisites }
    });
  });

  it('gives several candidates a round, each with an id and a warmth of its own', async () => {
    const client = new ScriptedClient([CODE, CODE]);
    const events = await collect(new ModelSource(client, { perRound: 2 }));
    const ids = events.map(event =>
      event.type === 'candidate' ? event.candidate.id : null
    );
    expect(ids.filter(Boolean)).toEqual(['model-1', 'model-2']);
    expect(client.asked.map(request => request.temperature)).toEqual([0, 0.4]);
  });

  it.each([
    ['nothing', '', '(nothing)'],
    ['prose', 'I am sorry, Dave.', '"I am sorry, Dave."'],
    ['a page', '<html>Welcome</html>', '"<html>Welcome</html>"']
  ])('fails clearly when the answer is %s', async (_, answer, said) => {
    const source = new ModelSource(new ScriptedClient([answer]));
    await expect(collect(source)).rejects.toMatchObject({
      code: 'nonsense',
      message: `The model answered without code: ${said}`
    });
  });

  it('fails clearly when the answer was cut off', async () => {
    const source = new ModelSource(new ScriptedClient([CODE], 'length'));
    await expect(collect(source)).rejects.toMatchObject({ code: 'cut-off' });
  });

  it('names the tasks when there is none of that name', async () => {
    const source = new ModelSource(new ScriptedClient([CODE]));
    await expect(
      collect(source, { ...REQUEST, task: 'dance' })
    ).rejects.toThrow(
      "There is no rewrite task 'dance'. The tasks are: prepare, encode, label, train."
    );
  });
});

describe('a session with a model', () => {
  it('does not loop on nonsense', async () => {
    const client = new ScriptedClient(['No.', 'No.', 'No.']);
    const session = new RewriteSession(
      REQUEST,
      [new ModelSource(client)],
      new ScriptedVerifier({})
    );
    expect(await session.start()).toBe('none');
    expect(client.asked).toHaveLength(1);
    expect(session.state.problems).toMatchObject([
      { source: 'model', hint: expect.any(String) }
    ]);
  });

  it('tells the model what was wrong and takes the mended answer', async () => {
    const wrong = rewriteTo('customers.tail(3)');
    const client = new ScriptedClient([wrong, CODE]);
    const session = new RewriteSession(
      REQUEST,
      [new ModelSource(client)],
      new ScriptedVerifier({
        'tail(3)': verdict('failed', {
          error: { side: 'rewritten', message: "KeyError: 'country'", line: 5 }
        }),
        'return customers': verdict('equivalent')
      })
    );
    expect(await session.start()).toBe('verified');
    const [, second] = client.asked;
    expect(second.messages.at(-2)).toEqual({
      role: 'assistant',
      content: '```python\n' + wrong + '```'
    });
    expect(second.messages.at(-1)?.content).toContain("KeyError: 'country'");
    expect(second.temperature).toBeGreaterThan(0);
  });
});
