import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { cellsPlugin } from './cells/plugin';
import { companionPlugin } from './companion/plugin';
import { llmPlugin } from './llm/plugin';
import { panelsPlugin } from './panels/plugin';
import { exchangesPlugin } from './exchanges/plugin';

/**
 * The plugins of the extension, in no particular order.
 */
const plugins: JupyterFrontEndPlugin<any>[] = [
  companionPlugin,
  llmPlugin,
  cellsPlugin,
  panelsPlugin,
  exchangesPlugin
];

export default plugins;
