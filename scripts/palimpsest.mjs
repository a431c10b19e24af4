#!/usr/bin/env node
/**
 * The command line.
 *
 *     npx palimpsest rewrite NOTEBOOK_OR_SCRIPT [--out FILE] [--json]
 *     npx palimpsest verify ORIGINAL OTHER --case case.json [--json]
 *     npx palimpsest adapt SCRIPT --task NAME [--out FOLDER] [--check]
 *
 * It works after `npm run setup`, from any folder of the repository.
 */
import { bundleForNode } from './lib/bundle.mjs';
import { runForCode } from './lib/commands.mjs';
import { exitWith } from './lib/errors.mjs';

await exitWith(async () => {
  const cli = await bundleForNode('src/headless/cli.ts');
  return runForCode(
    process.execPath,
    ['--enable-source-maps', cli, ...process.argv.slice(2)],
    { cwd: process.cwd() }
  );
});
