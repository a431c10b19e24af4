import type { CandidateEvent, ICandidate, IVerifier } from '../interfaces';
import { MAX_ROUNDS } from '../loop';
import { RewriteSession } from '../session';
import { best, current, ranked } from '../sessionstate';
import type { RewriteEvent } from '../sessionstate';
import {
  DeafSource,
  REQUEST,
  ScriptedSource,
  ScriptedVerifier,
  candidate,
  rewriteTo,
  verdict
} from './fixtures';

const RIGHT = rewriteTo('customers.head(3)  # right');
const WRONG = rewriteTo('customers.tail(3)');
const VERIFIER = {
  'head(3)': verdict('equivalent'),
  'tail(3)': verdict('different'),
  'tail(4)': verdict('failed'),
  'tail(5)': verdict('inconclusive')
};

function proposed(
  id: string,
  code: string,
  origin: ICandidate['origin'] = 'rules'
): CandidateEvent {
  return { type: 'candidate', candidate: candidate(id, code, { origin }) };
}

function sessionOf(
  sources: (ScriptedSource | DeafSource)[],
  verifier: IVerifier = new ScriptedVerifier(VERIFIER)
) {
  const session = new RewriteSession(REQUEST, sources, verifier);
  const events: RewriteEvent[] = [];
  session.subscribe(event => events.push(event));
  return { session, events };
}

