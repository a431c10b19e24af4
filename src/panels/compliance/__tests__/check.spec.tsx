import { nullTranslator } from '@jupyterlab/translation';
import '@testing-library/jest-dom';
import { fireEvent, render, screen } from '@testing-library/react';

import type {
  IEvidenceTable,
  ISetting
} from '../../../companion/protocol.generated';
import { settingValue } from '../check';
import { Evidence } from '../evidence';

const trans = nullTranslator.load('jupyterlab_palimpsest');

describe('settingValue', () => {
  const share: ISetting = {
    name: 'gap',
    label: 'largest gap',
    kind: 'share',
    value: 0.1,
    default: 0.1,
    minimum: 0,
    maximum: 1
  };

  it.each<[string, number | null]>([
    ['0.25', 0.25],
    ['', null],
    ['2', null],
    ['much', null]
  ])('of a share: %s', (text, value) => {
    expect(settingValue(share, text)).toBe(value);
  });

  it('of columns is a list of them', () => {
    const columns: ISetting = { ...share, kind: 'columns', value: [] };
    expect(settingValue(columns, 'mails.date, people.born.year')).toEqual([
      { source: 'mails', column: 'date' },
      { source: 'people', column: 'born.year' }
    ]);
    expect(settingValue(columns, 'date')).toBeNull();
    expect(settingValue(columns, '')).toEqual([]);
  });
});

describe('Evidence', () => {
  const table: IEvidenceTable = {
    title: 'Columns with personal data',
    columns: [
      { name: 'column', kind: 'text' },
      { name: 'share', kind: 'share' }
    ],
    rows: [
      ['email', 1],
      ['<b>title</b>', 0.25]
    ],
    targets: [
      { table: 'source:customers', rows: [1, 2], column: 'email' },
      { table: 'training', rows: [], column: 'title' }
    ],
    total: 5
  };

  it('leads to the rows, and to erasing them where they are records', () => {
    const onShow = jest.fn();
    const onErase = jest.fn();
    render(
      <Evidence
        table={table}
        isPersonal
        onShow={onShow}
        onErase={onErase}
        trans={trans}
      />
    );

    // What comes from the kernel is text
    expect(screen.getByText('<b>title</b>')).toBeInTheDocument();
    expect(screen.getByText('25 %')).toBeInTheDocument();
    expect(screen.getByText('and 3 more')).toBeInTheDocument();

    fireEvent.click(screen.getAllByRole('button', { name: 'Show' })[1]);
    expect(onShow).toHaveBeenCalledWith(table.targets[1]);
    const [erase, ...others] = screen.getAllByRole('button', {
      name: 'Erase where found…'
    });
    expect(others).toEqual([]);
    fireEvent.click(erase);
    expect(onErase).toHaveBeenCalledWith(table.targets[0]);
  });
});
