/**
 * Make the repository ready to use: the virtual environment, Python and npm
 * packages, the built extension. What is up to date already is left alone.
 *
 *     node scripts/setup.mjs [--tests]
 *
 * With --tests also what the tests need: torch, and Chromium for those in a browser.
 */
import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureChromium } from './lib/chromium.mjs';
import { UserError, exitWith } from './lib/errors.mjs';
import { withLock } from './lib/lock.mjs';
import { ROOT } from './lib/paths.mjs';
import {
  BASIC_STEPS,
  EXTENSION_STEPS,
  TORCH_STEPS,
  UI_TEST_STEPS
} from './lib/steps.mjs';

const OLDEST_NODE = 20;

/**
 * Bring everything up to date.
 *
 * @param options - `extension`: build the labextension (the default);
 *   `uiTests`: also install what the browser tests need; `torch`: also that.
 */
export async function setUp({
  extension = true,
  uiTests = false,
  torch = false
} = {}) {
  checkNode();
  const steps = [
    ...BASIC_STEPS,
    ...(torch ? TORCH_STEPS : []),
    ...(extension ? EXTENSION_STEPS : []),
    ...(uiTests ? UI_TEST_STEPS : [])
  ];
  if (uiTests) {
    await ensureChromium();
  }
  if (steps.every(step => step.isDone())) {
    return;
  }
  await withLock(lockFile(), async () => {
    for (const step of steps) {
      await runStep(step);
    }
  });
}

/** Outside the repository, because installing npm packages empties node_modules. */
function lockFile() {
  const place = createHash('sha256').update(ROOT).digest('hex').slice(0, 16);
  return path.join(os.tmpdir(), `palimpsest-setup-${place}.lock`);
}

async function runStep(step) {
  if (step.isDone()) {
    return;
  }
  const start = Date.now();
  console.log(`· ${step.title}…`);
  await step.run();
  console.log(`  done in ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    throw new UserError(
      `This is Node ${process.versions.node}; Node ${OLDEST_NODE} or newer is needed.`
    );
  }
}

async function main() {
  const tests = process.argv.includes('--tests');
  await setUp({ uiTests: tests, torch: tests });
  console.log('✓ Everything is set up.');
}

if (
  process.argv[1] &&
  import.meta.url === pathToFileURL(process.argv[1]).href
) {
  await exitWith(main);
}
