/**
 * The model card: what only people know of a model. It goes into the report.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useState } from 'react';

import type { IModelCard } from '../../companion/protocol.generated';
import type { IPanelProps } from '../panel';
import type { IComplianceState } from '../state';

type Field = keyof IModelCard;

const FIELDS: readonly [
  Field,
  (trans: TranslationBundle) => string,
  rows: number
][] = [
  ['purpose', trans => trans.__('Purpose'), 2],
  ['intended_use', trans => trans.__('Intended use'), 2],
  ['limitations', trans => trans.__('Limitations'), 2],
  ['legal_basis', trans => trans.__('Legal basis'), 1],
  ['responsible', trans => trans.__('Responsible'), 1],
  ['contact', trans => trans.__('Contact'), 1]
];

/** The form. */
export function ModelCardForm(
  props: IPanelProps & { compliance: IComplianceState }
): JSX.Element {
  const { model, compliance, trans } = props;
  const { card } = compliance;
  const [fields, setFields] = useState<IModelCard>(card ?? {});
  useEffect(() => setFields(card ?? {}), [card]);
  const keep = (event: React.FormEvent) => {
    event.preventDefault();
    void model.compliance.writeCard(fields);
  };
  return (
    <details className="jp-Palimpsest-outline">
      <summary>{trans.__('Model card')}</summary>
      <form className="jp-Palimpsest-card" onSubmit={keep}>
        {FIELDS.map(([name, label, rows]) => (
          <label key={name}>
            {label(trans)}
            <textarea
              rows={rows}
              value={fields[name] ?? ''}
              data-lm-suppress-shortcuts="true"
              onChange={event =>
                setFields({ ...fields, [name]: event.target.value })
              }
            />
          </label>
        ))}
        <button className="jp-Palimpsest-button" type="submit">
          {trans.__('Keep')}
        </button>
      </form>
    </details>
  );
}
