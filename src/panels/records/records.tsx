/**
 * Any table of the run: filtered, sorted, profiled, selected and traced.
 */
import type { IPanelProps } from '../panel';
import { LongWork } from '../progress';
import type { ITableView } from '../state';
import { Filter } from './filter';
import { Grid } from './grid';
import { Profiles } from './profile';
import { Back, Forward, NeighbourList } from './trace';

/** The part of the panel. */
export function Records(props: IPanelProps): JSX.Element {
  const { model, trans } = props;
  const { table } = model.state;
  return (
    <>
      <TableChoice {...props} />
      {table ? (
        <Table {...props} table={table} />
      ) : (
        <p className="jp-Palimpsest-empty">
          {trans.__(
            'Choose a table: a source, what any operation made of it, the training table, the feature matrix, or the predictions. Rows of sources can be selected, traced forward and forgotten; rows of the training table can be traced back.'
          )}
        </p>
      )}
    </>
  );
}

/** Chooses the table on show. */
function TableChoice({ model, trans }: IPanelProps): JSX.Element {
  const { table } = model.state;
  return (
    <p>
      <label>
        {trans.__('Table')}{' '}
        <select
          value={table?.name ?? ''}
          onChange={event => void model.records.show(event.target.value)}
        >
          {!table && <option value="">{trans.__('choose…')}</option>}
          {model.records.tables.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
    </p>
  );
}

function Table(props: IPanelProps & { table: ITableView }): JSX.Element {
  const { model, table, trans } = props;
  const { records } = model;
  const { size } = table;
  if (!size) {
    return model.state.busy > 0 ? (
      <p role="status">{trans.__('Loading…')}</p>
    ) : (
      <></>
    );
  }
  return (
    <section
      className="jp-Palimpsest-records"
      aria-label={trans.__('Records of %1', records.title)}
    >
      <Filter
        key={table.name}
        records={records}
        size={size}
        filter={table.filter}
        trans={trans}
      />
      <Order {...props} columns={size.columns.map(({ name }) => name)} />
      {table.only && (
        <p role="status">
          {trans.__('Only the %1 rows of the evidence.', table.only.length)}{' '}
          <button
            className="jp-Palimpsest-button"
            onClick={() => void records.show(table.name)}
          >
            {trans.__('Show all rows')}
          </button>
        </p>
      )}
      <p className="jp-Palimpsest-total" role="status">
        {trans.__('%1 rows', size.total.toLocaleString())}
        {records.isTraceable &&
          ' · ' + trans.__('press Enter on a row to trace it back')}
        {records.source !== null &&
          ' · ' + trans.__('click rows or press Space to select them')}
      </p>
      <Grid
        records={records}
        columns={size.columns}
        total={size.total}
        selected={table.selected}
        selectable={records.source !== null}
        sort={table.sort}
        onOpen={
          records.isTraceable ? row => void records.traceBack(row) : undefined
        }
        trans={trans}
      />
      {records.source !== null && <Selected {...props} />}
      <Profiles records={records} table={table} trans={trans} />
      <Traces {...props} />
    </section>
  );
}

/** By which column the rows are sorted. */
function Order(
  props: IPanelProps & { table: ITableView; columns: readonly string[] }
): JSX.Element {
  const { model, table, columns, trans } = props;
  const { sort } = table;
  return (
    <p className="jp-Palimpsest-order">
      <label>
        {trans.__('Sort by')}{' '}
        <select
          value={sort?.column ?? ''}
          onChange={event => {
            const column = event.target.value;
            void model.records.sort(column ? { column } : null);
          }}
        >
          <option value="">{trans.__('row')}</option>
          {columns.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>{' '}
      <label>
        <input
          type="checkbox"
          disabled={!sort}
          checked={sort?.descending ?? false}
          onChange={event =>
            sort &&
            void model.records.sort({
              ...sort,
              descending: event.target.checked
            })
          }
        />{' '}
        {trans.__('descending')}
      </label>
    </p>
  );
}

/** What can be done with the selected records of a source. */
function Selected({ model, trans }: IPanelProps): JSX.Element {
  const { records } = model;
  const isSelected = records.selector !== null;
  return (
    <p>
      {!isSelected && (
        <span>
          {trans.__('Select records, or filter, to trace or forget them.')}{' '}
        </span>
      )}
      <button
        className="jp-Palimpsest-button"
        disabled={!isSelected}
        onClick={() => void records.traceForward()}
      >
        {trans.__('Trace forward')}
      </button>{' '}
      <button
        className="jp-Palimpsest-button"
        disabled={!isSelected}
        onClick={() => void records.saveAccessReport()}
      >
        {trans.__('Save access report')}
      </button>{' '}
      <button
        className="jp-Palimpsest-button"
        disabled={!isSelected}
        onClick={() => void model.show('forget')}
      >
        {trans.__('Forget…')}
      </button>
    </p>
  );
}

/** What was traced last. */
function Traces({ model, trans }: IPanelProps): JSX.Element | null {
  const { records } = model;
  const { traced, long } = model.state;
  return (
    <>
      <LongWork
        progress={long.neighbours}
        label={trans.__('Comparing rows…')}
        onStop={() => records.stopExplaining()}
        trans={trans}
      />
      {traced?.kind === 'forward' && (
        <Forward forward={traced.forward} trans={trans} />
      )}
      {traced?.kind === 'back' && (
        <Back
          back={traced.back}
          onExplain={() => void records.explain(traced.back.row)}
          trans={trans}
        />
      )}
      {traced?.kind === 'neighbours' && (
        <NeighbourList
          neighbours={traced.neighbours}
          onTrace={row => void records.traceBack(row)}
          trans={trans}
        />
      )}
    </>
  );
}
