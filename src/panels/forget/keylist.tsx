/**
 * Selecting records by keys that are pasted or read from a file.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useState } from 'react';

import { keysOf } from '../records/values';
import type { IKeySelection } from '../state';

interface IKeyListProps {
  columns: readonly { name: string; dtype: string }[];
  onKeys: (keys: IKeySelection) => void;
  trans: TranslationBundle;
}

/** The form. */
export function KeyList({
  columns,
  onKeys,
  trans
}: IKeyListProps): JSX.Element {
  const [column, setColumn] = useState(columns[0]?.name ?? '');
  const [text, setText] = useState('');
  const dtype = columns.find(other => other.name === column)?.dtype ?? '';
  const values = keysOf(text, dtype);
  const use = (event: React.FormEvent) => {
    event.preventDefault();
    if (values.length > 0) {
      onKeys({ column, values });
    }
  };
  return (
    <details className="jp-Palimpsest-outline">
      <summary>{trans.__('Select by a list of keys')}</summary>
      <form className="jp-Palimpsest-keys" onSubmit={use}>
        <label>
          {trans.__('Key column')}{' '}
          <select
            value={column}
            onChange={event => setColumn(event.target.value)}
          >
            {columns.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          {trans.__('Keys, one a line')}
          <textarea
            rows={4}
            value={text}
            data-lm-suppress-shortcuts="true"
            onChange={event => setText(event.target.value)}
          />
        </label>
        <label>
          {trans.__('or from a file')}{' '}
          <input
            type="file"
            accept=".txt,.csv,text/plain,text/csv"
            onChange={async event => {
              const file = event.target.files?.item(0);
              if (file) {
                setText(await file.text());
              }
            }}
          />
        </label>
        <button
          className="jp-Palimpsest-button"
          type="submit"
          disabled={values.length === 0}
        >
          {trans.__('Select %1 keys', values.length.toLocaleString())}
        </button>
      </form>
    </details>
  );
}
