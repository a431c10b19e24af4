import { fileURLToPath } from 'node:url';
import path from 'node:path';

/** The repository. */
export const ROOT = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../..'
);

/** The repository's own virtual environment. */
export const VENV = path.join(ROOT, '.venv');

/** Where the scripts keep what they can make again. */
export const CACHE = path.join(ROOT, 'node_modules', '.cache', 'palimpsest');

/** A path inside the repository. */
export function inRoot(...parts) {
  return path.join(ROOT, ...parts);
}

/** A program of the virtual environment. */
export function venvBin(name) {
  return process.platform === 'win32'
    ? path.join(VENV, 'Scripts', `${name}.exe`)
    : path.join(VENV, 'bin', name);
}
