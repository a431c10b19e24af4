import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './paths.mjs';

const SKIPPED = new Set(['__pycache__', '__tests__', 'node_modules']);

/** All files below a path (or the path itself), in a fixed order. */
function filesBelow(target) {
  const info = fs.statSync(target, { throwIfNoEntry: false });
  if (!info) {
    return [];
  }
  if (!info.isDirectory()) {
    return [target];
  }
  return fs
    .readdirSync(target)
    .filter(name => !SKIPPED.has(name))
    .sort()
    .flatMap(name => filesBelow(path.join(target, name)));
}

/** A hash of the names and contents of files and folders, given relative to the repository. */
export function contentHash(targets, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const file of targets.flatMap(target =>
    filesBelow(path.join(ROOT, target))
  )) {
    hash.update(`\0${path.relative(ROOT, file)}\0`);
    hash.update(fs.readFileSync(file));
  }
  return hash.digest('hex');
}

/** Remembers of a step the hash of what it was last done for. */
export class Stamp {
  constructor(file) {
    this._file = file;
  }

  /** Whether the step was done for exactly this hash. */
  matches(hash) {
    return (
      fs.existsSync(this._file) && fs.readFileSync(this._file, 'utf8') === hash
    );
  }

  /** Forget that the step was done, so that a step cut short is done again. */
  clear() {
    fs.rmSync(this._file, { force: true });
  }

  write(hash) {
    fs.mkdirSync(path.dirname(this._file), { recursive: true });
    fs.writeFileSync(this._file, hash);
  }
}
