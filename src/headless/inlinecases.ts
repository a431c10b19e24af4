/**
 * Cases for adaptations: folders with a training program and how it is run.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import type { IProgram } from '../rewrite/adapt/program';

/** A training program and the tasks that apply to it. */
export interface IInlineCase {
  name: string;
  folder: string;
  framework: string;
  tasks: readonly string[];
  program: IProgram;
}

/** Read the case of a folder. */
export async function readInlineCase(folder: string): Promise<IInlineCase> {
  const described = JSON.parse(
    await readFile(path.join(folder, 'case.json'), 'utf8')
  );
  const script = String(described.script);
  const paths = described.multi_file ? await pythonFiles(folder) : [script];
  const files: Record<string, string> = {};
  for (const file of paths) {
    files[file] = await readFile(path.join(folder, file), 'utf8');
  }
  return {
    name: path.basename(folder),
    folder,
    framework: String(described.framework),
    tasks: described.tasks,
    program: { script, files }
  };
}

/** The folders of a folder that hold a case, in the order of their names. */
export async function caseFolders(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true });
  return entries
    .filter(entry => path.basename(entry) === 'case.json')
    .map(entry => path.join(root, path.dirname(entry)))
    .sort();
}

async function pythonFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter(entry => entry.endsWith('.py')).sort();
}
