/**
 * @jest-environment ./src/llm/__tests__/streamingenvironment.js
 */
import { RulesSource } from '../candidatesource';
import type { CandidateEvent, IRewriteRequest } from '../interfaces';
import { ModelSource } from '../modelsource';
import { REQUEST, candidate, verdict } from './fixtures';

const CELLS = [
  REQUEST.cells[0],
  {
    id: 'prepare',
    source: [
      'out = open("train.tsv", "w")',
      'for line in open("customers.csv"):',
      '    cid, email, country = line.strip().split(",")',
      '    if country in TARGETS:',
      '        out.write(f"{email}\\t{country}\\n")',
      'out.close()'
    ].join('\n')
  },
  {
    id: 'label',
    source: [
      'y = []',
      'for line in open("train.tsv"):',
      '    email, country = line.strip().split("\\t")',
      '    y.append(mystery.next(country))',
      'while y:',
      '    y.pop()'
    ].join('\n')
  }
];

async function collect(
  request: Partial<IRewriteRequest>,
  attempts: Parameters<RulesSource['candidates']>[1] = []
): Promise<CandidateEvent[]> {
  const events: CandidateEvent[] = [];
  const { signal } = new AbortController();
  const full = { ...REQUEST, cells: CELLS, ...request };
  for await (const event of new RulesSource().candidates(
    full,
    attempts,
    signal
  )) {
    events.push(event);
  }
  return events;
}

describe('RulesSource', () => {
  it('streams and proposes what the lifter writes', async () => {
    const [text, proposed] = await collect({ cellId: 'prepare' });
    expect(text).toMatchObject({
      type: 'text',
      delta: expect.stringContaining('def prepare(')
    });
    expect(proposed).toMatchObject({
      type: 'candidate',
      candidate: { origin: 'rules', role: 'prepare' }
    });
  });

  it('has no second answer', async () => {
    const tried = [
      { candidate: candidate('r1', 'x'), verdict: verdict('failed') }
    ];
    expect(await collect({ cellId: 'prepare' }, tried)).toEqual([]);
  });

  it('tells with a refusal how the cells before it read when they are lifted', async () => {
    const [refused] = await collect({ task: 'label', cellId: 'label' });
    expect(refused).toMatchObject({
      type: 'refused',
      refusals: expect.arrayContaining([expect.objectContaining({ line: 5 })]),
      prerequisites: {
        prepare: {
          role: 'prepare',
          code: expect.stringContaining('def prepare(')
        }
      }
    });
  });
});

describe('a model after the rules', () => {
  it("relies on the lifted cells before it, as the rules' own candidate would", async () => {
    const [refused] = await collect({ task: 'label', cellId: 'label' });
    if (refused.type !== 'refused') {
      throw new Error('It was lifted.');
    }
    const code = 'def extract_label(frame):\n    return frame["country"]';
    const model = new ModelSource({
      async *stream({ messages }) {
        expect(messages[1].content).toContain('Cell, rewritten, role prepare');
        yield { type: 'delta', text: code };
        yield { type: 'end', reason: 'stop', usage: null };
      }
    });
    const { signal } = new AbortController();
    const events: CandidateEvent[] = [];
    for await (const event of model.candidates(
      {
        ...REQUEST,
        cells: CELLS,
        task: 'label',
        cellId: 'label',
        lifted: { candidate: null, ...refused }
      },
      [],
      signal
    )) {
      events.push(event);
    }
    expect(events.at(-1)).toMatchObject({
      candidate: { code, prerequisites: refused.prerequisites }
    });
  });
});
