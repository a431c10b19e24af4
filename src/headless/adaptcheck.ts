/**
 * The check lists of adaptations, gone through by `palimpsest.adapt.check` in the real tools.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The Python that has the tools. */
export const TOOLS_PYTHON = process.env.PALIMPSEST_TOOLS_PYTHON ?? 'python3';

/** One point of a check list. */
export interface IPoint {
  name: string;
  ok: boolean;
  detail: string;
}

/**
 * Go through the check lists of tasks; one that broke off ends with a failed point.
 *
 * @param folder - that of the original program, with its `case.json`.
 * @param adapted - the folder of the adapted files, by task.
 */
export async function checkLists(
  folder: string,
  adapted: ReadonlyMap<string, string>,
  python = TOOLS_PYTHON
): Promise<Map<string, IPoint[]>> {
  const pairs = [...adapted].map(([task, files]) => `${task}=${files}`);
  const { stdout, stderr } = await output(python, [
    '-m',
    'palimpsest.adapt.check',
    folder,
    ...pairs
  ]);
  const points = new Map<string, IPoint[]>(
    [...adapted.keys()].map(task => [task, []])
  );
  for (const line of stdout.split('\n').filter(one => one.startsWith('{'))) {
    const { task, ...point } = JSON.parse(line) as IPoint & { task: string };
    points.get(task)?.push(point);
  }
  for (const own of points.values()) {
    if (own.length === 0) {
      own.push({ name: 'check', ok: false, detail: lastLine(stderr) });
    }
  }
  return points;
}

/** What Python printed, also when it failed. */
async function output(
  python: string,
  args: readonly string[]
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await promisify(execFile)(python, args);
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined || stderr === undefined) {
      throw error;
    }
    return { stdout, stderr };
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
