/**
 * What the columns of a table look like: a small plot each, and its figures.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IColumnProfile } from '../../companion/protocol.generated';
import { LongWork } from '../progress';
import type { ITableView } from '../state';
import { percent } from '../units';
import type { RecordsModel } from './model';

const PLOT_WIDTH = 140;
const PLOT_HEIGHT = 36;
const BAR_GAP = 1;

interface IProfilesProps {
  records: RecordsModel;
  table: ITableView;
  trans: TranslationBundle;
}

/** Profiles of the columns, some more at each request. */
export function Profiles(props: IProfilesProps): JSX.Element {
  const { records, table, trans } = props;
  const columns = table.size?.columns.length ?? 0;
  const left = columns - table.profiles.length;
  const { profile } = records.state.long;
  return (
    <details
      className="jp-Palimpsest-outline"
      onToggle={event => {
        if (event.currentTarget.open && table.profiles.length === 0) {
          void records.profile();
        }
      }}
    >
      <summary>{trans.__('What the columns look like')}</summary>
      <ul className="jp-Palimpsest-profiles">
        {table.profiles.map(one => (
          <li key={one.name}>
            <Profile profile={one} trans={trans} />
          </li>
        ))}
      </ul>
      <LongWork
        progress={profile}
        label={trans.__('Reading columns…')}
        onStop={() => records.stopProfile()}
        trans={trans}
      />
      {!profile && left > 0 && (
        <button
          className="jp-Palimpsest-button"
          onClick={() => void records.profile()}
        >
          {trans.__('Profile more columns (%1 left)', left)}
        </button>
      )}
    </details>
  );
}

/** A bar of a plot. */
interface IBar {
  label: string;
  count: number;
}

/** The bars of a profile: ranges of numbers, or the most frequent values. */
export function barsOf(profile: IColumnProfile): IBar[] {
  const isTime = /^(datetime|timedelta)/.test(profile.dtype);
  if (profile.bins.length > 0 && !isTime) {
    return profile.bins.map(({ low, high, count }) => ({
      label: `${short(low)} – ${short(high)}`,
      count
    }));
  }
  if (profile.bins.length > 0) {
    return profile.bins.map(({ low, count }) => ({
      label: new Date(low * 1000).toISOString().slice(0, 10),
      count
    }));
  }
  return profile.top.map(({ value, count }) => ({
    label: String(value),
    count
  }));
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function Profile(props: {
  profile: IColumnProfile;
  trans: TranslationBundle;
}): JSX.Element {
  const { profile, trans } = props;
  const { name, dtype, rows, missing, erased, distinct, mean } = profile;
  const share = (count: number) => percent(rows > 0 ? count / rows : 0);
  const facts = [
    trans.__('%1 distinct', distinct.toLocaleString()),
    missing > 0 && trans.__('%1 missing', share(missing)),
    erased > 0 && trans.__('%1 erased', share(erased)),
    mean !== null && trans.__('mean %1', short(mean))
  ].filter(Boolean);
  return (
    <figure>
      <figcaption>
        <strong title={name}>{name}</strong> <span>{dtype}</span>
      </figcaption>
      <Bars bars={barsOf(profile)} name={name} trans={trans} />
      <p>{facts.join(' · ')}</p>
    </figure>
  );
}

function Bars(props: {
  bars: readonly IBar[];
  name: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { bars, name, trans } = props;
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const step = PLOT_WIDTH / Math.max(bars.length, 1);
  const largest = bars.find(({ count }) => count === most);
  return (
    <svg
      className="jp-Palimpsest-plot"
      width={PLOT_WIDTH}
      height={PLOT_HEIGHT}
      role="img"
      aria-label={
        largest
          ? trans.__(
              'Distribution of %1 in %2 bars; the highest is %3 with %4',
              name,
              bars.length,
              largest.label,
              largest.count.toLocaleString()
            )
          : trans.__('%1 holds no values', name)
      }
    >
      {bars.map(({ label, count }, index) => {
        const height = (count / most) * PLOT_HEIGHT;
        return (
          <rect
            key={index}
            x={index * step}
            y={PLOT_HEIGHT - height}
            width={Math.max(step - BAR_GAP, 1)}
            height={height}
          >
            <title>{`${label}: ${count.toLocaleString()}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
