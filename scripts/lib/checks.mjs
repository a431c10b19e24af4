import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findChromium } from './chromium.mjs';
import { runForCode } from './commands.mjs';
import { CACHE, ROOT, inRoot, venvBin } from './paths.mjs';
import { freePort } from './ports.mjs';
import { readJest, readPlaywright, readPytest } from './reports.mjs';

/**
 * Everything that `npm test` checks, in order: `name` for --only and --skip,
 * `run(extra, output)` that resolves to `{ ok, counts? }`, where `counts` are
 * those of a test runner and `output` takes what it prints when that is to be
 * shown later, `needs` on top of the basic set-up, and `beside`: runs while the
 * others do, one after the other.
 */

function tool(name) {
  return inRoot('node_modules', '.bin', name);
}

/** A check that is one or more commands, all of which have to succeed. */
function commands(name, ...list) {
  return {
    name,
    run: async extra => {
      let ok = true;
      for (const [command, args, options] of list) {
        ok =
          (await runForCode(command, [...args, ...extra], options)) === 0 && ok;
      }
      return { ok };
    }
  };
}

/** A test runner that leaves a report; no report means that it broke down. */
async function runTests(command, args, { report, read, ...options }) {
  fs.rmSync(report, { force: true });
  fs.mkdirSync(path.dirname(report), { recursive: true });
  const code = await runForCode(command, args, options);
  const counts = read(report) ?? { passed: 0, failed: 1, skipped: 0 };
  return { ok: code === 0 && counts.failed === 0, counts };
}

function pytest(name, cwd, options = [], env = {}) {
  const report = path.join(CACHE, 'reports', `${name}.xml`);
  return {
    name,
    run: extra =>
      runTests(
        venvBin('python'),
        ['-m', 'pytest', '-q', `--junitxml=${report}`, ...options, ...extra],
        { report, read: readPytest, cwd, env }
      )
  };
}

const jest = {
  name: 'jest',
  run: extra => {
    const report = path.join(CACHE, 'reports', 'jest.json');
    const args = ['--json', `--outputFile=${report}`, ...extra];
    return runTests(tool('jest'), args, { report, read: readJest });
  }
};

const galata = {
  name: 'galata',
  needs: { extension: true, uiTests: true },
  beside: true, // much of its time it waits for a kernel or the browser
  run: async (extra, output) => {
    const report = path.join(CACHE, 'reports', 'galata.json');
    return runTests(
      inRoot('ui-tests', 'node_modules', '.bin', 'playwright'),
      ['test', '--reporter=list,json', ...extra],
      {
        report,
        read: readPlaywright,
        output,
        cwd: inRoot('ui-tests'),
        env: {
          PALIMPSEST_UI_PORT: String(await freePort()),
          PALIMPSEST_ENDPOINT_PORT: String(await freePort()),
          PALIMPSEST_CHROMIUM: findChromium(),
          PLAYWRIGHT_JSON_OUTPUT_FILE: report
        }
      }
    );
  }
};

const COMPANION = { cwd: inRoot('python_companion') };

/** One process a core, each with the tests of whole files and one thread for its arithmetic. */
const IN_PARALLEL = [
  ['-n', String(os.availableParallelism()), '--dist', 'loadfile'],
  { OMP_NUM_THREADS: '1' }
];

export const CHECKS = [
  commands('prettier', [
    tool('prettier'),
    [
      '--check',
      '--log-level=warn',
      '**/*{.ts,.tsx,.js,.jsx,.mjs,.css,.json,.md}'
    ]
  ]),
  commands('eslint', [tool('eslint'), ['.', '--cache', '--max-warnings=0']]),
  commands('stylelint', [tool('stylelint'), ['--cache', 'style/**/*.css']]),
  commands('types', [tool('tsc'), ['-p', 'tsconfig.test.json', '--noEmit']]),
  commands('protocol', [
    venvBin('python'),
    ['-m', 'palimpsest.protocol.generate', '--check']
  ]),
  commands(
    'ruff',
    [venvBin('ruff'), ['check', '--quiet', '.']],
    [venvBin('ruff'), ['format', '--check', '--quiet', '.']]
  ),
  commands(
    'mypy',
    [venvBin('mypy'), ['--no-error-summary']],
    [venvBin('mypy'), ['--no-error-summary'], COMPANION]
  ),
  jest,
  pytest('pytest-server', ROOT),
  {
    ...pytest('pytest-companion', COMPANION.cwd, ...IN_PARALLEL),
    needs: { torch: true }
  },
  galata
];
