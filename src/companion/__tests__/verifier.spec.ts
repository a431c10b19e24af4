import type { ICandidate, IRewriteRequest } from '../../rewrite/interfaces';
import { CompanionClient } from '../client';
import type { IVerdict } from '../protocol.generated';
import { CompanionVerifier, cellsToCompare } from '../verifier';
import { ScriptedTransport } from './transport';

const CANDIDATE: ICandidate = {
  id: 'c1',
  origin: 'rules',
  role: 'encode',
  code: 'def encode_features(): ...',
  observation: { kind: 'variable', name: 'X' },
  findings: [],
  prerequisites: { b: { role: 'prepare', code: 'def prepare(): lifted' } }
};

const REQUEST: IRewriteRequest = {
  task: 'encode',
  notebookPath: 'n.ipynb',
  cells: [
    { id: 'a', source: 'import csv' },
    { id: 'b', source: 'for line in open(...): ...' },
    {
      id: 'c',
      source: 'def extract_label(frame): ...',
      role: 'label',
      originalSource: 'y = []'
    },
    { id: 'd', source: 'X = []' },
    { id: 'e', source: 'model.fit(X, y)' }
  ],
  cellId: 'd'
};

const VERDICT: IVerdict = {
  status: 'different',
  summary: 'Different in row 3.',
  real_rows: 120,
  mutated_inputs: 7,
  evidence: [{ step: 'real', ok: false, detail: 'row 3' }],
  difference: {
    input: 'real',
    row: 3,
    column: 'level',
    original: 'premium',
    rewritten: 'basic',
    source_rows: { customers: [4] },
    line: 2
  },
  error: null,
  seconds: 1.5
};

function setUp(verdict: IVerdict = VERDICT) {
  const transport = new ScriptedTransport();
  transport.script = ({ id, method }) => {
    if (method === 'hello') {
      transport.answer(id, { working_directory: '/notebooks' });
    } else if (method === 'verify.run') {
      transport.progress(id, 'mutated', 3, 20);
      transport.answer(id, verdict);
    }
  };
  const client = new CompanionClient(transport);
  return { transport, companion: () => Promise.resolve(client) };
}

describe('cellsToCompare', () => {
  it('sets the notebook as it was against the notebook as it would be', () => {
    expect(cellsToCompare(REQUEST, CANDIDATE)).toEqual({
      original: [
        'import csv',
        'for line in open(...): ...',
        'y = []',
        'X = []'
      ],
      rewritten: [
        'import csv',
        'def prepare(): lifted',
        'def extract_label(frame): ...',
        'def encode_features(): ...'
      ],
      roles: [null, 'prepare', 'label', 'encode'],
      target: 3
    });
  });

  it('compares a rewritten cell that is rewritten again with its first source', () => {
    const again = { ...REQUEST, cellId: 'c' };
    const { original, rewritten } = cellsToCompare(again, CANDIDATE);
    expect(original[2]).toBe('y = []');
    expect(rewritten[2]).toBe(CANDIDATE.code);
  });

  it('names a cell that is gone', () => {
    expect(() =>
      cellsToCompare({ ...REQUEST, cellId: 'gone' }, CANDIDATE)
    ).toThrow("no cell 'gone'");
  });
});

describe('CompanionVerifier', () => {
  it('asks the companion, in the folder of the kernel, and translates the verdict', async () => {
    const { transport, companion } = setUp();
    const steps: unknown[] = [];
    const verifier = new CompanionVerifier(companion, {
      mutations: 5,
      timeLimit: 10
    });
    const verdict = await verifier.verify(REQUEST, CANDIDATE, {
      signal: new AbortController().signal,
      onProgress: progress => steps.push(progress)
    });
    expect(transport.last.params).toMatchObject({
      target: 3,
      observation: { kind: 'variable', name: 'X' },
      working_directory: '/notebooks',
      mutations: 5,
      time_limit: 10
    });
    expect(steps).toEqual([{ step: 'mutated', done: 3, total: 20 }]);
    expect(verdict).toEqual({
      status: 'different',
      summary: 'Different in row 3.',
      realRows: 120,
      mutatedInputs: 7,
      remarks: [],
      evidence: [{ step: 'real', ok: false, detail: 'row 3' }],
      difference: {
        input: 'real',
        row: 3,
        column: 'level',
        original: 'premium',
        rewritten: 'basic',
        sourceRows: { customers: [4] },
        line: 2
      },
      error: null,
      seconds: 1.5
    });
  });

  it('leaves the observation to be inferred when the candidate names none', async () => {
    const { transport, companion } = setUp({ ...VERDICT, difference: null });
    const verdict = await new CompanionVerifier(companion).verify(
      REQUEST,
      { ...CANDIDATE, observation: undefined },
      { signal: new AbortController().signal }
    );
    expect(transport.last.params).toMatchObject({ observation: null });
    expect(verdict.difference).toBeNull();
  });

  it('stops when it is told to', async () => {
    const { transport, companion } = setUp();
    transport.script = ({ id, method }) =>
      method === 'hello' &&
      transport.answer(id, { working_directory: '/notebooks' });
    const controller = new AbortController();
    const verifying = new CompanionVerifier(companion).verify(
      REQUEST,
      CANDIDATE,
      { signal: controller.signal }
    );
    await new Promise(resolve => setTimeout(resolve));
    const { id } = transport.last;
    controller.abort();
    await expect(verifying).rejects.toMatchObject({ code: 'cancelled' });
    expect(transport.last).toMatchObject({
      method: 'cancel',
      params: { request: id }
    });
  });
});
