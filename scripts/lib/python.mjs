import fs from 'node:fs';
import { outputOf, run } from './commands.mjs';
import { UserError } from './errors.mjs';
import { VENV, venvBin } from './paths.mjs';

const NAMES = [
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python3',
  'python'
];
const OLDEST = [3, 10];

const VERSION = 'import sys; print("%d.%d" % sys.version_info[:2])';

/** The version of an interpreter as `3.11`, or `null` when it does not run. */
export function versionOf(python) {
  return outputOf(python, ['-c', VERSION]);
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major === OLDEST[0] && minor >= OLDEST[1];
}

/** An interpreter that is new enough: the one asked for, or the first on the path. */
export function findPython() {
  const wanted = process.env.PALIMPSEST_PYTHON;
  if (wanted) {
    const version = versionOf(wanted);
    if (version === null || !isNewEnough(version)) {
      throw new UserError(
        `PALIMPSEST_PYTHON is ${wanted}, which ${
          version === null ? 'does not run' : `is Python ${version}`
        }. Point it at Python ${OLDEST.join('.')} or newer.`
      );
    }
    return wanted;
  }
  for (const name of NAMES) {
    const version = versionOf(name);
    if (version !== null && isNewEnough(version)) {
      return name;
    }
  }
  throw new UserError(
    `No Python ${OLDEST.join('.')} or newer was found. Install one, for example with\n` +
      '    apt-get install -y python3 python3-venv\n' +
      'or name one in the environment variable PALIMPSEST_PYTHON.'
  );
}

/** Whether the virtual environment is there, runs, and is of the Python asked for. */
export function venvIsUsable() {
  const version = versionOf(venvBin('python'));
  const wanted = process.env.PALIMPSEST_PYTHON;
  return version !== null && (!wanted || versionOf(wanted) === version);
}

/** Make the virtual environment anew. */
export async function makeVenv() {
  const python = findPython();
  const version = versionOf(python);
  if (outputOf(python, ['-c', 'import ensurepip, venv']) === null) {
    throw new UserError(
      `Python ${version} cannot make virtual environments here. Install what is missing with\n` +
        `    apt-get install -y python${version}-venv`
    );
  }
  fs.rmSync(VENV, { recursive: true, force: true });
  await run(python, ['-m', 'venv', VENV], { quiet: true });
}

/** Run pip in the virtual environment; only its errors are shown. */
export function pip(args, options = {}) {
  return run(
    venvBin('python'),
    ['-m', 'pip', '-qq', '--disable-pip-version-check', ...args],
    options
  );
}
