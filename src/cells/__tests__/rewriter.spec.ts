/**
 * Which question is asked before a rewrite, with a notebook panel that is only its
 * model and path.
 */
import { NotebookModel, type NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';

import type { ProposalManager } from '../../diff/manager';
import type { RewriteSession } from '../../rewrite/session';
import { chooseCutPoint } from '../dialogs';
import { Rewriter } from '../rewriter';

jest.mock('../dialogs');

const ask = jest.mocked(chooseCutPoint);

/** No rule lifts this: which of the lists is the result is anybody's guess. */
const AMBIGUOUS = [
  'kept, dropped = [], []',
  'lines = open("customers.csv")',
  'while True:',
  '    line = next(lines, None)',
  '    if line is None:',
  '        break',
  '    (kept if "UK" in line else dropped).append(line)'
].join('\n');

const LIFTED = [
  'rows = []',
  'for line in open("a.csv"):',
  '    name, age = line.strip().split(",")',
  '    rows.append((name, int(age)))'
].join('\n');

function notebookOf(source: string): NotebookPanel {
  const model = new NotebookModel();
  model.fromJSON({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: [
      {
        cell_type: 'code',
        id: 'c',
        source,
        metadata: {},
        outputs: [],
        execution_count: null
      }
    ]
  });
  return {
    content: { model },
    context: { path: 'n.ipynb' }
  } as unknown as NotebookPanel;
}

function rewriterOf(hasModel = true) {
  const sessions: RewriteSession[] = [];
  const rewriter = new Rewriter({
    sources: () => [],
    notes: () => null,
    hasModel: async () => hasModel,
    persistence: () => ({}),
    panel: () => null,
    verifier: () => ({ verify: jest.fn() }),
    trans: nullTranslator.load('jupyterlab_palimpsest'),
    proposals: () =>
      ({
        add: (_: unknown, session: RewriteSession) => {
          sessions.push(session);
          return { start: async () => undefined };
        }
      }) as unknown as ProposalManager
  });
  return { rewriter, sessions };
}

beforeEach(() => {
  ask.mockReset();
});

describe('before a rewrite', () => {
  it('nothing is asked when the rules can tell the result', async () => {
    const { rewriter, sessions } = rewriterOf();
    await rewriter.rewrite(notebookOf(LIFTED), 'c', 'if-needed');
    expect(ask).not.toHaveBeenCalled();
    expect(sessions[0].request.outputs).toEqual({});
  });

  it('it is asked once which variable holds the result', async () => {
    ask.mockImplementation(async points => points[1]);
    const { rewriter, sessions } = rewriterOf();
    const panel = notebookOf(AMBIGUOUS);
    await rewriter.rewrite(panel, 'c', 'only');
    await rewriter.rewrite(panel, 'c', 'only');
    expect(ask).toHaveBeenCalledTimes(1);
    expect(sessions.map(({ request }) => request.outputs)).toEqual([
      { prepare: 'kept' },
      { prepare: 'kept' }
    ]);
  });

  it('the verifier may find it out', async () => {
    ask.mockResolvedValue('unknown');
    const { rewriter, sessions } = rewriterOf();
    await rewriter.rewrite(notebookOf(AMBIGUOUS), 'c', 'only');
    expect(sessions[0].request.outputs).toEqual({});
  });

  it('nothing is begun when the user leaves the question', async () => {
    ask.mockResolvedValue(null);
    const { rewriter, sessions } = rewriterOf();
    await rewriter.rewrite(notebookOf(AMBIGUOUS), 'c', 'only');
    expect(sessions).toEqual([]);
  });

  it('nothing is asked when nobody could rewrite the cell anyway', async () => {
    const { rewriter, sessions } = rewriterOf(false);
    await rewriter.rewrite(notebookOf(AMBIGUOUS), 'c', 'if-needed');
    expect(ask).not.toHaveBeenCalled();
    expect(sessions).toHaveLength(1);
  });
});
