/**
 * Open JupyterLab on the example notebook.
 *
 *     npm start [-- ARGUMENTS OF jupyter lab]
 */
import { runForCode } from './lib/commands.mjs';
import { exitWith } from './lib/errors.mjs';
import {
  EXAMPLE,
  EXAMPLE_NOTEBOOK,
  ensureExampleData
} from './lib/example.mjs';
import { venvBin } from './lib/paths.mjs';
import { setUp } from './setup.mjs';

await exitWith(async () => {
  await setUp();
  await ensureExampleData();
  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  return runForCode(venvBin('jupyter-lab'), [
    `--ServerApp.root_dir=${EXAMPLE}`,
    `--LabApp.default_url=/lab/tree/${EXAMPLE_NOTEBOOK}`,
    ...asRoot,
    ...process.argv.slice(2)
  ]);
});
