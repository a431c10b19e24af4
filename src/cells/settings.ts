/**
 * The settings of rewriting with a model, with their defaults.
 */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** As `schema/plugin.json` describes them. */
export interface IRewritingSettings {
  candidates: number;
  rounds: number;
  critic: boolean;
  sampleRows: number;
  largePrompt: number;
  keepExchanges: boolean;
}

/** What holds when the settings cannot be read: nothing leaves, nothing is kept. */
const DEFAULTS: IRewritingSettings = {
  candidates: 3,
  rounds: 3,
  critic: true,
  sampleRows: 0,
  largePrompt: 12_000,
  keepExchanges: false
};

/** The settings as they are now. */
export function rewritingSettings(
  settings: ISettingRegistry.ISettings | null
): IRewritingSettings {
  return { ...DEFAULTS, ...(settings?.composite as object | undefined) };
}
