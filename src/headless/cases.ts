/**
 * Cases: what a messy script reads, and where each of its stages leaves its result.
 */
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

import type { Observation, Role } from '../rewrite/interfaces';
import { UsageError } from './errors';

/** Where a stage leaves its result. */
export interface IStage {
  /** A global variable, or a file relative to the folder of the case. */
  output: string;
  /** The names of the columns, where the result itself does not hold them. */
  columns?: string[];
}

/** The content of a `case.json`. */
export interface ICase {
  title: string;
  /** Paths of what is read, relative to the folder of the case, by name. */
  sources: Record<string, string>;
  stages: Partial<Record<Role, IStage>>;
  /** Whether the order of the prepared rows is part of the result. */
  rowOrderMatters: boolean;
  /** The folder of the case. */
  folder: string;
}

/** In the order of a pipeline. */
export const STAGES: readonly Role[] = ['prepare', 'encode', 'label', 'train'];

/** Read a `case.json`, or fail with what is wrong with it. */
export async function readCase(file: string): Promise<ICase> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `The case ${file} cannot be read: ${(error as Error).message}.`
    );
  }
  const problem = problemOf(content);
  if (problem !== null) {
    throw new UsageError(`The case ${file} ${problem}.`);
  }
  const { title, sources, stages, row_order_matters } = content as {
    title?: string;
    sources?: Record<string, string>;
    stages: ICase['stages'];
    row_order_matters?: boolean;
  };
  const folder = path.dirname(path.resolve(file));
  return {
    title: title ?? path.basename(folder),
    sources: sources ?? {},
    stages,
    rowOrderMatters: row_order_matters ?? true,
    folder
  };
}

function problemOf(content: unknown): string | null {
  if (typeof content !== 'object' || content === null) {
    return 'holds no object';
  }
  const { stages } = content as { stages?: unknown };
  if (typeof stages !== 'object' || stages === null) {
    return 'has no `stages`';
  }
  for (const [name, stage] of Object.entries(stages)) {
    if (!STAGES.includes(name as Role)) {
      return `names a stage '${name}'; the stages are ${STAGES.join(', ')}`;
    }
    if (typeof (stage as Partial<IStage> | null)?.output !== 'string') {
      return `does not say the \`output\` of its stage '${name}'`;
    }
  }
  return Object.keys(stages).length === 0 ? 'has no stages' : null;
}

/** The folders of cases in a folder, or that folder when it is one itself. */
export async function caseFolders(root: string): Promise<string[]> {
  if (existsSync(path.join(root, 'case.json'))) {
    return [root];
  }
  if (!existsSync(root)) {
    throw new UsageError(`There is no folder ${root}.`);
  }
  const entries = await readdir(root, { withFileTypes: true });
  const folders = entries
    .filter(entry => entry.isDirectory())
    .map(entry => path.join(root, entry.name))
    .sort();
  const nested = await Promise.all(folders.map(caseFolders));
  return nested.flat();
}

/** Whether an output is a variable; anything else is a file. */
export function isVariable(output: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(output);
}

/** What of the original shows the result of a stage. */
export function observationOf({ output, columns }: IStage): Observation {
  return isVariable(output)
    ? { kind: 'variable', name: output }
    : {
        kind: 'file',
        path: output,
        separator: separatorOf(output),
        columns: columns ?? []
      };
}

function separatorOf(file: string): string {
  return path.extname(file) === '.csv' ? ',' : '\t';
}
