import fs from 'node:fs';
import path from 'node:path';
import { CACHE, inRoot } from './paths.mjs';

// Bundled CommonJS packages still ask Node for its built-in modules.
const REQUIRE = `import { createRequire as palimpsestRequire } from 'node:module';
const require = palimpsestRequire(import.meta.url);`;

/**
 * Bundle a TypeScript file of src/headless for Node.
 *
 * @param entry - The file, relative to the repository.
 * @returns Where the bundle is.
 */
export async function bundleForNode(entry) {
  const esbuild = await import('esbuild');
  const outfile = path.join(CACHE, `${path.parse(entry).name}.mjs`);
  const { outputFiles } = await esbuild.build({
    entryPoints: [inRoot(entry)],
    outfile,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    tsconfig: inRoot('tsconfig.json'),
    banner: { js: REQUIRE },
    logLevel: 'warning'
  });
  // Another process may be running the same bundle: it never sees half a file.
  fs.mkdirSync(CACHE, { recursive: true });
  for (const { path: file, contents } of outputFiles) {
    fs.writeFileSync(`${file}.${process.pid}`, contents);
    fs.renameSync(`${file}.${process.pid}`, file);
  }
  return outfile;
}

/**
 * Bundle a TypeScript file as a script for a page, which makes its exports
 * `window.bundled`.
 *
 * @param entry - The file, relative to the repository.
 * @returns Where the bundle is.
 */
export async function bundleForBrowser(entry) {
  const esbuild = await import('esbuild');
  const outfile = path.join(CACHE, `${path.parse(entry).name}.page.js`);
  await esbuild.build({
    entryPoints: [inRoot(entry)],
    outfile,
    bundle: true,
    format: 'iife',
    globalName: 'bundled',
    tsconfig: inRoot('tsconfig.json'),
    logLevel: 'warning'
  });
  return outfile;
}
