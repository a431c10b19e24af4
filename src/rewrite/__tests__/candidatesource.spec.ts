import { RulesSource } from '../candidatesource';
import type {
  CandidateEvent,
  IAttempt,
  IRewriteRequest,
  IVerdict
} from '../interfaces';

const REQUEST: IRewriteRequest = {
  task: 'prepare',
  notebookPath: 'work/mails.ipynb',
  cells: [
    {
      id: 'only',
      source:
        'rows = []\nfor line in open("mails.csv"):\n    who, text = line.strip().split(",")\n    rows.append((who, text))\n'
    }
  ],
  cellId: 'only'
};

async function collect(
  request: IRewriteRequest,
  attempts: IAttempt[] = []
): Promise<CandidateEvent[]> {
  const events: CandidateEvent[] = [];
  const { signal } = new AbortController();
  for await (const event of new RulesSource().candidates(
    request,
    attempts,
    signal
  )) {
    events.push(event);
  }
  return events;
}

describe('RulesSource', () => {
  it('streams the text and gives one candidate', async () => {
    const events = await collect(REQUEST);
    expect(events.map(({ type }) => type)).toEqual(['text', 'candidate']);
    const [text, candidate] = events;
    expect(text.type === 'text' && candidate.type === 'candidate').toBe(true);
    if (text.type === 'text' && candidate.type === 'candidate') {
      expect(text.delta).toBe(candidate.candidate.code);
      expect(text.candidate).toBe(candidate.candidate.id);
    }
  });

  it('keeps how rows are collected where its first answer is refuted', async () => {
    const source =
      'import csv\nrows = []\nfor r in csv.DictReader(open("m.csv")):\n    rows.append((r["who"], int(r["n"])))\n';
    const events = await collect({
      ...REQUEST,
      cells: [{ id: 'only', source }],
      outputs: { prepare: 'rows' }
    });
    const codes = events.flatMap(event =>
      event.type === 'candidate' ? [event.candidate] : []
    );
    expect(codes.map(({ id }) => id)).toEqual([
      'rules-only',
      'rules-tables-only',
      'rules-lines-only'
    ]);
    const [first, tables, lines] = codes.map(({ code }) => code);
    expect(first).not.toContain('rows_of');
    expect(tables).toContain('m.to_dict("records")');
    expect(lines).toContain('csv.DictReader(text_of(m))');
  });

  it('has no second answer once all that was tried', async () => {
    const [, event] = await collect(REQUEST);
    const attempt = {
      candidate: event.type === 'candidate' ? event.candidate : null,
      verdict: { status: 'different' } as IVerdict
    } as IAttempt;
    expect(await collect(REQUEST, [attempt])).toEqual([]);
  });

  it('says why it has none', async () => {
    const cells = [{ id: 'only', source: 'x = 1\n' }];
    const events = await collect({ ...REQUEST, cells });
    expect(events).toMatchObject([
      { type: 'refused', refusals: [{ line: 1 }] }
    ]);
  });

  it('gives a cell that does several things for what was asked', async () => {
    const [{ source }] = REQUEST.cells;
    const cells = [
      {
        id: 'only',
        source: `${source}y = [1 if who == "a" else 0 for who, text in rows]\n`
      },
      { id: 'last', source: 'print(y)\n' }
    ];
    const roles: unknown[] = [];
    for (const task of ['prepare', 'label']) {
      const [, event] = await collect({ ...REQUEST, cells, task });
      roles.push(event?.type === 'candidate' && event.candidate.role);
    }
    expect(roles).toEqual(['prepare', 'label']);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort();
    const events = new RulesSource().candidates(REQUEST, [], controller.signal);
    expect(await events[Symbol.asyncIterator]().next()).toMatchObject({
      done: true
    });
  });
});
