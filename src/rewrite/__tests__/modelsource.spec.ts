import type { CandidateEvent, IRewriteRequest } from '../interfaces';
import { ModelSource } from '../modelsource';
import { RewriteSession } from '../session';
import type { ISourceNames } from '../sources';
import {
  REQUEST,
  ScriptedClient,
  ScriptedVerifier,
  candidate,
  rewriteTo,
  verdict
} from './fixtures';

const CODE = rewriteTo('customers');

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
    const events = await collect(
      new ModelSource(client, { model: 'large', perRound: 1 })
    );
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
      new ModelSource(new ScriptedClient([CODE]), { perRound: 1 }),
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
    expect(client.asked.map(request => request.temperature)).toEqual([0, 0.5]);
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

describe('what the model is told beside the cell', () => {
  const columns = [{ name: 'cid', dtype: 'text (whole numbers)' }];

  it('is what the sources look like, asked for once', async () => {
    const describe = jest.fn(async () => [{ name: 'customers.csv', columns }]);
    const client = new ScriptedClient([CODE, CODE]);
    const source = new ModelSource(client, { perRound: 1, describe });
    await collect(source);
    await collect(source);
    expect(describe).toHaveBeenCalledTimes(1);
    const [[names]] = describe.mock.calls as unknown as [[ISourceNames]];
    expect(names.files).toEqual(['customers.csv']);
    expect(client.prompts[1]).toContain('- cid: text (whole numbers)');
  });

  it('is asked for anew about another cell', async () => {
    const describe = jest.fn(async () => [{ name: 'a.csv', columns }]);
    const source = new ModelSource(new ScriptedClient([CODE, CODE]), {
      perRound: 1,
      describe
    });
    await collect(source);
    await collect(source, { ...REQUEST, cellId: 'label', task: 'label' });
    expect(describe).toHaveBeenCalledTimes(2);
  });

  it('may be nothing: the model is asked all the same', async () => {
    const client = new ScriptedClient([CODE]);
    const source = new ModelSource(client, {
      perRound: 1,
      describe: async () => {
        throw new Error('the kernel is busy');
      }
    });
    const [problem, ...rest] = await collect(source);
    expect(problem).toEqual({
      type: 'problem',
      message:
        'The model is asked without knowing the sources: the kernel is busy',
      hint: null
    });
    expect(rest.at(-1)).toMatchObject({ type: 'candidate' });
    expect(client.prompts[0]).not.toContain('## Sources');
  });

  it('is what failed before on cells like it', async () => {
    const client = new ScriptedClient([CODE]);
    const strategies = jest.fn(async () => [
      {
        key: 'k',
        role: 'prepare' as const,
        idioms: [
          'lines split by hand',
          'trimmed lines',
          'rows appended to a list'
        ],
        operations: ['merge(how="inner")'],
        outcome: 'failed' as const,
        reason: 'the rows differ',
        failure: null
      }
    ]);
    await collect(new ModelSource(client, { strategies: { strategies } }));
    expect(client.prompts[0]).toContain('merge(how="inner") failed');
  });
});

