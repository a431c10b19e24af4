/**
 * `palimpsest adapt SCRIPT --task NAME [--out FILE] [--check] [-- ARGUMENTS]`
 */
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  writeFile
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import type { IProgram, IProgramAdaptation } from '../rewrite/adapt/program';
import { ADAPT_TASKS } from '../rewrite/adapt/tasks';
import { checkLists } from './adaptcheck';
import { UsageError } from './errors';

export const ADAPT_USAGE =
  'palimpsest adapt SCRIPT --task NAME [--out FOLDER] [--check] [--project NAME] [-- ARGUMENTS OF THE SCRIPT]';

/** How long a script may run while it is checked, in seconds. */
const TIMEOUT = 3600;

/** Adapt one script, and go through the check list in the real tool where that is wanted. */
export async function adaptCommand(args: string[]): Promise<number> {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      task: { type: 'string' },
      out: { type: 'string' },
      project: { type: 'string' },
      check: { type: 'boolean', default: false }
    }
  });
  if (positionals.length !== 1) {
    throw new UsageError(`Usage: ${ADAPT_USAGE}`);
  }
  const [script] = positionals;
  const program = await programIn(script);
  const task = ADAPT_TASKS[values.task ?? ''];
  if (!task) {
    throw new UsageError(tasksFor(program));
  }
  const project = values.project ?? path.basename(script, '.py');
  const adapted = task.adapt(program, { project });
  adapted.notes.forEach(({ line, message, file }) =>
    console.error(`${file ?? program.script}:${line}: ${message}`)
  );
  if (Object.keys(adapted.files).length === 0) {
    console.error('Nothing was changed.');
    return 1;
  }
  await write(adapted, values.out);
  return values.check
    ? await check(
        script,
        values.task ?? '',
        adapted,
        args.slice(own.length + 1)
      )
    : 0;
}

/** The script with the modules beside it. */
async function programIn(script: string): Promise<IProgram> {
  const folder = path.dirname(path.resolve(script));
  const files: Record<string, string> = {};
  for (const name of await readdir(folder)) {
    if (name.endsWith('.py')) {
      files[name] = await readFile(path.join(folder, name), 'utf8');
    }
  }
  const name = path.basename(script);
  if (!Object.hasOwn(files, name)) {
    throw new UsageError(`There is no script ${script}.`);
  }
  return { script: name, files };
}

function tasksFor(program: IProgram): string {
  const lines = Object.entries(ADAPT_TASKS)
    .filter(([, task]) => task.applies(program))
    .map(([name, { label }]) => `  --task ${name.padEnd(16)} ${label}`);
  return lines.length === 0
    ? 'No task applies to this script.'
    : ['What applies to this script:', ...lines].join('\n');
}

/** Write the adapted files to a folder; without one, show them. */
async function write(
  { files }: IProgramAdaptation,
  folder: string | undefined
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    if (folder === undefined) {
      console.log(Object.keys(files).length > 1 ? `# ${name}\n${text}` : text);
      continue;
    }
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Go through the check list beside a copy of the script's folder. */
async function check(
  script: string,
  task: string,
  adapted: IProgramAdaptation,
  args: readonly string[]
): Promise<number> {
  const scratch = await mkdtemp(path.join(os.tmpdir(), 'palimpsest-adapt-'));
  try {
    const folder = path.join(scratch, 'case');
    const files = path.join(scratch, 'adapted');
    await cp(path.dirname(path.resolve(script)), folder, { recursive: true });
    const described = {
      script: path.basename(script),
      args,
      timeout_s: TIMEOUT
    };
    await writeFile(path.join(folder, 'case.json'), JSON.stringify(described));
    await mkdir(files);
    await write(adapted, files);
    const points = await checkLists(folder, new Map([[task, files]]));
    const found = points.get(task) ?? [];
    found.forEach(({ name, ok, detail }) =>
      console.error(`${ok ? '✓' : '✗'} ${name}: ${detail}`)
    );
    return found.every(({ ok }) => ok) ? 0 : 1;
  } finally {
    await rm(scratch, { recursive: true });
  }
}
