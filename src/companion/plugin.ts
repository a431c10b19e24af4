/**
 * The plugin that gives the companions of notebook kernels.
 */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { ICompanionManager } from '../tokens';
import { CompanionManager } from './manager';

/** Provides the companions of the open notebooks. */
export const companionPlugin: JupyterFrontEndPlugin<ICompanionManager> = {
  id: 'jupyterlab-palimpsest:companion',
  description: 'Talks to the Palimpsest companion in notebook kernels.',
  autoStart: true,
  provides: ICompanionManager,
  activate: () => new CompanionManager()
};
