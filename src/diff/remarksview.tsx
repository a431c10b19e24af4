/**
 * What there is to say beside the candidates: problems, refusals, findings.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IFinding, IRefusal } from '../rewrite/interfaces';
import type { IProblem } from '../rewrite/sessionstate';

/** What went wrong, with what to do about it. */
export function Problems({
  problems
}: {
  problems: readonly IProblem[];
}): JSX.Element | null {
  return problems.length === 0 ? null : (
    <ul role="alert" className="jp-Palimpsest-problems">
      {problems.map((problem, index) => (
        <li key={index}>
          {problem.message} {problem.hint}
        </li>
      ))}
    </ul>
  );
}

/** Why the rules refused the cell. */
export function Refusals(props: {
  refusals: readonly IRefusal[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { refusals, trans } = props;
  return refusals.length === 0 ? null : (
    <div className="jp-Palimpsest-refusals">
      {trans.__('The rules cannot lift this cell:')}
      <ul>
        {refusals.map((refusal, index) => (
          <li key={index}>
            {trans.__('line %1: %2', refusal.line, refusal.reason)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What the original does by mistake, with the fixes to try. */
export function Findings(props: {
  findings: readonly IFinding[];
  disabled: boolean;
  tryFix: (code: string) => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { findings, disabled, tryFix, trans } = props;
  return findings.length === 0 ? null : (
    <ul
      className="jp-Palimpsest-findings"
      aria-label={trans.__('Findings about the original')}
    >
      {findings.map((finding, index) => (
        <li
          key={index}
          className={`jp-mod-${finding.severity}`}
          data-kind={finding.kind}
        >
          {trans.__('line %1: %2', finding.line, finding.message)}{' '}
          {finding.fix && (
            <button
              className="jp-Palimpsest-button"
              disabled={disabled}
              onClick={() => finding.fix && tryFix(finding.fix.code)}
            >
              {trans.__('Try: %1', finding.fix.title)}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
