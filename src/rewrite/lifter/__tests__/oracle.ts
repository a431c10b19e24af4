/**
 * Runs original and lifted cells with real Python and plain pandas.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

import type { ICodeCell, Observation, Role } from '../../interfaces';
import { lift } from '../index';

/** The repository's own Python, which has pandas and scikit-learn. */
const PYTHON = path.resolve(
  __dirname,
  ...Array<string>(4).fill('..'),
  '.venv/bin/python'
);

/** Whether there is a Python to compare with. */
export const hasPython = existsSync(PYTHON);

export interface ICase {
  files: Record<string, string>;
  /** Sources of the original cells. */
  original: string[];
  lifted: string[];
  role: Role;
  observation: Observation;
  /** Compare what is printed, too. */
  printed?: boolean;
}

export interface IOutcome {
  same: boolean;
  /** Whether both raised. */
  failed: boolean;
  detail: string | null;
}

/** Run cases, all in one process. */
export function compare(cases: readonly ICase[]): IOutcome[] {
  const { status, stdout, stderr } = spawnSync(
    PYTHON,
    [path.join(__dirname, 'oracle.py')],
    {
      input: JSON.stringify(cases),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, OMP_NUM_THREADS: '1' }
    }
  );
  if (status !== 0) {
    throw new Error(`The oracle failed: ${stderr}`);
  }
  return JSON.parse(stdout) as IOutcome[];
}

/** Cells from sources, called `c1`, `c2`, ... */
export function cellsOf(...sources: string[]): ICodeCell[] {
  return sources.map((source, at) => ({ id: `c${at + 1}`, source }));
}

/** The case of the last lifted cell of a notebook; throws when it is refused. */
export function caseOf(
  sources: string[],
  cellId: string,
  files: Record<string, string>
): ICase {
  const cells = cellsOf(...sources);
  const { candidate, refusals } = lift(cells, cellId);
  if (!candidate?.observation) {
    throw new Error(`Refused: ${JSON.stringify(refusals)}`);
  }
  const upTo = cells.findIndex(cell => cell.id === cellId);
  const lifted = cells
    .slice(0, upTo + 1)
    .map(cell =>
      cell.id === cellId
        ? candidate.code
        : (candidate.prerequisites[cell.id]?.code ?? cell.source)
    );
  return {
    files,
    original: sources.slice(0, upTo + 1),
    lifted,
    role: candidate.role,
    observation: candidate.observation
  };
}
