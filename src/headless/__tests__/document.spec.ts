import type { ICellChange } from '../../rewrite/acceptance';
import { ScriptFile } from '../document';

const SCRIPT = `"""A script."""
import csv

# %%
rows = []

# %% [markdown]
# Words.

# %% the labels
y = []
`;

const CHANGE: ICellChange = {
  cellId: 'cell-2',
  code: 'def prepare():\n    pass',
  metadata: {
    role: 'prepare',
    originalSource: 'rows = []',
    rewrite: {
      origin: 'rules',
      mode: 'faithful',
      status: 'equivalent',
      summary: ''
    }
  }
};

describe('a script', () => {
  it('has a cell for each marker, and one for what stands before', () => {
    const { codeCells } = ScriptFile.parse(SCRIPT);

    expect(codeCells.map(cell => cell.source)).toEqual([
      '"""A script."""\nimport csv',
      'rows = []',
      'y = []'
    ]);
  });

  it('is one cell when it has no marker', () => {
    const { codeCells } = ScriptFile.parse('a = 1\r\nb = 2\r\n');

    expect(codeCells).toEqual([{ id: 'cell-1', source: 'a = 1\nb = 2' }]);
  });

  it('keeps what it was when a cell is rewritten', () => {
    const script = ScriptFile.parse(SCRIPT);

    script.accept(CHANGE);

    expect(script.codeCells[1]).toEqual({
      id: 'cell-2',
      source: CHANGE.code,
      role: 'prepare',
      originalSource: 'rows = []'
    });
    expect(script.text).toContain('# %%\ndef prepare():\n    pass\n');
    expect(script.text).toContain('# %% the labels\ny = []\n');
  });
});
