/**
 * `palimpsest verify ORIGINAL OTHER --case case.json [--json]`
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import type { ICompanion } from '../companion/client';
import type * as wire from '../companion/protocol.generated';
import { STAGES, readCase } from './cases';
import type { ICase } from './cases';
import { readCellFile } from './document';
import { UsageError } from './errors';
import { inFile, printVerdict } from './report';
import { spawnCompanion } from './stdio';
import { ProgressLine } from './terminal';

export const VERIFY_USAGE =
  'palimpsest verify ORIGINAL OTHER --case case.json [--mutations N] [--seed N] [--json]';

/** What the shell is told of each verdict; a rewrite that fails does not do the same. */
export const EXIT_CODES = {
  equivalent: 0,
  different: 1,
  undecided: 2
} as const;

/** Run the verifier alone on two versions of a script. */
export async function verifyCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      case: { type: 'string' },
      mutations: { type: 'string' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false }
    }
  });
  if (positionals.length !== 2 || values.case === undefined) {
    throw new UsageError(`Usage: ${VERIFY_USAGE}`);
  }
  const [original, other] = positionals;
  const description = await readCase(values.case);
  const request: wire.IVerifyScriptsRequest = {
    ...(await scriptsOf(original, other)),
    ...stagesOf(description),
    working_directory: workingDirectory(description, original),
    ...numbers({ mutations: values.mutations, seed: values.seed })
  };
  const verdict = await withCompanion(request.working_directory, companion =>
    verifyScripts(companion, request)
  );
  if (values.json) {
    console.log(JSON.stringify(verdict, null, 2));
  } else {
    printVerdict(verdict, {
      original: inFile(original),
      other: inFile(other)
    });
  }
  return exitCode(verdict);
}

/** The exit code of a verdict. */
export function exitCode({ status, error }: wire.IVerdict): number {
  switch (status) {
    case 'equivalent':
      return EXIT_CODES.equivalent;
    case 'different':
      return EXIT_CODES.different;
    case 'failed':
      return error?.side === 'rewritten'
        ? EXIT_CODES.different
        : EXIT_CODES.undecided;
    case 'inconclusive':
      return EXIT_CODES.undecided;
  }
}

/** Compare two versions of a script in a companion, with progress. */
export async function verifyScripts(
  companion: ICompanion,
  request: wire.IVerifyScriptsRequest
): Promise<wire.IVerdict> {
  const progress = new ProgressLine('verifying');
  const verdict = await companion.call('verify.scripts', request, {
    onProgress: ({ detail, done, total }) =>
      progress.show(detail ?? '', done, total)
  });
  progress.end();
  return verdict;
}

/** The stages of a case, as the companion is asked for them. */
export function stagesOf({
  stages,
  sources,
  rowOrderMatters
}: ICase): Pick<
  wire.IVerifyScriptsRequest,
  'stages' | 'sources' | 'row_order_matters'
> {
  return {
    stages: STAGES.flatMap(role => {
      const stage = stages[role];
      return stage
        ? [{ role, output: stage.output, columns: stage.columns ?? [] }]
        : [];
    }),
    sources,
    row_order_matters: rowOrderMatters
  };
}

/** Start a companion in a folder, work with it, and end it. */
export async function withCompanion<T>(
  workspace: string,
  work: (companion: ICompanion) => Promise<T>
): Promise<T> {
  const { companion, close } = spawnCompanion({ workspace });
  try {
    return await work(companion);
  } finally {
    await close();
  }
}

async function scriptsOf(
  original: string,
  other: string
): Promise<{ original: string; other: string }> {
  const [first, second] = await Promise.all(
    [original, other].map(async file => {
      if (!existsSync(file)) {
        throw new UsageError(`There is no file ${file}.`);
      }
      if (!file.endsWith('.ipynb')) {
        return readFile(file, 'utf8');
      }
      const { codeCells } = await readCellFile(file);
      return codeCells.map(({ source }) => source).join('\n\n');
    })
  );
  return { original: first, other: second };
}

/** Where the relative paths of a case start: at the case, or else at the original. */
function workingDirectory(
  { folder, sources }: ICase,
  original: string
): string {
  const places = [folder, path.dirname(path.resolve(original))];
  const found = places.find(place =>
    Object.values(sources).every(file => existsSync(path.join(place, file)))
  );
  return found ?? folder;
}

function numbers(values: { mutations?: string; seed?: string }): {
  mutations?: number;
  seed?: number;
} {
  const found: { mutations?: number; seed?: number } = {};
  for (const [name, text] of Object.entries(values)) {
    if (text !== undefined) {
      if (!/^\d+$/.test(text)) {
        throw new UsageError(`--${name} is '${text}', and should be a number.`);
      }
      found[name as 'mutations' | 'seed'] = Number(text);
    }
  }
  return found;
}
