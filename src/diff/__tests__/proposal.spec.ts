import { NotebookModel } from '@jupyterlab/notebook';

import { codeCells, metadataOf, findModel } from '../../cells/notebookcells';
import type {
  CandidateEvent,
  ICandidate,
  IVerdict,
  IVerifier
} from '../../rewrite/interfaces';
import { RewriteSession } from '../../rewrite/session';
import { Proposal } from '../proposal';

const MESSY =
  'rows = []\nfor line in open("mails.csv"):\n    rows.append(line)';
const CLEAN =
  'import palimpsest.pandas as pd\n\n\ndef prepare(mails="mails.csv"):\n    return pd.read_csv(mails)';

function notebookOf(...sources: string[]): NotebookModel {
  const model = new NotebookModel();
  model.fromJSON({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      id: `cell${index}`,
      source,
      metadata: {},
      outputs: [],
      execution_count: null
    }))
  });
  return model;
}

function verdictOf(status: IVerdict['status']): IVerdict {
  return {
    status,
    summary: `it is ${status}`,
    realRows: 3,
    mutatedInputs: 2,
    remarks: [],
    evidence: [],
    difference: null,
    error: null,
    seconds: 0
  };
}

/** A proposal for the first cell, judged as told. */
async function propose(
  notebook: NotebookModel,
  judge: (candidate: ICandidate) => IVerdict['status'],
  prerequisites: ICandidate['prerequisites'] = {}
): Promise<Proposal> {
  const verifier: IVerifier = {
    verify: async (_, candidate) => verdictOf(judge(candidate))
  };
  const source = {
    name: 'rules' as const,
    async *candidates(): AsyncIterable<CandidateEvent> {
      yield {
        type: 'candidate',
        candidate: {
          id: 'c1',
          origin: 'rules',
          role: 'prepare',
          code: CLEAN,
          findings: [],
          prerequisites
        }
      };
    }
  };
  const session = new RewriteSession(
    {
      task: 'prepare',
      notebookPath: 'n.ipynb',
      cells: codeCells(notebook),
      cellId: 'cell0'
    },
    [source],
    verifier
  );
  const proposal = new Proposal(
    { path: 'n.ipynb', cellId: 'cell0', source: MESSY },
    session,
    () => notebook
  );
  await proposal.start('never');
  return proposal;
}

const sourceOf = (notebook: NotebookModel, id = 'cell0') =>
  findModel(notebook, id)?.sharedModel.getSource();

describe('Proposal', () => {
  it('leaves the notebook alone until it is accepted', async () => {
    const notebook = notebookOf(MESSY);
    const proposal = await propose(notebook, () => 'equivalent');

    expect(sourceOf(notebook)).toBe(MESSY);
    expect(proposal.accept()).toBeNull();

    expect(sourceOf(notebook)).toBe(CLEAN);
    const model = findModel(notebook, 'cell0');
    expect(model && metadataOf(model)?.role).toBe('prepare');
  });

  it('is one undoable edit', async () => {
    const notebook = notebookOf(MESSY);
    const proposal = await propose(notebook, () => 'equivalent');
    proposal.accept();

    findModel(notebook, 'cell0')?.sharedModel.undo();

    expect(sourceOf(notebook)).toBe(MESSY);
    const model = findModel(notebook, 'cell0');
    expect(model && metadataOf(model)).toBeNull();
  });

  it('never overwrites a cell that has changed', async () => {
    const notebook = notebookOf(MESSY);
    const proposal = await propose(notebook, () => 'equivalent');
    findModel(notebook, 'cell0')?.sharedModel.setSource('mine = 1');

    expect(proposal.accept()).toEqual({ kind: 'cell-changed' });

    expect(sourceOf(notebook)).toBe('mine = 1');
  });

  it('is not accepted when it could not be verified', async () => {
    for (const status of ['failed', 'inconclusive'] as const) {
      const notebook = notebookOf(MESSY);
      const proposal = await propose(notebook, () => status);

      expect(proposal.accept()).toEqual({ kind: 'verdict' });

      expect(sourceOf(notebook)).toBe(MESSY);
    }
  });

  it('accepts a difference only as a fix, and remembers that', async () => {
    const notebook = notebookOf(MESSY);
    const proposal = await propose(notebook, () => 'different');

    expect(proposal.mode).toBe('fix');
    proposal.accept();

    const model = findModel(notebook, 'cell0');
    expect(model && metadataOf(model)?.rewrite.mode).toBe('fix');
  });

  it('waits for the cells it builds on', async () => {
    const notebook = notebookOf(MESSY, 'x = 1');
    const proposal = await propose(notebook, () => 'equivalent', {
      cell1: { role: 'prepare', code: 'y = 2' }
    });

    expect(proposal.accept()).toEqual({ kind: 'relies-on', cellId: 'cell1' });

    findModel(notebook, 'cell1')?.sharedModel.setSource('y = 2');
    expect(proposal.obstacle).toBeNull();
  });

  it('verifies again what was edited by chunks', async () => {
    const notebook = notebookOf(MESSY);
    const edited = CLEAN.replace('read_csv(mails)', 'read_csv(mails, sep=",")');
    const proposal = await propose(notebook, candidate =>
      candidate.code === edited ? 'different' : 'equivalent'
    );
    proposal.edited = edited;
    expect(proposal.accept()).toEqual({ kind: 'edited' });

    await proposal.verifyEdited();

    expect(proposal.shown?.candidate.code).toBe(edited);
    expect(proposal.mode).toBe('fix');
  });
});
