/**
 * The measurements, each a script under bench/ that prints a table.
 *
 *     npm run bench [-- ARGUMENTS OF bench/example.py]
 *     npm run bench:core [-- ARGUMENTS OF bench/core.py]
 *     npm run bench:models [-- ARGUMENTS OF bench/models.py]
 */
import fs from 'node:fs';
import { runForCode } from './lib/commands.mjs';
import { UserError, exitWith } from './lib/errors.mjs';
import { inRoot, venvBin } from './lib/paths.mjs';
import { pip } from './lib/python.mjs';
import { setUp } from './setup.mjs';

await exitWith(async () => {
  const [name, ...args] = process.argv.slice(2);
  const script = inRoot('bench', `${name}.py`);
  if (!name || !fs.existsSync(script)) {
    throw new UserError('Say what to measure: example, core or models.');
  }
  await setUp({ extension: false, torch: name === 'models' });
  if (name === 'core') {
    await pip([
      'install',
      '--no-deps',
      '-r',
      inRoot('bench', 'requirements.txt')
    ]);
  }
  return runForCode(venvBin('python'), [script, ...args]);
});
