import { nullTranslator } from '@jupyterlab/translation';
import '@testing-library/jest-dom';
import { fireEvent, render, screen } from '@testing-library/react';

import { verdict } from '../../rewrite/__tests__/fixtures';
import type { PipelineRewrite } from '../pipelinerewrite';
import { StripView } from '../pipelinestrip';

const trans = nullTranslator.load('jupyterlab_palimpsest');

function show(part: Partial<PipelineRewrite>) {
  const rewrite = {
    cells: [
      { cellId: 'a', task: 'prepare', status: 'verified', proposal: null },
      { cellId: 'b', task: 'train', status: 'unverified', proposal: null }
    ],
    phase: 'finished',
    progress: null,
    verdict: null,
    problem: null,
    stop: jest.fn(),
    acceptAll: jest.fn(),
    ...part
  } as unknown as PipelineRewrite;
  const actions = { reveal: jest.fn(), close: jest.fn() };
  render(<StripView rewrite={rewrite} actions={actions} trans={trans} />);
  return { rewrite, actions };
}

describe('the strip above a notebook', () => {
  it('tells how far the cells are, and can be stopped', () => {
    const { rewrite } = show({ phase: 'cells' });
    expect(screen.getByRole('status')).toHaveTextContent(
      '1 of 2 cells rewritten'
    );
    expect(screen.getByRole('progressbar')).toHaveAttribute('max', '2');
    fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
    expect(rewrite.stop).toHaveBeenCalled();
  });

  it('shows the final verdict, and accepts what is verified', () => {
    const { rewrite } = show({ verdict: verdict('equivalent') });
    expect(screen.getByRole('status')).toHaveTextContent('Equivalent');
    fireEvent.click(
      screen.getByRole('button', { name: 'Accept all that is verified' })
    );
    expect(rewrite.acceptAll).toHaveBeenCalled();
  });

  it('leads to each cell', () => {
    const { actions } = show({});
    fireEvent.click(screen.getByRole('button', { name: 'train' }));
    expect(actions.reveal).toHaveBeenCalledWith('b');
  });

  it('says what went wrong', () => {
    show({ problem: { kind: 'cell-changed' } });
    expect(screen.getByRole('alert')).toHaveTextContent('The cell has changed');
  });

  it('says that there is nothing to rewrite', () => {
    show({ cells: [] });
    expect(screen.getByRole('status')).toHaveTextContent('No cell');
  });
});
