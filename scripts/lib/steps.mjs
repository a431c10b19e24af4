import fs from 'node:fs';
import path from 'node:path';
import { outputOf, run } from './commands.mjs';
import { CACHE, ROOT, VENV, inRoot, venvBin } from './paths.mjs';
import { makeVenv, pip, venvIsUsable } from './python.mjs';
import { Stamp, contentHash } from './stamps.mjs';

/**
 * The steps of the set-up, in order. Each has a `title` that is printed when it
 * runs, `isDone()`, and `run()`; all are quick to ask and safe to repeat.
 */

const LABEXTENSION = inRoot('jupyterlab_palimpsest', 'labextension');
const LABEXTENSION_LINK = path.join(
  VENV,
  'share',
  'jupyter',
  'labextensions',
  'jupyterlab-palimpsest'
);

/** A step that is done again when the content of its inputs changes. */
class StampedStep {
  constructor({ title, stamp, inputs, extra = '', outputs, action }) {
    this.title = title;
    this._stamp = new Stamp(stamp);
    this._inputs = inputs;
    this._extra = extra;
    this._outputs = outputs;
    this._action = action;
  }

  isDone() {
    return (
      this._outputs.every(output => fs.existsSync(output)) &&
      this._stamp.matches(contentHash(this._inputs, this._extra))
    );
  }

  async run() {
    const hash = contentHash(this._inputs, this._extra);
    this._stamp.clear();
    await this._action();
    this._stamp.write(hash);
  }
}

function venvStamp(name) {
  return path.join(VENV, '.palimpsest', name);
}

const virtualEnvironment = {
  title: 'Making the virtual environment .venv',
  // Programs in a virtual environment contain its path, so one that was moved is no good.
  isDone: () => new Stamp(venvStamp('place')).matches(ROOT) && venvIsUsable(),
  run: async () => {
    await makeVenv();
    new Stamp(venvStamp('place')).write(ROOT);
  }
};

const pythonPackages = new StampedStep({
  title: 'Installing the Python packages (a minute or two the first time)',
  stamp: venvStamp('packages'),
  inputs: ['requirements/dev.txt'],
  outputs: [venvBin('jupyter-lab')],
  action: () => pip(['install', '-r', inRoot('requirements', 'dev.txt')])
});

const torch = new StampedStep({
  title: 'Installing torch (a minute or two the first time)',
  stamp: venvStamp('torch'),
  inputs: ['requirements/torch.txt', 'requirements/dev.txt'],
  outputs: [],
  action: () => pip(['install', '-r', inRoot('requirements', 'torch.txt')])
});

const ownPackages = new StampedStep({
  title: 'Installing palimpsest and jupyterlab_palimpsest from this folder',
  stamp: venvStamp('editable'),
  inputs: [
    'pyproject.toml',
    'python_companion/pyproject.toml',
    'jupyter-config',
    'install.json',
    'package.json'
  ],
  outputs: [
    path.join(
      VENV,
      'etc',
      'jupyter',
      'jupyter_server_config.d',
      'jupyterlab_palimpsest.json'
    )
  ],
  action: async () => {
    // Through the link, pip would take away the built extension itself.
    fs.rmSync(LABEXTENSION_LINK, { recursive: true, force: true });
    await pip(
      [
        'install',
        '--no-deps',
        '--no-build-isolation',
        '-e',
        inRoot('python_companion'),
        '-e',
        ROOT
      ],
      { env: { SKIP_JUPYTER_BUILDER: '1' } }
    );
  }
});

const nodePackages = new StampedStep({
  title: 'Installing the npm packages (a minute or two the first time)',
  stamp: path.join(CACHE, 'packages'),
  inputs: ['package.json', 'yarn.lock', '.yarnrc.yml'],
  outputs: [inRoot('node_modules', 'typescript')],
  action: () => jlpm(['install', '--immutable'])
});

const COMMAND = inRoot('scripts', 'palimpsest.mjs');
const COMMAND_LINK = inRoot('node_modules', '.bin', 'palimpsest');

/** npx looks there first; without the link it would ask a registry. */
const commandLine = {
  title: 'Linking the command line',
  isDone: () =>
    fs.existsSync(COMMAND_LINK) && fs.realpathSync(COMMAND_LINK) === COMMAND,
  run: async () => {
    fs.mkdirSync(path.dirname(COMMAND_LINK), { recursive: true });
    fs.rmSync(COMMAND_LINK, { force: true });
    fs.symlinkSync(COMMAND, COMMAND_LINK);
  }
};

const extension = new StampedStep({
  title: 'Building the JupyterLab extension',
  stamp: path.join(CACHE, 'extension'),
  inputs: [
    'src',
    'style',
    'schema',
    'package.json',
    'tsconfig.json',
    'yarn.lock'
  ],
  outputs: [path.join(LABEXTENSION, 'package.json')],
  action: () => jlpm(['build'])
});

const extensionLink = {
  title: 'Linking the extension into .venv',
  isDone: () =>
    fs.existsSync(LABEXTENSION_LINK) &&
    fs.realpathSync(LABEXTENSION_LINK) === fs.realpathSync(LABEXTENSION),
  run: () =>
    run(venvBin('jupyter-builder'), ['develop', '--overwrite', ROOT], {
      quiet: true
    })
};

const uiTestPackages = new StampedStep({
  title: 'Installing the npm packages of the browser tests',
  stamp: path.join(CACHE, 'ui-tests'),
  inputs: ['ui-tests/package.json', 'ui-tests/yarn.lock', '.yarnrc.yml'],
  outputs: [inRoot('ui-tests', 'node_modules', '@playwright', 'test')],
  action: () =>
    jlpm(['install', '--immutable'], {
      cwd: inRoot('ui-tests'),
      env: { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' }
    })
});

/** Run JupyterLab's yarn, with the registry that npm is set to; quiet unless it fails. */
function jlpm(args, options = {}) {
  const registry = outputOf('npm', ['config', 'get', 'registry']);
  const env = { ...options.env };
  if (registry?.startsWith('https:') && !process.env.YARN_NPM_REGISTRY_SERVER) {
    env.YARN_NPM_REGISTRY_SERVER = registry.replace(/\/$/, '');
  }
  return run(venvBin('jlpm'), args, { ...options, env, quiet: true });
}

/** What is needed to run Python and TypeScript outside JupyterLab. */
export const BASIC_STEPS = [
  virtualEnvironment,
  pythonPackages,
  ownPackages,
  nodePackages,
  commandLine
];

/** What is needed on top to train torch models. */
export const TORCH_STEPS = [torch];

/** What is needed on top to run JupyterLab with the extension. */
export const EXTENSION_STEPS = [extension, extensionLink];

/** What is needed on top to test JupyterLab in a browser. */
export const UI_TEST_STEPS = [uiTestPackages];
