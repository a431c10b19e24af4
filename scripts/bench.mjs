/**
 * The measurements, each a script under bench/ that prints a table.
 *
 *     npm run bench [-- ARGUMENTS OF bench/core.py]
 */
import { runForCode } from './lib/commands.mjs';
import { exitWith } from './lib/errors.mjs';
import { inRoot, venvBin } from './lib/paths.mjs';
import { setUp } from './setup.mjs';

await exitWith(async () => {
  await setUp({ extension: false });
  return runForCode(venvBin('python'), [
    inRoot('bench', 'core.py'),
    ...process.argv.slice(2)
  ]);
});
