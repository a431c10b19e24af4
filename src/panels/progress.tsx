/** Long work under way: how far it is, and how to stop it. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IProgress } from '../companion/protocol.generated';

/** Nothing while no work is under way. */
export function LongWork(props: {
  progress: IProgress | undefined;
  /** What is done, while the work itself does not tell. */
  label: string;
  onStop?: () => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { progress, label, onStop, trans } = props;
  return progress ? (
    <p className="jp-Palimpsest-progress" role="status">
      <label>
        {progress.stage || label} {progress.detail}{' '}
        <progress
          value={progress.total > 0 ? progress.done : undefined}
          max={progress.total || undefined}
        />
      </label>{' '}
      {onStop && (
        <button className="jp-Palimpsest-button" onClick={onStop}>
          {trans.__('Stop')}
        </button>
      )}
    </p>
  ) : null;
}
