/**
 * Every case folder under a folder through the lifter, each rewrite verified.
 *
 *     npm run bench:rewrite -- DIR [ARGUMENTS OF src/headless/bench.ts]
 */
import { runForCode } from './lib/commands.mjs';
import { bundleForNode } from './lib/bundle.mjs';
import { exitWith } from './lib/errors.mjs';
import { setUp } from './setup.mjs';

await exitWith(async () => {
  await setUp({ extension: false });
  const bench = await bundleForNode('src/headless/bench.ts');
  return runForCode(process.execPath, [
    '--enable-source-maps',
    bench,
    ...process.argv.slice(2)
  ]);
});
