import {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { ILlm } from '../tokens';
import { LlmClient } from './client';

/** Offers the language model that is configured on the server. */
export const llmPlugin: JupyterFrontEndPlugin<ILlm> = {
  id: 'jupyterlab-palimpsest:llm',
  description:
    'Streams chat completions of the endpoint configured on the Jupyter server.',
  autoStart: true,
  provides: ILlm,
  activate: (app: JupyterFrontEnd): ILlm =>
    new LlmClient(app.serviceManager.serverSettings)
};
