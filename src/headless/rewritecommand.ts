/**
 * `palimpsest rewrite NOTEBOOK_OR_SCRIPT [--out FILE] [--json]`
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import type { ICompanion } from '../companion/client';
import type * as wire from '../companion/protocol.generated';
import { CompanionVerifier } from '../companion/verifier';
import { CONTRACT_FUNCTION } from '../rewrite/interfaces';
import type { Role } from '../rewrite/interfaces';
import { WHOLE_MUTATIONS, wholeComparison } from '../rewrite/whole';
import type { IComparison, JoinedCells } from '../rewrite/whole';
import { readCellFile } from './document';
import type { ICellFile } from './document';
import { UsageError } from './errors';
import { filesBelow } from './folder';
import { MODEL_FLAGS, modelOf, modelOptions } from './model';
import { printVerdict } from './report';
import type { Place } from './report';
import { rewriteNotebook } from './rewriting';
import type { ICellOutcome } from './rewriting';
import { table } from './terminal';
import { verifyScripts, withCompanion } from './verifycommand';

export const REWRITE_USAGE =
  'palimpsest rewrite NOTEBOOK_OR_SCRIPT [--out FILE] [--json] [--model NAME --base-url URL --k 3 --rounds 3]';

/** Rewrite one file, cell by cell, and compare it as a whole. */
export async function rewriteCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...MODEL_FLAGS,
      out: { type: 'string' },
      json: { type: 'boolean', default: false }
    }
  });
  if (positionals.length !== 1) {
    throw new UsageError(`Usage: ${REWRITE_USAGE}`);
  }
  const source = path.resolve(positionals[0]);
  if (!existsSync(source)) {
    throw new UsageError(`There is no file ${positionals[0]}.`);
  }
  const file = await readCellFile(source);
  const folder = path.dirname(source);
  const { outcomes, comparison, whole } = await withCompanion(
    folder,
    async companion => {
      const outcomes = await rewriteNotebook(file, {
        path: path.basename(source),
        files: await filesBelow(folder),
        verifier: new CompanionVerifier(() => Promise.resolve(companion), {
          workingDirectory: folder
        }),
        model: modelOf(modelOptions(values), companion)
      });
      const comparison = comparisonOf(file, outcomes);
      return {
        outcomes,
        comparison,
        whole: comparison && (await verifyWhole(companion, comparison, folder))
      };
    }
  );
  if (values.out !== undefined) {
    await file.write(values.out);
  }
  if (values.json) {
    const cells = outcomes.map(outcome => ({ ...outcome }));
    console.log(JSON.stringify({ cells, whole, out: values.out }, null, 2));
  } else {
    print(outcomes, whole, comparison);
    if (values.out !== undefined) {
      console.log(`\n  The rewritten file: ${values.out}`);
    }
  }
  const verified = outcomes.length > 0 && outcomes.every(each => each.accepted);
  return verified && whole?.status === 'equivalent' ? 0 : 1;
}

/**
 * The final verdict, from raw files to X, y and predictions: all cells as they
 * were, beside all cells as they are now.
 */
async function verifyWhole(
  companion: ICompanion,
  comparison: IComparison,
  folder: string
): Promise<wire.IVerdict> {
  return verifyScripts(companion, {
    original: comparison.original.text,
    other: comparison.other.text,
    stages: comparison.stages,
    row_order_matters: false,
    working_directory: folder,
    mutations: WHOLE_MUTATIONS
  });
}

function comparisonOf(
  file: ICellFile,
  outcomes: readonly ICellOutcome[]
): IComparison | null {
  const observed = outcomes.flatMap(({ cellId, observation }) =>
    observation ? [[cellId, observation] as const] : []
  );
  return wholeComparison(file.codeCells, new Map(observed));
}

/** Names a line of a version by its cell. */
function placeIn(cells: JoinedCells, name: string): Place {
  return line => {
    const place = line === null ? null : cells.place(line);
    return place
      ? `cell '${place.cellId}', line ${place.line} of ${name}`
      : name;
  };
}

function print(
  outcomes: readonly ICellOutcome[],
  whole: wire.IVerdict | null,
  comparison: IComparison | null
): void {
  table(
    ['cell', 'task', 'outcome', 'findings', 'lift ms', 'verify ms'],
    outcomes.map(outcome => [
      outcome.cellId,
      CONTRACT_FUNCTION[outcome.task as Role] ?? outcome.task,
      outcomeOf(outcome),
      String(outcome.findings.length),
      outcome.milliseconds.lift.toFixed(0),
      outcome.milliseconds.total.toFixed(0)
    ])
  );
  for (const { cellId, findings, reasons, verdict } of outcomes) {
    findings.forEach(({ line, message }) =>
      console.log(`   ${cellId}: finding, line ${line}: ${message}`)
    );
    if (verdict && verdict.status !== 'equivalent') {
      console.log(`   ${cellId}: ${verdict.summary}`);
    }
    reasons.forEach(reason => console.log(`   ${cellId}: ${reason}`));
  }
  console.log('');
  if (whole && comparison) {
    printVerdict(whole, {
      original: placeIn(comparison.original, 'the original'),
      other: placeIn(comparison.other, 'the rewrite')
    });
  } else {
    console.log('? nothing was rewritten, so there is nothing to compare');
  }
}

function outcomeOf({ lifted, origin, verdict }: ICellOutcome): string {
  if (verdict === null) {
    return lifted ? 'lifted, not verified' : 'refused';
  }
  const made = origin === 'model' ? 'written' : 'lifted';
  const judged = verdict.status === 'equivalent' ? 'verified' : verdict.status;
  return `${made}, ${judged}`;
}
