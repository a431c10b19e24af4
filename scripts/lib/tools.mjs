import path from 'node:path';
import { run } from './commands.mjs';
import { ROOT, inRoot } from './paths.mjs';
import { findPython } from './python.mjs';
import { Stamp, contentHash } from './stamps.mjs';

/** The environment that has the tools adaptations are checked in. */
const TOOLS = path.join(ROOT, '.venv-tools');

const INPUTS = ['requirements/tools.txt', 'python_companion/pyproject.toml'];

/** Make the environment of the tools, unless it is there; returns its Python. */
export async function ensureTools() {
  const python = path.join(
    TOOLS,
    process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'
  );
  const stamp = new Stamp(path.join(TOOLS, '.palimpsest-packages'));
  const hash = contentHash(INPUTS, ROOT);
  if (stamp.matches(hash)) {
    return python;
  }
  console.log('· Installing the tools that adaptations are checked in…');
  await run(findPython(), ['-m', 'venv', '--clear', TOOLS], { quiet: true });
  const install = [
    '-m',
    'pip',
    '-qq',
    '--disable-pip-version-check',
    'install'
  ];
  await run(python, [...install, '-r', inRoot('requirements', 'tools.txt')]);
  await run(python, [
    ...install,
    '--no-deps',
    '-e',
    inRoot('python_companion')
  ]);
  stamp.write(hash);
  return python;
}
