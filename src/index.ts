import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

/**
 * The plugins of the extension, in no particular order.
 */
const plugins: JupyterFrontEndPlugin<any>[] = [];

export default plugins;
