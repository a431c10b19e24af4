/** What a check found, in a word and a mark. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { CheckStatus } from '../../companion/protocol.generated';

const NAMES: Readonly<
  Record<CheckStatus, (trans: TranslationBundle) => string>
> = {
  pass: trans => trans.__('passed'),
  warn: trans => trans.__('to look at'),
  fail: trans => trans.__('failed'),
  'not-applicable': trans => trans.__('not applicable')
};

const MARKS: Readonly<Record<CheckStatus, string>> = {
  pass: '✓',
  warn: '!',
  fail: '✗',
  'not-applicable': '–'
};

/** A status as a word. */
export function statusName(
  status: CheckStatus,
  trans: TranslationBundle
): string {
  return NAMES[status](trans);
}

/** A status as a badge; null where a check was not run. */
export function StatusBadge(props: {
  status: CheckStatus | null;
  trans: TranslationBundle;
}): JSX.Element {
  const { status, trans } = props;
  return (
    <span className="jp-Palimpsest-status" data-status={status ?? 'missing'}>
      <span aria-hidden="true">{status ? MARKS[status] : '○'} </span>
      {status ? statusName(status, trans) : trans.__('not run')}
    </span>
  );
}

/** Earlier statuses as marks, the oldest first. */
export function StatusHistory(props: {
  statuses: readonly { time: string; status: CheckStatus }[];
  trans: TranslationBundle;
}): JSX.Element {
  const { statuses, trans } = props;
  return (
    <ol className="jp-Palimpsest-history" aria-label={trans.__('History')}>
      {statuses.map(({ time, status }, index) => (
        <li key={index} data-status={status}>
          <span title={time}>
            {MARKS[status]}{' '}
            <span className="jp-Palimpsest-hidden">
              {statusName(status, trans)}, {time}
            </span>
          </span>
        </li>
      ))}
    </ol>
  );
}
