/**
 * The rewrite of the example notebook as a whole: real rules, real proposals, and a
 * verifier that says what the test wants.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { NotebookModel, type NotebookPanel } from '@jupyterlab/notebook';

import type { Obstacle } from '../../diff/proposal';
import { Proposal } from '../../diff/proposal';
import { verdict } from '../../rewrite/__tests__/fixtures';
import { RulesSource } from '../../rewrite/candidatesource';
import type { IRewriteRequest, IVerdict } from '../../rewrite/interfaces';
import { RewriteSession } from '../../rewrite/session';
import type { IComparison } from '../../rewrite/whole';
import { PipelineRewrite } from '../pipelinerewrite';

const EXAMPLE = path.resolve(
  __dirname,
  '../../../examples/complaints/complaints.ipynb'
);
const ROLES = ['prepare', 'encode', 'label', 'train'];

function rewriteExample(verdictOf: (cellId: string) => IVerdict) {
  const model = new NotebookModel();
  model.fromJSON(JSON.parse(readFileSync(EXAMPLE, 'utf8')));
  const panel = {
    content: { model },
    context: { path: 'complaints.ipynb' }
  } as unknown as NotebookPanel;
  const requests: IRewriteRequest[] = [];
  const compared: IComparison[] = [];
  const verifier = {
    verify: async ({ cellId }: IRewriteRequest) => verdictOf(cellId),
    verifyWhole: async (comparison: IComparison) => {
      compared.push(comparison);
      return verdict('equivalent');
    }
  };
  const rewrite = new PipelineRewrite({
    panel,
    verifier,
    propose: async request => {
      requests.push(request);
      const session = new RewriteSession(
        request,
        [new RulesSource()],
        verifier
      );
      const { cellId, cells } = request;
      const source = cells.find(({ id }) => id === cellId)?.source ?? '';
      return new Proposal(
        { path: 'complaints.ipynb', cellId, source },
        session,
        () => model
      );
    }
  });
  const sourceOf = (cellId: string) =>
    [...model.cells].find(({ id }) => id === cellId)?.sharedModel.getSource();
  return { rewrite, requests, compared, sourceOf };
}

describe('the rewrite of a whole notebook', () => {
  it('goes cell by cell, and ends with a verdict on the whole', async () => {
    const { rewrite, compared, sourceOf } = rewriteExample(() =>
      verdict('equivalent')
    );
    const before = sourceOf('prepare');
    await rewrite.run('never');
    expect(rewrite.cells.map(({ cellId }) => cellId)).toEqual(ROLES);
    expect(rewrite.cells.map(({ status }) => status)).toEqual(
      ROLES.map(() => 'verified')
    );
    expect(compared[0].stages.map(({ role }) => role)).toEqual(ROLES);
    expect(compared[0].original.text).toContain(before);
    expect(compared[0].other.text).toContain('def prepare(');
    expect(rewrite.verdict?.status).toBe('equivalent');
    expect(sourceOf('prepare')).toBe(before);
  });

  it('rewrites each cell against the rewrites before it', async () => {
    const { rewrite, requests } = rewriteExample(() => verdict('equivalent'));
    await rewrite.run('never');
    const [, encode] = requests;
    expect(encode.pending).toEqual(['prepare']);
    expect(encode.cells.find(({ id }) => id === 'prepare')).toMatchObject({
      role: 'prepare',
      source: expect.stringContaining('def prepare(')
    });
  });

  it('accepts all in order', async () => {
    const { rewrite, sourceOf } = rewriteExample(() => verdict('equivalent'));
    await rewrite.run('never');
    rewrite.acceptAll();
    expect(rewrite.cells.map(({ status }) => status)).toEqual(
      ROLES.map(() => 'accepted')
    );
    expect(sourceOf('encode')).toContain('def encode_features(');
    expect(rewrite.problem).toBeNull();
  });

  it('does not let a later cell be accepted before what it was verified with', async () => {
    const { rewrite } = rewriteExample(() => verdict('equivalent'));
    await rewrite.run('never');
    const [prepare, encode] = rewrite.cells;
    expect(encode.proposal?.obstacle).toEqual<Obstacle>({
      kind: 'relies-on',
      cellId: 'prepare'
    });
    prepare.proposal?.accept();
    expect(encode.proposal?.obstacle).toBeNull();
  });

  it('goes on past a cell that differs, without it', async () => {
    const { rewrite, compared } = rewriteExample(cellId =>
      verdict(cellId === 'label' ? 'different' : 'equivalent')
    );
    await rewrite.run('never');
    expect(rewrite.cells.map(({ status }) => status)).toEqual([
      'verified',
      'verified',
      'unverified',
      'verified'
    ]);
    expect(compared[0].stages.map(({ role }) => role)).toEqual([
      'prepare',
      'encode',
      'train'
    ]);
  });

  it('stops at once, and keeps what was verified', async () => {
    const { rewrite, compared } = rewriteExample(cellId => {
      if (cellId === 'encode') {
        rewrite.stop();
      }
      return verdict('equivalent');
    });
    await rewrite.run('never');
    expect(rewrite.phase).toBe('stopped');
    expect(rewrite.cells[0].status).toBe('verified');
    expect(rewrite.cells[2].status).toBe('waiting');
    expect(compared).toEqual([]);
  });

  it('tells why the whole could not be compared', async () => {
    const { rewrite } = rewriteExample(() => verdict('equivalent'));
    jest
      .spyOn(rewrite['_options'].verifier, 'verifyWhole')
      .mockRejectedValue(new Error('No kernel.'));
    await rewrite.run('never');
    expect(rewrite.phase).toBe('finished');
    expect(rewrite.problem).toEqual(new Error('No kernel.'));
    expect(rewrite.verdict).toBeNull();
  });
});