describe('the loop', () => {
  it('proposes what the rules wrote and does not ask the model for more', async () => {
    const rules = new ScriptedSource('rules', [[proposed('r1', RIGHT)]]);
    const model = new ScriptedSource('model', []);
    const { session, events } = sessionOf([rules, model]);

    expect(await session.start()).toBe('verified');

    expect(best(session.state)?.candidate.code).toBe(RIGHT);
    expect(model.asked).toHaveLength(0);
    expect(events.map(event => event.type)).toEqual([
      'started',
      'asked',
      'candidate',
      'progress',
      'verdict',
      'finished'
    ]);
  });

  it('asks the model with what the rules refused and what failed', async () => {
    const refusals = [{ line: 2, reason: 'unknown loop' }];
    const findings = [
      {
        kind: 'stale-variable',
        severity: 'warning' as const,
        message: 'm',
        line: 1
      }
    ];
    const rules = new ScriptedSource('rules', [
      [{ type: 'refused', refusals, findings }]
    ]);
    const model = new ScriptedSource('model', [
      [proposed('m1', WRONG, 'model')],
      [proposed('m2', RIGHT, 'model')]
    ]);
    const { session } = sessionOf([rules, model]);

    expect(await session.start()).toBe('verified');

    expect(model.asked[0].request.lifted).toEqual({
      candidate: null,
      refusals,
      findings
    });
    expect(model.asked[1].attempts).toMatchObject([
      { candidate: { id: 'm1' }, verdict: { status: 'different' } }
    ]);
    expect(session.state.refusals).toEqual(refusals);
    expect(session.state.findings).toEqual(findings);
    expect(ranked(session.state).map(entry => entry.id)).toEqual(['m2', 'm1']);
    expect(ranked(session.state).map(entry => entry.round)).toEqual([2, 1]);
  });

  it(`gives up after ${MAX_ROUNDS} rounds and keeps everything, best first`, async () => {
    const model = new ScriptedSource('model', [
      [proposed('m1', rewriteTo('customers.tail(4)'), 'model')],
      [proposed('m2', WRONG, 'model')],
      [proposed('m3', rewriteTo('customers.tail(5)'), 'model')],
      [proposed('m4', RIGHT, 'model')]
    ]);
    const { session } = sessionOf([model]);

    expect(await session.start()).toBe('unverified');

    expect(model.asked).toHaveLength(MAX_ROUNDS);
    expect(ranked(session.state).map(entry => entry.id)).toEqual([
      'm3',
      'm2',
      'm1'
    ]);
  });

  it('refuses a repeat that differs in layout only, without running it', async () => {
    const verifier = new ScriptedVerifier(VERIFIER);
    const repeat = WRONG.replace(/"/g, "'").replace('\n\n', '\n# again\n\n\n');
    const model = new ScriptedSource('model', [
      [proposed('m1', WRONG, 'model')],
      [proposed('m2', repeat, 'model')],
      [proposed('m3', RIGHT, 'model')]
    ]);
    const { session } = sessionOf([model], verifier);

    expect(await session.start()).toBe('verified');

    expect(verifier.verified).toHaveLength(2);
    expect(session.state.candidates[1]).toMatchObject({
      stage: 'repeat',
      of: 'm1'
    });
    expect(model.asked[2].attempts[1].verdict.summary).toMatch('m1');
  });

  it('does not run a candidate that breaks the rules, but tells the model why', async () => {
    const verifier = new ScriptedVerifier(VERIFIER);
    const model = new ScriptedSource('model', [
      [proposed('m1', 'def prepare(:\n    pass', 'model')],
      [proposed('m2', RIGHT, 'model')]
    ]);
    const { session } = sessionOf([model], verifier);

    expect(await session.start()).toBe('verified');

    expect(verifier.verified).toEqual([RIGHT]);
    expect(model.asked[1].attempts[0].verdict).toMatchObject({
      status: 'failed',
      evidence: [{ step: 'parses', ok: false }],
      error: { side: 'rewritten', line: 1 }
    });
  });

  it('leaves the source as soon as it has a verified candidate', async () => {
    const model = new ScriptedSource('model', [
      [proposed('m1', RIGHT, 'model'), proposed('m2', WRONG, 'model')]
    ]);
    const { session } = sessionOf([model]);
    await session.start();
    expect(model.left).toBe(1);
    expect(session.state.candidates).toHaveLength(1);
  });

  it('streams text into the candidate that it becomes', async () => {
    const text = (delta: string): CandidateEvent => ({
      type: 'text',
      candidate: 'm1',
      delta
    });
    const model = new ScriptedSource('model', [
      [text('def '), text('prepare'), proposed('m1', RIGHT, 'model')]
    ]);
    const { session } = sessionOf([model]);
    const seen: unknown[] = [];
    session.subscribe(() => {
      const entry = current(session.state);
      seen.push(entry?.stage === 'streaming' ? entry.text : entry?.stage);
    });
    await session.start();
    expect(seen).toEqual([
      undefined,
      undefined,
      'def ',
      'def prepare',
      'verifying',
      'verifying',
      undefined,
      undefined
    ]);
  });

  it('tells when a source breaks down and goes on with the next', async () => {
    const rules = new ScriptedSource('rules', [[new Error('bug')]]);
    const down = Object.assign(new Error('Endpoint down.'), { hint: 'Start.' });
    const model = new ScriptedSource('model', [[down]]);
    const { session } = sessionOf([rules, model]);

    expect(await session.start()).toBe('none');

    expect(session.state.problems).toEqual([
      { source: 'rules', message: 'bug', hint: null },
      { source: 'model', message: 'Endpoint down.', hint: 'Start.' }
    ]);
    expect(model.asked).toHaveLength(1);
  });

  it('keeps a candidate that the verifier could not judge, as not judged', async () => {
    const rules = new ScriptedSource('rules', [[proposed('r1', RIGHT)]]);
    const { session } = sessionOf([rules], new ScriptedVerifier({}));

    expect(await session.start()).toBe('failed');

    expect(session.state.problems).toMatchObject([
      { source: 'verifier', message: 'No companion in the kernel.' }
    ]);
    expect(best(session.state)?.verdict).toMatchObject({
      status: 'inconclusive',
      summary: 'Could not be verified: No companion in the kernel.'
    });
    expect(() => session.accept('r1', 'faithful')).toThrow(
      'cannot be accepted'
    );
  });
});

describe('what cannot be helped', () => {
  it('asks for nothing more when the original itself cannot be run', async () => {
    const missing = verdict('inconclusive', {
      error: { side: 'original', message: 'No such file.', line: 2 }
    });
    const rules = new ScriptedSource('rules', [[proposed('r1', RIGHT)]]);
    const model = new ScriptedSource('model', []);
    const verifier = new ScriptedVerifier({ 'head(3)': missing });
    const { session } = sessionOf([rules, model], verifier);
    expect(await session.start()).toBe('unverified');
    expect(model.asked).toHaveLength(0);
  });

  it('keeps verdict and refusals when the rules say the same again', async () => {
    const round: CandidateEvent[] = [
      {
        type: 'refused',
        refusals: [{ line: 1, reason: 'why' }],
        findings: []
      },
      proposed('r1', WRONG)
    ];
    const rules = new ScriptedSource('rules', [round, round]);
    const { session } = sessionOf([rules]);
    await session.start();
    expect(await session.start()).toBe('none');
    expect(session.state.refusals).toHaveLength(1);
    expect(session.state.candidates).toMatchObject([
      { id: 'r1', stage: 'judged' }
    ]);
  });

  it('does not hear a verifier that talks on after it was left', async () => {
    let talk = () => undefined as void;
    const late: IVerifier = {
      verify: (request, entry, { onProgress }) => {
        talk = () => onProgress?.({ step: 'real', done: 1, total: 2 });
        return new Promise(() => undefined);
      }
    };
    const rules = new ScriptedSource('rules', [[proposed('r1', RIGHT)]]);
    const { session, events } = sessionOf([rules], late);
    const outcome = session.start();
    await new Promise(resolve => setTimeout(resolve));
    session.stop();
    await outcome;
    talk();
    expect(events.at(-1)?.type).toBe('finished');
  });
});

describe('stopping', () => {
  it('ends at once, though the source does not listen', async () => {
    const { session } = sessionOf([new DeafSource()]);
    const outcome = session.start();
    session.stop();
    expect(await outcome).toBe('stopped');
    expect(session.state.phase).toBe('finished');
  });

  it('ends at once, though the verifier does not listen, and keeps the text', async () => {
    const rules = new ScriptedSource('rules', [[proposed('r1', RIGHT)]]);
    const deaf: IVerifier = { verify: () => new Promise(() => undefined) };
    const { session } = sessionOf([rules], deaf);
    const outcome = session.start();
    await new Promise(resolve => setTimeout(resolve));
    session.stop();
    expect(await outcome).toBe('stopped');
    expect(best(session.state)?.verdict).toMatchObject({
      status: 'inconclusive',
      summary: 'Stopped before it was verified.'
    });
    expect(session.state.problems).toEqual([]);
  });

  it('lets the session be started again', async () => {
    const rules = new ScriptedSource('rules', [[], [proposed('r1', RIGHT)]]);
    const { session } = sessionOf([rules, new DeafSource()]);
    const first = session.start();
    await new Promise(resolve => setTimeout(resolve));
    await expect(session.start()).rejects.toThrow('already working');
    session.stop();
    await first;
    expect(await session.start()).toBe('verified');
  });

  it('still tells how it ended after the session was disposed', async () => {
    const { session, events } = sessionOf([new DeafSource()]);
    const outcome = session.start();
    session.dispose();
    await outcome;
    expect(events.at(-1)).toMatchObject({
      type: 'finished',
      outcome: 'stopped'
    });
  });
});

describe('going on', () => {
  it('asks the model alone for another version, with the remark', async () => {
    const rules = new ScriptedSource('rules', [[proposed('r1', RIGHT)]]);
    const other = rewriteTo('customers.iloc_free().head(3)');
    const model = new ScriptedSource('model', [
      [proposed('m1', other, 'model')]
    ]);
    const { session } = sessionOf([rules, model]);
    await session.start();

    expect(await session.retry('shorter')).toBe('verified');

    expect(rules.asked).toHaveLength(1);
    expect(model.asked[0]).toMatchObject({
      request: { remark: 'shorter', lifted: { candidate: { id: 'r1' } } },
      attempts: [{ candidate: { id: 'r1' } }]
    });
    expect(ranked(session.state).map(entry => entry.id)).toEqual(['r1', 'm1']);
  });

  it('hears the rules before it asks the model alone, but does not try theirs', async () => {
    const finding = {
      kind: 'constant-label',
      severity: 'warning' as const,
      message: 'm',
      line: 1
    };
    const prerequisites = {
      setup: { role: 'prepare' as const, code: 'def prepare(a): return a' }
    };
    const rules = new ScriptedSource('rules', [
      [{ type: 'refused', refusals: [], findings: [finding], prerequisites }]
    ]);
    const model = new ScriptedSource('model', [
      [proposed('m1', RIGHT, 'model')]
    ]);
    const { session } = sessionOf([rules, model]);
    await session.start('only');
    expect(model.asked[0].request.lifted).toEqual({
      candidate: null,
      refusals: [],
      findings: [finding],
      prerequisites
    });
    expect(session.state.findings).toEqual([finding]);
    expect(session.state.candidates.map(entry => entry.id)).toEqual(['m1']);
  });

  it('asks a source that broke down in the middle for nothing more', async () => {
    const model = new ScriptedSource('model', [
      [proposed('m1', WRONG, 'model'), new Error('down')]
    ]);
    const { session } = sessionOf([model]);
    expect(await session.start()).toBe('unverified');
    expect(model.asked).toHaveLength(1);
  });

  it('asks the model in any case when told so', async () => {
    const rules = new ScriptedSource('rules', [[proposed('r1', RIGHT)]]);
    const model = new ScriptedSource('model', [[]]);
    const { session } = sessionOf([rules, model]);
    expect(await session.start('also')).toBe('verified');
    expect(model.asked).toHaveLength(1);
  });

  it('judges what the user made of a candidate', async () => {
    const rules = new ScriptedSource('rules', [[proposed('r1', RIGHT)]]);
    const verifier = new ScriptedVerifier(VERIFIER);
    const { session } = sessionOf([rules], verifier);
    await session.start();

    const edited = await session.judgeEdited('r1', WRONG);
    const same = await session.judgeEdited('r1', RIGHT + '# end\n');

    expect(edited).toMatchObject({
      id: 'r1-edited-1',
      verdict: { status: 'different' }
    });
    expect(same?.id).toBe('r1');
    expect(verifier.verified).toHaveLength(2);
  });
});

describe('accepting', () => {
  async function judged(code: string) {
    const event = proposed('r1', code);
    const { session } = sessionOf([new ScriptedSource('rules', [[event]])]);
    await session.start();
    return session;
  }

  it('writes the source, its role and how it came about', async () => {
    const session = await judged(RIGHT);
    expect(session.accept('r1', 'faithful')).toEqual({
      cellId: 'prepare',
      code: RIGHT,
      metadata: {
        role: 'prepare',
        originalSource: REQUEST.cells[1].source,
        rewrite: {
          origin: 'rules',
          mode: 'faithful',
          status: 'equivalent',
          summary: 'It is equivalent.'
        }
      }
    });
  });

  it('takes a difference as a fix only, and records that', async () => {
    const session = await judged(WRONG);
    expect(() => session.accept('r1', 'faithful')).toThrow(
      'Candidate r1 cannot be accepted as faithful: It is different.'
    );
    expect(session.accept('r1', 'fix').metadata.rewrite).toMatchObject({
      mode: 'fix',
      status: 'different'
    });
  });

  it.each(['tail(4)', 'tail(5)'])(
    'never takes what failed or is undecided (%s)',
    async call => {
      const session = await judged(rewriteTo(`customers.${call}`));
      expect(() => session.accept('r1', 'faithful')).toThrow();
      expect(() => session.accept('r1', 'fix')).toThrow();
    }
  );

  it('takes nothing without a verdict', async () => {
    const { session } = sessionOf([]);
    expect(() => session.accept('r1', 'faithful')).toThrow('no verdict yet');
  });
});
