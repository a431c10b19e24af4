/**
 * Rewrites every case of a folder and prints what came of it.
 *
 *     npm run bench:rewrite -- DIR [--model NAME --base-url URL --k 3 --rounds 3] [--json]
 */
import path from 'node:path';
import { parseArgs } from 'node:util';

import { rewriteCase, stageOutcome } from './caserun';
import type { ICaseOutcome, IStageOutcome } from './caserun';
import { caseFolders } from './cases';
import { UsageError } from './errors';
import { modelOptions, MODEL_FLAGS } from './model';
import { table } from './terminal';

const USAGE =
  'Usage: npm run bench:rewrite -- DIR [--only NAME] [--mutations N] [--once] [--json] [--model NAME --base-url URL --k 3 --rounds 3]';

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...MODEL_FLAGS,
      only: { type: 'string' },
      mutations: { type: 'string' },
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false }
    }
  });
  if (positionals.length !== 1) {
    throw new UsageError(USAGE);
  }
  const root = path.resolve(process.env.INIT_CWD ?? '', positionals[0]);
  const folders = (await caseFolders(root)).filter(
    folder => !values.only || path.basename(folder) === values.only
  );
  if (folders.length === 0) {
    throw new UsageError(`There are no case folders under ${root}.`);
  }
  const outcomes: ICaseOutcome[] = [];
  for (const folder of folders) {
    const outcome = await rewriteCase(folder, {
      model: modelOptions(values),
      mutations: values.mutations ? Number(values.mutations) : undefined,
      once: values.once
    });
    outcomes.push(outcome);
    if (!values.json) {
      printCase(outcome);
    }
  }
  if (values.json) {
    console.log(JSON.stringify(outcomes, null, 2));
  } else {
    printSummary(outcomes);
  }
  return outcomes.some(({ stages }) => stages.some(({ wrong }) => wrong))
    ? 1
    : 0;
}

function printCase({ name, title, stages, milliseconds }: ICaseOutcome): void {
  console.log(`\n${name}: ${title} (${(milliseconds / 1000).toFixed(1)} s)`);
  table(
    ['stage', 'outcome', 'by', 'findings', 'lift ms', 'verify ms'],
    stages.map(stage => [
      stage.stage,
      stageOutcome(stage),
      stage.origin ?? '',
      String(stage.findings.length),
      stage.milliseconds.lift.toFixed(0),
      stage.milliseconds.total.toFixed(0)
    ])
  );
  for (const stage of stages) {
    remarksOf(stage).forEach(remark =>
      console.log(`   ${stage.stage}: ${remark}`)
    );
  }
}

function remarksOf(stage: IStageOutcome): string[] {
  return [
    ...stage.findings.map(
      ({ line, message }) => `finding, line ${line}: ${message}`
    ),
    ...(stage.verdict?.status === 'equivalent'
      ? []
      : stage.reasons.length > 0
        ? stage.reasons.slice(0, 2)
        : [stage.verdict?.summary ?? 'no candidate']),
    ...(stage.wrong ? [`WRONG VERDICT: ${stage.wrong}`] : [])
  ];
}

function printSummary(outcomes: readonly ICaseOutcome[]): void {
  const stages = outcomes.flatMap(outcome => outcome.stages);
  const count = (test: (stage: IStageOutcome) => boolean): number =>
    stages.filter(test).length;
  console.log(
    `\nlifted ${count(stage => stage.lifted)}/${stages.length} stages, ` +
      `verified ${count(({ verdict }) => verdict?.status === 'equivalent')}, ` +
      `wrong verdicts ${count(({ wrong }) => wrong !== null)}`
  );
}

main().then(
  code => {
    process.exitCode = code;
  },
  error => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = 2;
  }
);
