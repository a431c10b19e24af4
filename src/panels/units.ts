/** Times, shares and figures, in words. */
import type { TranslationBundle } from '@jupyterlab/translation';

/** A time. */
export function milliseconds(
  seconds: number,
  trans: TranslationBundle
): string {
  return seconds < 0.0001
    ? trans.__('under 0.1 ms')
    : seconds < 10
      ? trans.__('%1 ms', (seconds * 1000).toFixed(1))
      : trans.__('%1 s', seconds.toFixed(1));
}

/** A share of one, as a percentage of three digits. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** A figure that an older file may lack, or that could not be measured. */
export type Figure = number | null | undefined;

export function isFigure(value: Figure): value is number {
  return typeof value === 'number';
}
