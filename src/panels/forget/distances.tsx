/**
 * Distances on a logarithmic scale: how far a maintained state is from a re-run.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import { type Figure, isFigure } from '../units';

const LABEL_WIDTH = 150;
const TRACK_WIDTH = 260;
const ROW_HEIGHT = 20;
const AXIS_HEIGHT = 18;
const RADIUS = 4;

/** Powers of ten that the scale goes from and to; what is below is drawn at its begin. */
const LOWEST = -18;
const HIGHEST = 2;
const TICKS = [-15, -12, -9, -6, -3, 0];

/** Where a distance is on the track, from 0 (equal) to 1. */
export function placeOf(distance: number): number {
  if (distance <= 0) {
    return 0;
  }
  const power = Math.log10(distance);
  const place = (power - LOWEST) / (HIGHEST - LOWEST);
  return Math.min(Math.max(place, 0), 1);
}

interface IDistancePlotProps {
  distances: readonly (readonly [label: string, distance: Figure])[];
  trans: TranslationBundle;
}

/** A dot for each distance that was measured; hollow where nothing differs. */
export function DistancePlot(props: IDistancePlotProps): JSX.Element | null {
  const { distances, trans } = props;
  const measured = distances.filter(([, distance]) => isFigure(distance));
  if (measured.length === 0) {
    return null;
  }
  const height = measured.length * ROW_HEIGHT + AXIS_HEIGHT;
  return (
    <svg
      className="jp-Palimpsest-distances"
      width={LABEL_WIDTH + TRACK_WIDTH + 2 * RADIUS + 60}
      height={height}
      role="img"
      aria-label={trans.__(
        'Distances between the state and a re-run, on a logarithmic scale; the figures follow.'
      )}
    >
      {TICKS.map(power => {
        const x = LABEL_WIDTH + RADIUS + placeOf(10 ** power) * TRACK_WIDTH;
        return (
          <g key={power}>
            <line x1={x} x2={x} y1={0} y2={height - AXIS_HEIGHT} />
            <text x={x} y={height - 4} textAnchor="middle">
              {power === 0 ? '1' : `1e${power}`}
            </text>
          </g>
        );
      })}
      {measured.map(([label, distance], index) => {
        const value = Number(distance);
        const y = index * ROW_HEIGHT + ROW_HEIGHT / 2;
        const x = LABEL_WIDTH + RADIUS + placeOf(value) * TRACK_WIDTH;
        return (
          <g key={label}>
            <text x={0} y={y + 4}>
              {label}
            </text>
            <circle cx={x} cy={y} r={RADIUS} data-equal={value === 0}>
              <title>{value === 0 ? '0' : value.toPrecision(3)}</title>
            </circle>
            <text x={x + 2 * RADIUS} y={y + 4}>
              {value === 0 ? '0' : value.toPrecision(2)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}
