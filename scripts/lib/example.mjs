import fs from 'node:fs';
import path from 'node:path';
import { run } from './commands.mjs';
import { inRoot, venvBin } from './paths.mjs';

/** The folder of the example notebooks. */
export const EXAMPLE = inRoot('examples', 'complaints');

/** The notebook that the demo and the start page open. */
export const EXAMPLE_NOTEBOOK = 'complaints.ipynb';

/** Make the example's data where they are missing. */
export async function ensureExampleData() {
  const files = ['customers.csv', 'mails.csv'];
  if (files.every(file => fs.existsSync(path.join(EXAMPLE, file)))) {
    return;
  }
  console.log('· Generating the data of the example…');
  await run(
    venvBin('python'),
    [path.join(EXAMPLE, 'generate.py'), '--out', EXAMPLE],
    {
      quiet: true
    }
  );
}
