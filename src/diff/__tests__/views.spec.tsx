import { nullTranslator } from '@jupyterlab/translation';
import '@testing-library/jest-dom';
import { fireEvent, render, screen } from '@testing-library/react';

import { REQUEST, candidate, verdict } from '../../rewrite/__tests__/fixtures';
import type { RewriteSession } from '../../rewrite/session';
import { INITIAL_STATE, reduce } from '../../rewrite/sessionstate';
import type { IRewriteState, RewriteEvent } from '../../rewrite/sessionstate';
import { Proposal } from '../proposal';
import {
  type IProposalActions,
  ProposalDetails,
  ProposalStatus,
  costText
} from '../proposalview';
import { EvidenceList } from '../verdictview';

const trans = nullTranslator.load('jupyterlab_palimpsest');

function actions(): IProposalActions {
  return {
    accept: jest.fn(),
    reject: jest.fn(),
    stop: jest.fn(),
    next: jest.fn(),
    retry: jest.fn(),
    verifyEdited: jest.fn(),
    tryFix: jest.fn(),
    rebase: jest.fn(),
    rewriteOther: jest.fn()
  };
}

/** A proposal whose session is in the state after these events. */
function proposalAfter(...events: RewriteEvent[]): Proposal {
  const state: IRewriteState = events.reduce(reduce, INITIAL_STATE);
  const session = { state, request: REQUEST, subscribe: jest.fn() };
  return new Proposal(
    { path: 'n.ipynb', cellId: 'prepare', source: '' },
    session as unknown as RewriteSession,
    () => null
  );
}

function show(proposal: Proposal) {
  const acts = actions();
  const props = { proposal, actions: acts, trans };
  render(
    <>
      <ProposalStatus {...props} />
      <ProposalDetails {...props} />
    </>
  );
  return acts;
}

const STARTED: RewriteEvent = { type: 'started' };
const ASKED: RewriteEvent = {
  type: 'asked',
  source: 'model',
  round: 2,
  critic: false
};
const FINISHED: RewriteEvent = {
  type: 'finished',
  outcome: 'verified',
  seconds: 12.34
};

const text = (id: string): RewriteEvent => ({
  type: 'text',
  source: 'model',
  candidate: id,
  delta: 'x'
});

const judged = (id: string): RewriteEvent[] => [
  {
    type: 'candidate',
    candidate: candidate(id, `x = ${id}`, {
      origin: 'model',
      explanation: 'Because of the key.'
    })
  },
  { type: 'verdict', candidate: id, verdict: verdict('equivalent') }
];

const EXCHANGE: RewriteEvent = {
  type: 'exchange',
  exchange: {
    id: 'e',
    time: '2026-01-02T03:04:05.000Z',
    purpose: 'rewrite',
    model: 'large',
    temperature: 0,
    messages: [],
    answer: '',
    end: 'complete',
    error: null,
    candidate: null,
    usage: { promptTokens: 1200, completionTokens: 300 },
    estimated: true,
    cost: 0.0123,
    seconds: 1,
    firstPiece: 0.1
  }
};

describe('a proposal at work', () => {
  it('says what the model is doing, and can be stopped', () => {
    const acts = show(
      proposalAfter(STARTED, ASKED, text('m1'), text('m2'), text('m3'))
    );
    expect(screen.getByRole('status')).toHaveTextContent(
      'The model is writing 3 candidates, round 2…'
    );
    fireEvent.click(screen.getByText('Stop'));
    expect(acts.stop).toHaveBeenCalled();
  });

  it('says that it waits for the model, and that the critic is reading', () => {
    show(proposalAfter(STARTED, ASKED));
    expect(screen.getByRole('status')).toHaveTextContent(
      'Waiting for the model, round 2…'
    );
    show(proposalAfter(STARTED, { ...ASKED, critic: true }));
    expect(screen.getAllByRole('status')[1]).toHaveTextContent(
      'The critic is reading'
    );
  });
});

describe('a proposal that is finished', () => {
  it('shows what the model took', () => {
    show(
      proposalAfter(
        STARTED,
        ASKED,
        ...judged('m1'),
        EXCHANGE,
        EXCHANGE,
        FINISHED
      )
    );
    expect(screen.getByText(/^The model:/)).toHaveTextContent(
      'The model: asked 2 times · about 2,400 tokens sent, 600 received · $0.0246 · 12.3 s'
    );
    expect(screen.getByText('Because of the key.')).toBeInTheDocument();
  });

  it('shows no cost of the model when it was not asked', () => {
    show(proposalAfter(STARTED, ...judged('m1'), FINISHED));
    expect(screen.queryByText(/^The model:/)).toBeNull();
  });

  it('asks again with a remark, by the keyboard alone', () => {
    const acts = show(proposalAfter(STARTED, ...judged('m1'), FINISHED));
    const remark = screen.getByLabelText('Remark');
    fireEvent.change(remark, { target: { value: 'Use merge.' } });
    fireEvent.submit(remark);
    expect(acts.retry).toHaveBeenCalledWith('Use merge.');
  });

  it('goes to the next candidate when there is one', () => {
    const acts = show(
      proposalAfter(STARTED, ...judged('m1'), ...judged('m2'), FINISHED)
    );
    expect(screen.getByText(/candidate 1 of 2/)).toBeInTheDocument();
    fireEvent.click(screen.getByText('Next candidate'));
    expect(acts.next).toHaveBeenCalled();
  });
});

describe('costText', () => {
  it.each([
    [0.00042, '$0.0004'],
    [1.239, '$1.24']
  ])('of %d is %s', (dollars, shown) => {
    expect(costText(dollars)).toBe(shown);
  });
});

describe('EvidenceList', () => {
  it('shows the likely cause and the two rows one under the other', () => {
    const different = verdict('different', {
      difference: {
        input: 'real',
        row: 3,
        column: 'b',
        original: '2',
        rewritten: '3',
        sourceRows: { 'a.csv': [7] },
        line: 4,
        rewrittenLine: 9,
        cause: 'the original keeps the last',
        table: { columns: ['a', 'b'], expected: ['x', '2'], got: ['x', '3'] },
        sourceLines: { 'a.csv': ['x,2', 'x,3'] }
      }
    });
    render(<EvidenceList verdict={different} trans={trans} />);
    expect(screen.getByText('the original keeps the last')).toBeVisible();
    expect(
      screen.getByText(/line 4 of the original · line 9 of the rewrite/)
    ).toBeInTheDocument();
    const cells = screen.getAllByRole('cell').map(cell => cell.className);
    expect(cells.filter(name => name === 'jp-mod-differs')).toHaveLength(2);
    expect(screen.getByText('Smallest input that shows it')).toBeVisible();
  });

  it('says when there is no such row', () => {
    const different = verdict('different', {
      difference: {
        input: 'real',
        row: 3,
        column: null,
        original: 'a row',
        rewritten: 'no row',
        sourceRows: {},
        line: null,
        table: { columns: ['a'], expected: ['x'], got: null }
      }
    });
    render(<EvidenceList verdict={different} trans={trans} />);
    expect(screen.getByText('no such row')).toBeVisible();
  });
});
