/**
 * Which files there are in a folder.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** A folder with more is not looked through to its end. */
const MOST = 2000;
const DEPTH = 3;
const SKIPPED = /^(\..*|node_modules|__pycache__)$/;

/** The files in a folder and those below it, with `/` between the parts. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (inside: string, depth: number): Promise<void> => {
    const entries = await readdir(path.join(folder, inside), {
      withFileTypes: true
    });
    for (const entry of entries) {
      const name = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (SKIPPED.test(entry.name) || found.length >= MOST) {
        continue;
      }
      if (entry.isDirectory() && depth < DEPTH) {
        await visit(name, depth + 1);
      } else if (entry.isFile()) {
        found.push(name);
      }
    }
  };
  await visit('', 1);
  return found.sort();
}
