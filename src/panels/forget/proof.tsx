/**
 * What a proof found: the distances between the state and a re-run, plotted and in
 * figures, and how well attacks find what was forgotten.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import type { IProof } from '../../companion/protocol.generated';
import { type Figure, isFigure } from '../units';
import { DistancePlot } from './distances';

/** The distances between the state and a re-run. */
export function ProofView(props: {
  proof: IProof;
  trans: TranslationBundle;
}): JSX.Element {
  const { proof, trans } = props;
  const metric = proof.metric ?? '';
  const facts: [string, Figure][] = [
    [trans.__('rows missing'), proof.rows_missing],
    [trans.__('rows extra'), proof.rows_extra],
    [trans.__('matrix distance'), proof.matrix_distance],
    [trans.__('statistics distance'), proof.statistics_distance],
    [trans.__('parameter distance, relative'), proof.parameter_distance],
    [trans.__('parameter distance, largest'), proof.parameter_difference],
    [trans.__('prediction disagreement'), proof.prediction_disagreement],
    [
      trans.__('disagreement on %1 held-out rows', proof.held_out_rows ?? 0),
      proof.held_out_disagreement
    ],
    [trans.__('gradient residual'), proof.gradient_maintained],
    [trans.__('gradient residual of the re-run'), proof.gradient_rerun],
    [metric, proof.metric_maintained],
    [trans.__('%1 of the re-run', metric), proof.metric_rerun],
    [trans.__('seconds for the re-run'), proof.rerun_seconds]
  ];
  return (
    <div role="group" aria-label={trans.__('Proof')}>
      <p role="status" data-equal={proof.equal}>
        <strong>
          {proof.equal
            ? trans.__('The state equals a re-run.')
            : trans.__('The state differs from a re-run.')}
        </strong>
      </p>
      <DistancePlot
        distances={[
          [trans.__('matrix'), proof.matrix_distance],
          [trans.__('statistics'), proof.statistics_distance],
          [trans.__('parameters, relative'), proof.parameter_distance],
          [trans.__('parameters, largest'), proof.parameter_difference],
          [trans.__('predictions'), proof.prediction_disagreement],
          [trans.__('held-out predictions'), proof.held_out_disagreement],
          [trans.__('gradient'), proof.gradient_maintained]
        ]}
        trans={trans}
      />
      <dl>
        {facts.map(
          ([label, value]) =>
            isFigure(value) && (
              <React.Fragment key={label}>
                <dt>{label}</dt>
                <dd>{Number(value.toPrecision(4))}</dd>
              </React.Fragment>
            )
        )}
      </dl>
      <Attacks proof={proof} trans={trans} />
    </div>
  );
}

/** How well attacks tell forgotten rows from rows that a model never saw. */
function Attacks(props: {
  proof: IProof;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { proof, trans } = props;
  const attacks: [string, Figure[]][] = [
    [
      trans.__('threshold of the loss'),
      [proof.membership_before, proof.membership_after, proof.membership_rerun]
    ],
    [
      trans.__('likelihood ratio'),
      [proof.likelihood_before, proof.likelihood_after, proof.likelihood_rerun]
    ]
  ];
  const scored = attacks.filter(([, scores]) => scores.some(isFigure));
  if (scored.length === 0) {
    return null;
  }
  return (
    <table tabIndex={0}>
      <caption>
        {trans.__('How well attacks find the forgotten rows (0.5: guessing)')}
      </caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('attack')}</th>
          <th scope="col">{trans.__('before')}</th>
          <th scope="col">{trans.__('after')}</th>
          <th scope="col">{trans.__('re-run')}</th>
        </tr>
      </thead>
      <tbody>
        {scored.map(([label, scores]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            {scores.map((score, column) => (
              <td key={column}>{isFigure(score) ? score.toFixed(2) : '–'}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
