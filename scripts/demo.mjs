/**
 * The main job, headless, on the example notebook: rewrite, verify, run under
 * capture, trace, forget, prove.
 *
 *     npm run demo [-- ARGUMENTS OF THE DEMO]
 */
import { runForCode } from './lib/commands.mjs';
import { bundleForNode } from './lib/bundle.mjs';
import { exitWith } from './lib/errors.mjs';
import { ensureExampleData } from './lib/example.mjs';
import { setUp } from './setup.mjs';

await exitWith(async () => {
  await setUp();
  await ensureExampleData();
  const demo = await bundleForNode('src/headless/demo.ts');
  return runForCode(process.execPath, [
    '--enable-source-maps',
    demo,
    ...process.argv.slice(2)
  ]);
});
