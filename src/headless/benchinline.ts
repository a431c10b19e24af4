/**
 * Adapts every case of a folder for every task, and checks the result in the real tool.
 *
 *     npm run bench:inline -- DIR [--tasks track-mlflow,...] [--only NAME]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';

import { DIALECTS } from '../rewrite/adapt/dialects';
import { track } from '../rewrite/adapt/track';
import { UsageError } from './errors';
import { table } from './terminal';

const USAGE =
  'Usage: npm run bench:inline -- DIR [--tasks track-mlflow,...] [--only NAME]';

/** The Python that has the tools. */
const PYTHON = process.env.PALIMPSEST_TOOLS_PYTHON ?? 'python3';

/** One point of a check list, as `palimpsest.adapt.check` prints it. */
interface IPoint {
  name: string;
  ok: boolean;
  detail: string;
}

/** What came of one case and task. */
interface ICell {
  name: string;
  framework: string;
  task: string;
  passed: boolean;
  detail: string;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tasks: { type: 'string' }, only: { type: 'string' } }
  });
  if (positionals.length !== 1) {
    throw new UsageError(USAGE);
  }
  const root = path.resolve(process.env.INIT_CWD ?? '', positionals[0]);
  const wanted = values.tasks?.split(',') ?? Object.keys(DIALECTS);
  const unknown = wanted.filter(task => !(task in DIALECTS));
  if (unknown.length > 0) {
    throw new UsageError(
      `There is no task '${unknown[0]}' yet. The tasks are: ${Object.keys(DIALECTS).join(', ')}.`
    );
  }
  const cells: ICell[] = [];
  for (const name of (await readdir(root)).sort()) {
    if (!values.only || values.only === name) {
      cells.push(...(await adaptCase(path.join(root, name), wanted)));
    }
  }
  summarise(cells);
  return cells.every(({ passed }) => passed) ? 0 : 1;
}

async function adaptCase(
  folder: string,
  tasks: readonly string[]
): Promise<ICell[]> {
  const described = JSON.parse(
    await readFile(path.join(folder, 'case.json'), 'utf8')
  );
  const source = await readFile(path.join(folder, described.script), 'utf8');
  const cells: ICell[] = [];
  for (const task of tasks) {
    if (!described.tasks.includes(task)) {
      continue;
    }
    const points = await adaptAndCheck(folder, source, task);
    const failed = points.find(({ ok }) => !ok);
    const cell = {
      name: path.basename(folder),
      framework: String(described.framework),
      task,
      passed: failed === undefined,
      detail: failed
        ? `${failed.name}: ${failed.detail}`
        : points.map(({ name, detail }) => `${name} ${detail}`).join(', ')
    };
    console.log(
      `${cell.passed ? '✓' : '✗'} ${cell.name} ${task}  ${cell.detail}`
    );
    cells.push(cell);
  }
  return cells;
}

async function adaptAndCheck(
  folder: string,
  source: string,
  task: string
): Promise<IPoint[]> {
  const options = { project: path.basename(folder) };
  const { code } = track(source, DIALECTS[task], options);
  const again = track(code, DIALECTS[task], options);
  if (again.changed) {
    return [{ name: 'stable', ok: false, detail: 'adapting twice changes it' }];
  }
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'palimpsest-inline-'));
  try {
    const adapted = path.join(scratch, 'adapted.py');
    await writeFile(adapted, code);
    return await check(folder, adapted, task);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** Run the check list; a check that could not be made is a failed point. */
async function check(
  folder: string,
  adapted: string,
  task: string
): Promise<IPoint[]> {
  const args = ['-m', 'palimpsest.adapt.check', folder, adapted];
  try {
    const { stdout } = await promisify(execFile)(PYTHON, [
      ...args,
      '--task',
      task
    ]);
    return pointsOf(stdout);
  } catch (error) {
    const { stdout = '', stderr = String(error) } = error as {
      stdout?: string;
      stderr?: string;
    };
    const points = pointsOf(stdout);
    return points.some(({ ok }) => !ok)
      ? points
      : [{ name: 'check', ok: false, detail: stderr.trim() }];
  }
}

function pointsOf(stdout: string): IPoint[] {
  return stdout
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line));
}

function summarise(cells: readonly ICell[]): void {
  const groups = new Map<string, ICell[]>();
  for (const cell of cells) {
    const key = `${cell.task} · ${cell.framework}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  console.log('');
  table(
    ['task · framework', 'passed', 'of'],
    [...groups].map(([key, group]) => [
      key,
      String(group.filter(({ passed }) => passed).length),
      String(group.length)
    ])
  );
  const passed = cells.filter(cell => cell.passed).length;
  console.log(`\npassed ${passed}/${cells.length}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 2;
}
