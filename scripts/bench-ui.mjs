/**
 * The panel in a browser: time to first paint of each part, latency of a preview, frames
 * while a million rows are scrolled, and the layout of graphs of 20, 100 and 300 operations.
 *
 *     npm run bench:ui
 *
 * PALIMPSEST_BENCH_ROWS  rows of the table that is scrolled (1000000)
 */
import path from 'node:path';
import { bundleForBrowser } from './lib/bundle.mjs';
import { findChromium } from './lib/chromium.mjs';
import { runForCode } from './lib/commands.mjs';
import { exitWith } from './lib/errors.mjs';
import { inRoot } from './lib/paths.mjs';
import { freePort } from './lib/ports.mjs';
import { setUp } from './setup.mjs';

await exitWith(async () => {
  await setUp({ uiTests: true });
  const layout = await bundleForBrowser('src/panels/pipeline/layout.ts');
  return runForCode(
    inRoot('ui-tests', 'node_modules', '.bin', 'playwright'),
    ['test', '--config', 'playwright.bench.config.js'],
    {
      cwd: inRoot('ui-tests'),
      env: {
        PALIMPSEST_UI_PORT: String(await freePort()),
        PALIMPSEST_ENDPOINT_PORT: String(await freePort()),
        PALIMPSEST_CHROMIUM: findChromium(),
        PALIMPSEST_BENCH_LAYOUT: path.resolve(layout)
      }
    }
  );
});
