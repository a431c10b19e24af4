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
  const { passed, stdout, stderr } = await output(python, [
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
  // A check that was ended half-way may have printed nothing but what holds.
  const isTold = [...points.values()].flat().some(({ ok }) => !ok);
  for (const own of points.values()) {
    if (own.length === 0 || (!passed && !isTold)) {
      own.push({ name: 'check', ok: false, detail: lastLine(stderr) });
    }
  }
  return points;
}

/** What Python printed, also when it failed. */
async function output(
  python: string,
  args: readonly string[]
): Promise<{ passed: boolean; stdout: string; stderr: string }> {
  try {
    const printed = await promisify(execFile)(python, args);
    return { passed: true, ...printed };
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    if (stdout === undefined || stderr === undefined) {
      throw error;
    }
    return { passed: false, stdout, stderr };
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
