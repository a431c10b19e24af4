/**
 * Adapts every case of a folder for every task, and checks the results in the real tools.
 *
 *     npm run bench:inline -- DIR [--tasks track-mlflow,...] [--only NAME,...] [--keep FOLDER]
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { withAdapted } from '../rewrite/adapt/program';
import { ADAPT_TASKS } from '../rewrite/adapt/tasks';
import { SyntaxProblem } from '../rewrite/lifter/celltext';
import { type IPoint, checkLists } from './adaptcheck';
import { UsageError } from './errors';
import { type IInlineCase, caseFolders, readInlineCase } from './inlinecases';
import { type ICell, passRates } from './inlinereport';
import { table } from './terminal';

const USAGE =
  'Usage: npm run bench:inline -- DIR [--tasks track-mlflow,...] [--only NAME,...] [--keep FOLDER]';

/** How many trials a study has here: enough to see that it searches. */
const TRIALS = 6;

/** The points of each task. */
type Points = Map<string, IPoint[]>;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tasks: { type: 'string' },
      only: { type: 'string' },
      keep: { type: 'string' }
    }
  });
  if (positionals.length !== 1) {
    throw new UsageError(USAGE);
  }
  const here = process.env.INIT_CWD ?? '';
  const root = path.resolve(here, positionals[0]);
  const tasks = wantedTasks(values.tasks);
  const only = values.only?.split(',');
  const keep = values.keep ? path.resolve(here, values.keep) : null;
  const cells: ICell[] = [];
  for (const folder of await caseFolders(root)) {
    if (!only || only.includes(path.basename(folder))) {
      cells.push(
        ...(await adaptCase(await readInlineCase(folder), tasks, keep))
      );
    }
  }
  const { header, rows } = passRates(cells);
  console.log('');
  table(header, rows);
  const passed = cells.filter(cell => cell.passed).length;
  console.log(`\npassed ${passed}/${cells.length}`);
  return passed === cells.length ? 0 : 1;
}

function wantedTasks(given: string | undefined): string[] {
  const known = Object.keys(ADAPT_TASKS);
  const wanted = given?.split(',') ?? known;
  const unknown = wanted.find(task => !known.includes(task));
  if (unknown !== undefined) {
    throw new UsageError(
      `There is no task '${unknown}'. The tasks are: ${known.join(', ')}.`
    );
  }
  return wanted;
}

/** Adapt a case for each of its tasks, then check them all. */
async function adaptCase(
  given: IInlineCase,
  wanted: readonly string[],
  keep: string | null
): Promise<ICell[]> {
  const tasks = given.tasks.filter(task => wanted.includes(task));
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'palimpsest-inline-'));
  try {
    const points: Points = new Map();
    for (const task of tasks) {
      points.set(task, await adapt(given, task, path.join(scratch, task)));
    }
    if (keep) {
      await cp(scratch, path.join(keep, given.name), { recursive: true });
    }
    const ready = tasks.filter(task => !failure(points.get(task)));
    if (ready.length > 0) {
      await check(given.folder, ready, scratch, points);
    }
    return tasks.map(task => cellOf(given, task, points.get(task) ?? []));
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function cellOf(
  { name, framework }: IInlineCase,
  task: string,
  points: readonly IPoint[]
): ICell {
  const failed = failure(points);
  const detail = failed
    ? `${failed.name}: ${failed.detail}`
    : points.map(point => `${point.name} ${point.detail}`).join(', ');
  console.log(`${failed ? '✗' : '✓'} ${name} ${task}  ${detail}`);
  return { name, framework, task, passed: failed === undefined, detail };
}

function failure(points: readonly IPoint[] = []): IPoint | undefined {
  return points.find(({ ok }) => !ok);
}

/** Write the adapted files to a folder; says what is wrong with them before they run. */
async function adapt(
  { name, program }: IInlineCase,
  task: string,
  folder: string
): Promise<IPoint[]> {
  await mkdir(folder);
  const options = { project: name, trials: TRIALS };
  try {
    const adapted = ADAPT_TASKS[task].adapt(program, options);
    for (const [file, text] of Object.entries(adapted.files)) {
      await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
      await writeFile(path.join(folder, file), text);
    }
    if (Object.keys(adapted.files).length === 0) {
      const [note] = adapted.notes;
      const detail = note?.message ?? 'nothing was changed';
      return [{ name: 'adapted', ok: false, detail }];
    }
    const again = ADAPT_TASKS[task].adapt(
      withAdapted(program, adapted),
      options
    );
    const [changed] = Object.keys(again.files);
    const detail = changed ? `adapting twice changes ${changed}` : 'yes';
    return [{ name: 'stable', ok: changed === undefined, detail }];
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) {
      throw error;
    }
    return [{ name: 'adapted', ok: false, detail: error.message }];
  }
}

/** Add the check lists of tasks to their points. */
async function check(
  folder: string,
  tasks: readonly string[],
  scratch: string,
  points: Points
): Promise<void> {
  const adapted = new Map(
    tasks.map(task => [task, path.join(scratch, task)] as const)
  );
  for (const [task, found] of await checkLists(folder, adapted)) {
    points.get(task)?.push(...found);
  }
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
