/**
 * How a verdict and what speaks for it are shown.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IDifference, IEvidence, IVerdict } from '../rewrite/interfaces';

function badgeText(
  verdict: IVerdict,
  edited: boolean,
  trans: TranslationBundle
): string {
  if (edited) {
    return trans.__('Changed since it was verified');
  }
  switch (verdict.status) {
    case 'equivalent':
      return trans.__('Equivalent');
    case 'different':
      return trans.__('Different');
    case 'failed':
      return trans.__('Does not run');
    case 'inconclusive':
      return trans.__('Not verified');
  }
}

/** The verdict in one word, with its summary. */
export function Badge(props: {
  verdict: IVerdict;
  edited: boolean;
  trans: TranslationBundle;
}): JSX.Element {
  const { verdict, edited, trans } = props;
  return (
    <>
      <span
        className={`jp-Palimpsest-badge jp-mod-${edited ? 'edited' : verdict.status}`}
        data-status={edited ? 'edited' : verdict.status}
      >
        {badgeText(verdict, edited, trans)}
      </span>{' '}
      {!edited && <span>{verdict.summary}</span>}
      {!edited && <Remarks verdict={verdict} trans={trans} />}
    </>
  );
}

/** What has to be told with an equivalence, never only among the evidence. */
function Remarks(props: {
  verdict: IVerdict;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { verdict, trans } = props;
  return verdict.remarks.length === 0 ? null : (
    <ul
      className="jp-Palimpsest-remarks"
      aria-label={trans.__('Remarks on the verdict')}
    >
      {verdict.remarks.map((remark, index) => (
        <li key={index}>{remark}</li>
      ))}
    </ul>
  );
}

/** What was compared, and the first difference. */
export function EvidenceList(props: {
  verdict: IVerdict;
  trans: TranslationBundle;
}): JSX.Element {
  const { verdict, trans } = props;
  const { difference, error } = verdict;
  return (
    <details
      className="jp-Palimpsest-evidence"
      open={verdict.status !== 'equivalent'}
    >
      <summary>{trans.__('Evidence')}</summary>
      {difference && <Difference difference={difference} trans={trans} />}
      {error && (
        <p>
          {error.side === 'original'
            ? trans.__('The original: %1', error.message)
            : trans.__('The rewrite: %1', error.message)}
        </p>
      )}
      <ul>
        {verdict.evidence.map((evidence: IEvidence, index: number) => (
          <li key={index}>
            <span
              aria-label={evidence.ok ? trans.__('passed') : trans.__('failed')}
            >
              {evidence.ok ? '✓' : '✗'}
            </span>{' '}
            {evidence.detail}
          </li>
        ))}
      </ul>
    </details>
  );
}

interface IDifferenceProps {
  difference: IDifference;
  trans: TranslationBundle;
}

/** The first difference: what, where, and probably why. */
function Difference({ difference, trans }: IDifferenceProps): JSX.Element {
  const { cause, input, original, rewritten, sourceRows, table } = difference;
  return (
    <>
      {cause && <p className="jp-Palimpsest-cause">{cause}</p>}
      <dl>
        <dt>{trans.__('Input')}</dt>
        <dd>{input}</dd>
        <dt>{trans.__('Place')}</dt>
        <dd>{placeText(difference, trans)}</dd>
        {!table && (
          <>
            <dt>{trans.__('Original')}</dt>
            <dd>
              <code>{original}</code>
            </dd>
            <dt>{trans.__('Rewrite')}</dt>
            <dd>
              <code>{rewritten}</code>
            </dd>
          </>
        )}
        {Object.entries(sourceRows).map(([source, rows]) => (
          <React.Fragment key={source}>
            <dt>{trans.__('Rows of %1', source)}</dt>
            <dd>{rows.join(', ')}</dd>
          </React.Fragment>
        ))}
      </dl>
      {table && <RowTable difference={difference} trans={trans} />}
      <SmallestInput difference={difference} trans={trans} />
    </>
  );
}

function placeText(
  { row, column, line, rewrittenLine }: IDifference,
  trans: TranslationBundle
): string {
  return [
    trans.__('row %1, column %2', row ?? '–', column ?? '–'),
    ...(line === null ? [] : [trans.__('line %1 of the original', line)]),
    ...(typeof rewrittenLine === 'number'
      ? [trans.__('line %1 of the rewrite', rewrittenLine)]
      : [])
  ].join(' · ');
}

/** The two rows, one under the other. */
function RowTable({ difference, trans }: IDifferenceProps): JSX.Element | null {
  const { table } = difference;
  if (!table) {
    return null;
  }
  const { columns, expected, got } = table;
  const differs = (index: number) => expected?.[index] !== got?.[index];
  const row = (title: string, values: readonly string[] | null) => (
    <tr>
      <th scope="row">{title}</th>
      {values === null ? (
        <td colSpan={columns.length}>{trans.__('no such row')}</td>
      ) : (
        values.map((value, index) => (
          <td
            key={index}
            title={value}
            className={differs(index) ? 'jp-mod-differs' : ''}
          >
            <code>{value}</code>
          </td>
        ))
      )}
    </tr>
  );
  return (
    <div className="jp-Palimpsest-rows">
      <table>
        <thead>
          <tr>
            <td />
            {columns.map((name, index) => (
              <th key={index} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {row(trans.__('Original'), expected)}
          {row(trans.__('Rewrite'), got)}
        </tbody>
      </table>
    </div>
  );
}

/** The fewest source lines that still show the difference. */
function SmallestInput({
  difference,
  trans
}: IDifferenceProps): JSX.Element | null {
  const sources = Object.entries(difference.sourceLines ?? {});
  return sources.length === 0 ? null : (
    <details>
      <summary>{trans.__('Smallest input that shows it')}</summary>
      {sources.map(([source, lines]) => (
        <pre key={source}>{[source, ...lines].join('\n')}</pre>
      ))}
    </details>
  );
}
