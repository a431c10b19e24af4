import fs from 'node:fs';
import { outputOf, run } from './commands.mjs';
import { UserError } from './errors.mjs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome'
];
const INSTALL = ['install', '-y', '--no-install-recommends', 'chromium'];

/** The Chromium to test with, or `null`. */
export function findChromium() {
  const wanted = process.env.PALIMPSEST_CHROMIUM;
  if (wanted) {
    if (!fs.existsSync(wanted)) {
      throw new UserError(
        `PALIMPSEST_CHROMIUM is ${wanted}, but there is no such file.`
      );
    }
    return wanted;
  }
  return PLACES.find(place => fs.existsSync(place)) ?? null;
}

/** How to become root for apt: directly, through sudo without a password, or not at all. */
function asRoot() {
  if (process.getuid?.() === 0) {
    return [];
  }
  return outputOf('sudo', ['-n', 'true']) === null ? null : ['sudo', '-n'];
}

/** The Chromium to test with; installed from the distribution when it is missing. */
export async function ensureChromium() {
  const found = findChromium();
  if (found) {
    return found;
  }
  const prefix = asRoot();
  if (prefix === null || outputOf('apt-get', ['--version']) === null) {
    throw new UserError(
      'The browser tests need Chromium. Install it with\n' +
        `    sudo apt-get update && sudo apt-get ${INSTALL.join(' ')}\n` +
        'or name one in the environment variable PALIMPSEST_CHROMIUM.'
    );
  }
  console.log('· Installing Chromium (apt-get install chromium)…');
  const apt = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  for (const args of [['update'], INSTALL]) {
    const [command, ...rest] = [...apt, ...args];
    await run(command, rest, { quiet: true });
  }
  const installed = findChromium();
  if (!installed) {
    throw new UserError(
      'apt-get installed Chromium, but not where it is expected. Name it in PALIMPSEST_CHROMIUM.'
    );
  }
  return installed;
}