describe('a prompt that is large', () => {
  const request: IRewriteRequest = {
    ...REQUEST,
    cells: [{ id: 'prepare', source: `x = open("${'long '.repeat(9000)}")` }]
  };

  it('is shown before it is sent', async () => {
    const client = new ScriptedClient([CODE]);
    const confirm = jest.fn(async () => false);
    const source = new ModelSource(client, { largePrompt: 5000, confirm });
    expect(await collect(source, request)).toEqual([]);
    expect(client.asked).toEqual([]);
    const [[size]] = confirm.mock.calls as unknown as [[{ tokens: number }]];
    expect(size.tokens).toBeGreaterThan(9000);
    expect(size.tokens).toBeLessThan(15_000);
  });

  it('is shown once, while it grows little', async () => {
    const confirm = jest.fn(async () => true);
    const source = new ModelSource(new ScriptedClient([CODE, CODE]), {
      perRound: 1,
      largePrompt: 5000,
      confirm
    });
    await collect(source, request);
    await collect(source, request);
    expect(confirm).toHaveBeenCalledTimes(1);
  });

  it('is not sent when it cannot fit', async () => {
    const client = new ScriptedClient([CODE], 'stop', { window: 8000 });
    await expect(
      collect(new ModelSource(client), request)
    ).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringContaining('6000 fit')
    });
    expect(client.asked).toEqual([]);
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
    expect(client.asked).toHaveLength(3);
    expect(session.state.problems).toMatchObject([
      { source: 'model', hint: expect.any(String) }
    ]);
  });

  it('tells the model what was wrong and takes the mended answer', async () => {
    const wrong = rewriteTo('customers.tail(3)');
    const client = new ScriptedClient([wrong, CODE]);
    const session = new RewriteSession(
      REQUEST,
      [new ModelSource(client, { perRound: 1 })],
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

  it('stops what is still being written when one candidate is verified', async () => {
    const client = new ScriptedClient([CODE, null, null]);
    const session = new RewriteSession(
      REQUEST,
      [new ModelSource(client)],
      new ScriptedVerifier({ 'return customers': verdict('equivalent') })
    );
    expect(await session.start()).toBe('verified');
    await new Promise(resolve => setTimeout(resolve));
    expect(client.stopped).toBe(2);
    expect(session.state.spent).toMatchObject({ exchanges: 3 });
  });

  it('keeps the candidates of a round in which one answer failed', async () => {
    const client = new ScriptedClient(['No.', CODE]);
    const session = new RewriteSession(
      REQUEST,
      [new ModelSource(client, { perRound: 2 })],
      new ScriptedVerifier({ 'return customers': verdict('different') }),
      { rounds: 1 }
    );
    expect(await session.start()).toBe('unverified');
    expect(session.state.problems).toMatchObject([
      { source: 'model', message: 'The model answered without code: "No."' }
    ]);
  });

  it('counts tokens, money and exchanges', async () => {
    const client = new ScriptedClient([CODE], 'stop', {
      price: { prompt: 1, completion: 10 }
    });
    client.usage = { promptTokens: 1000, completionTokens: 100 };
    const session = new RewriteSession(
      REQUEST,
      [new ModelSource(client, { perRound: 1 })],
      new ScriptedVerifier({ 'return customers': verdict('equivalent') })
    );
    await session.start();
    expect(session.state.spent).toEqual({
      exchanges: 1,
      promptTokens: 1000,
      completionTokens: 100,
      estimated: false,
      cost: 0.002
    });
  });

  it('has a critic look at what failed, and one candidate mended', async () => {
    const wrong = (rows: number) => rewriteTo(`customers.tail(${rows})`);
    const client = new ScriptedClient([
      wrong(1),
      wrong(2),
      'Candidate 2 is nearest; it takes the wrong end.',
      CODE
    ]);
    const session = new RewriteSession(
      REQUEST,
      [new ModelSource(client, { perRound: 2 })],
      new ScriptedVerifier({
        tail: verdict('different'),
        'return customers': verdict('equivalent')
      }),
      { rounds: 1, critic: true }
    );
    expect(await session.start()).toBe('verified');
    const [, , critique, synthesis] = client.prompts;
    expect(critique).toContain('### Candidate 2');
    expect(critique).toContain('verdict: different');
    expect(synthesis).toContain('it takes the wrong end');
  });

  it('has no critic unless it is wanted', async () => {
    const client = new ScriptedClient([rewriteTo('customers.tail(1)')]);
    const session = new RewriteSession(
      REQUEST,
      [new ModelSource(client, { perRound: 1 })],
      new ScriptedVerifier({ tail: verdict('different') }),
      { rounds: 1 }
    );
    expect(await session.start()).toBe('unverified');
    expect(client.asked).toHaveLength(1);
  });
});
