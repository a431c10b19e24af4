/**
 * Every script under a folder adapted for every task, checked in the real tools.
 *
 *     npm run bench:inline -- DIR [ARGUMENTS OF src/headless/benchinline.ts]
 */
import { bundleForNode } from './lib/bundle.mjs';
import { runForCode } from './lib/commands.mjs';
import { exitWith } from './lib/errors.mjs';
import { ensureTools } from './lib/tools.mjs';
import { setUp } from './setup.mjs';

await exitWith(async () => {
  await setUp({ extension: false });
  const python = await ensureTools();
  const bench = await bundleForNode('src/headless/benchinline.ts');
  return runForCode(
    process.execPath,
    ['--enable-source-maps', bench, ...process.argv.slice(2)],
    { env: { PALIMPSEST_TOOLS_PYTHON: python } }
  );
});
