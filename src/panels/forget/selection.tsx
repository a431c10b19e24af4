/**
 * Which records are to be forgotten: of a source, by hand, by a filter or by keys.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IPanelProps } from '../panel';
import { Filter } from '../records/filter';
import { sourceTable } from '../records/model';
import type { ITableView } from '../state';
import { KeyList } from './keylist';

/** Chooses the source and its records. */
export function Selection(props: IPanelProps): JSX.Element {
  const { model, trans } = props;
  const { records } = model;
  const { table, run } = model.state;
  const size = records.source === null ? null : table?.size;
  return (
    <>
      <p>
        <label>
          {trans.__('Source')}{' '}
          <select
            value={records.source ?? ''}
            onChange={event =>
              void records.show(sourceTable(event.target.value))
            }
          >
            {records.source === null && (
              <option value="">{trans.__('choose…')}</option>
            )}
            {run?.sources.map(source => (
              <option key={source}>{source}</option>
            ))}
          </select>
        </label>
      </p>
      {table && size && (
        <>
          <Filter
            key={table.name}
            records={records}
            size={size}
            filter={table.filter}
            trans={trans}
          />
          <KeyList
            key={`keys-${table.name}`}
            columns={size.columns}
            onKeys={keys => records.selectKeys(keys)}
            trans={trans}
          />
        </>
      )}
      <p role="status">
        {table && records.selector
          ? selectionText(table, trans)
          : trans.__(
              'No records are selected. Choose a source, then filter it, paste or upload keys, or mark rows in Records.'
            )}{' '}
        {(table?.selected.size || table?.keys) && (
          <button
            className="jp-Palimpsest-button"
            onClick={() => records.clearSelection()}
          >
            {trans.__('Clear selection')}
          </button>
        )}{' '}
        {records.source !== null && (
          <button
            className="jp-Palimpsest-button"
            onClick={() => void model.show('records')}
          >
            {trans.__('Mark rows in Records')}
          </button>
        )}
      </p>
    </>
  );
}

/** How many records are selected, and by what. */
function selectionText(table: ITableView, trans: TranslationBundle): string {
  const { selected, keys, size } = table;
  if (selected.size > 0) {
    return trans.__('%1 records selected', selected.size.toLocaleString());
  }
  if (keys) {
    return trans.__(
      'All records with one of %1 values of %2 selected',
      keys.values.length.toLocaleString(),
      keys.column
    );
  }
  return trans.__('%1 records selected', (size?.total ?? 0).toLocaleString());
}
