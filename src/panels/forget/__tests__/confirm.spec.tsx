import { nullTranslator } from '@jupyterlab/translation';
import '@testing-library/jest-dom';
import { render, screen, within } from '@testing-library/react';

import type {
  IModelWay,
  IPreview
} from '../../../companion/protocol.generated';
import { Confirm } from '../confirm';
import { PanelModel } from '../../model';

const trans = nullTranslator.load('jupyterlab_palimpsest');

const UPDATED: IModelWay = {
  strategy: 'newton',
  guarantee: 'approximate: the residual is measured',
  seconds: 0.004,
  chosen: false
};
const TRAINED: IModelWay = {
  strategy: 'refit',
  guarantee: 'refit: trained again',
  seconds: 1.5,
  chosen: true
};

function show(ways: IModelWay[]): void {
  const preview: IPreview = {
    token: 't',
    request: { run: 'r', source: 'mails', action: 'delete' },
    records: 1,
    training_rows_removed: 1,
    training_rows_changed: 0,
    training_rows_added: 0,
    matrix_cells: 4,
    feature_columns: [],
    artifacts: [],
    model_ways: ways,
    consequences: [],
    other_runs: [],
    seconds: 1.5
  };
  const model = new PanelModel(() => Promise.reject(new Error('no kernel')));
  render(<Confirm forget={model.forget} preview={preview} trans={trans} />);
}

describe('Confirm', () => {
  it('tells the ways to update the model, and which is taken', () => {
    show([UPDATED, TRAINED]);
    const list = screen.getByRole('list', { name: 'Ways to update the model' });
    const [updated, trained] = within(list).getAllByRole('listitem');
    expect(updated).toHaveTextContent(
      'Or: newton (approximate: the residual is measured; 4.0 ms)'
    );
    expect(trained).toHaveTextContent(
      'Chosen for the model: refit (refit: trained again; 1500.0 ms)'
    );
    expect(trained).toHaveAttribute('aria-current', 'true');
  });

  it('says nothing where there is no choice', () => {
    show([UPDATED]);
    expect(
      screen.queryByRole('list', { name: 'Ways to update the model' })
    ).toBeNull();
  });
});
