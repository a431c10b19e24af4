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
import type { ICodeCell, Observation, Role } from '../rewrite/interfaces';
import { signalsOf } from '../rewrite/tasks/signals';
import { STAGES } from './cases';
import { readCellFile } from './document';
import type { ICellFile } from './document';
import { UsageError } from './errors';
import { MODEL_FLAGS, modelOf, modelOptions } from './model';
import { printVerdict } from './report';
import type { Place } from './report';
import { rewriteNotebook } from './rewriting';
import type { ICellOutcome } from './rewriting';
import { table } from './terminal';
import { verifyScripts, withCompanion } from './verifycommand';

export const REWRITE_USAGE =
  'palimpsest rewrite NOTEBOOK_OR_SCRIPT [--out FILE] [--json] [--model NAME --base-url URL --k 3 --rounds 3]';

/** Each cell was compared on many inputs already; now it is how they go together. */
const WHOLE_MUTATIONS = 12;

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
  const { outcomes, whole } = await withCompanion(folder, async companion => {
    const outcomes = await rewriteNotebook(file, {
      path: path.basename(source),
      verifier: new CompanionVerifier(() => Promise.resolve(companion), {
        workingDirectory: folder
      }),
      model: modelOf(modelOptions(values), companion)
    });
    return {
      outcomes,
      whole: await verifyWhole(companion, file, outcomes, folder)
    };
  });
  if (values.out !== undefined) {
    await file.write(values.out);
  }
  if (values.json) {
    const cells = outcomes.map(outcome => ({ ...outcome }));
    console.log(JSON.stringify({ cells, whole, out: values.out }, null, 2));
  } else {
    print(outcomes, whole, file);
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
  file: ICellFile,
  outcomes: readonly ICellOutcome[],
  folder: string
): Promise<wire.IVerdict | null> {
  const cells = file.codeCells;
  const stages = STAGES.flatMap(role => {
    const cell = cells.find(each => each.role === role);
    const outcome = outcomes.find(each => each.cellId === cell?.id);
    return outcome?.observation ? [stageOf(role, outcome.observation)] : [];
  });
  if (stages.length === 0) {
    return null;
  }
  const { original, other } = versionsOf(cells);
  return verifyScripts(companion, {
    original: original.text,
    other: other.text,
    stages,
    row_order_matters: false,
    working_directory: folder,
    mutations: WHOLE_MUTATIONS
  });
}

function stageOf(role: Role, observation: Observation): wire.IStageOutput {
  return observation.kind === 'file'
    ? { role, output: observation.path, columns: observation.columns }
    : { role, output: observation.name, columns: [] };
}

/** All cells as they were, and as they are now, each as one script. */
function versionsOf(cells: readonly ICodeCell[]): {
  original: JoinedCells;
  other: JoinedCells;
} {
  return {
    original: new JoinedCells(
      cells,
      cell => cell.originalSource ?? cell.source
    ),
    other: new JoinedCells(
      cells.filter(cell => !needsLost(cell, cells)),
      cell => cell.source
    )
  };
}

/** Cells as one script that knows where each of its lines comes from. */
class JoinedCells {
  constructor(
    cells: readonly ICodeCell[],
    source: (cell: ICodeCell) => string
  ) {
    for (const cell of cells) {
      const lines = [...source(cell).split('\n'), ''];
      lines.forEach((_, index) =>
        this._places.push(`cell '${cell.id}', line ${index + 1}`)
      );
      this._lines.push(...lines);
    }
  }

  get text(): string {
    return this._lines.join('\n');
  }

  /** Places in the cells, by the lines of the script. */
  place(name: string): Place {
    return line =>
      line === null ? name : `${this._places[line - 1] ?? name} of ${name}`;
  }

  private readonly _lines: string[] = [];
  private readonly _places: string[] = [];
}

/**
 * An unchanged cell after the first rewritten one may need what that no longer
 * leaves; one that only defines something needs nothing.
 */
function needsLost(cell: ICodeCell, cells: readonly ICodeCell[]): boolean {
  const first = cells.findIndex(each => each.role !== undefined);
  return (
    cell.role === undefined &&
    cells.indexOf(cell) > first &&
    first >= 0 &&
    signalsOf(cell.source) !== null
  );
}

function print(
  outcomes: readonly ICellOutcome[],
  whole: wire.IVerdict | null,
  file: ICellFile
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
  if (whole) {
    const { original, other } = versionsOf(file.codeCells);
    printVerdict(whole, {
      original: original.place('the original'),
      other: other.place('the rewrite')
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
