/**
 * A table of evidence, each line of which may lead to rows of the run.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  IEvidenceColumn,
  IEvidenceTable,
  ITarget
} from '../../companion/protocol.generated';
import { milliseconds, percent } from '../units';

type Cell = IEvidenceTable['rows'][number][number];

interface IEvidenceProps {
  table: IEvidenceTable;
  /** Whether what was found is personal data, which may be erased. */
  isPersonal: boolean;
  onShow: (target: ITarget) => void;
  onErase: (target: ITarget) => void;
  trans: TranslationBundle;
}

/** A cell as its column is written. */
export function cellText(
  value: Cell,
  kind: IEvidenceColumn['kind'],
  trans: TranslationBundle
): string {
  if (value === null) {
    return '–';
  }
  if (typeof value !== 'number') {
    return String(value);
  }
  switch (kind) {
    case 'share':
      return percent(value);
    case 'seconds':
      return milliseconds(value, trans);
    case 'count':
      return value.toLocaleString();
    default:
      return String(Number(value.toPrecision(6)));
  }
}

/** The table. */
export function Evidence(props: IEvidenceProps): JSX.Element {
  const { table, isPersonal, onShow, onErase, trans } = props;
  const leads = table.targets.some(target => target !== null);
  const left = table.total - table.rows.length;
  return (
    <>
      <table className="jp-Palimpsest-evidence" tabIndex={0}>
        <caption>{table.title}</caption>
        <thead>
          <tr>
            {table.columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            {leads && <th scope="col">{trans.__('evidence')}</th>}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => {
            const target = table.targets[index];
            const isErasable =
              isPersonal &&
              target?.table.startsWith('source:') &&
              target.column;
            return (
              <tr key={index}>
                {row.map((value, column) => (
                  <td key={column}>
                    {cellText(value, table.columns[column].kind, trans)}
                  </td>
                ))}
                {leads && (
                  <td>
                    {target && (
                      <button
                        className="jp-Palimpsest-button"
                        onClick={() => onShow(target)}
                      >
                        {trans.__('Show')}
                      </button>
                    )}{' '}
                    {target && isErasable && (
                      <button
                        className="jp-Palimpsest-button"
                        onClick={() => onErase(target)}
                      >
                        {trans.__('Erase where found…')}
                      </button>
                    )}
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {left > 0 && <p>{trans.__('and %1 more', left.toLocaleString())}</p>}
    </>
  );
}
