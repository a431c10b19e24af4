/**
 * The main job on the example notebook, without a browser: rewrite by rules,
 * verify, run under capture, trace, forget, prove. Every figure is computed here.
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { CompanionError } from '../companion/client';
import { CompanionVerifier } from '../companion/verifier';
import type { IProof, IReceipt } from '../companion/protocol.generated';
import { NotebookFile } from './notebook';
import { type ICellOutcome, rewriteNotebook } from './rewriting';
import { spawnCompanion } from './stdio';
import { Story } from './story';
import { duration, heading, table } from './terminal';

const EXAMPLE = path.join('examples', 'complaints');
const OUTPUT = path.join(EXAMPLE, 'demo');
const INPUTS = [
  'complaints.ipynb',
  'textmodels.py',
  'customers.csv',
  'mails.csv'
];

async function main(): Promise<number> {
  await rm(OUTPUT, { recursive: true, force: true });
  await mkdir(OUTPUT, { recursive: true });
  for (const name of INPUTS) {
    await cp(path.join(EXAMPLE, name), path.join(OUTPUT, name));
  }
  const outcomes = await rewriteExample();
  const { receipts, proof } = await runAndForget();
  return conclude(outcomes, receipts, proof);
}

async function rewriteExample(): Promise<ICellOutcome[]> {
  heading('Rewrite the messy cells by rules, verify each against the original');
  const notebook = await NotebookFile.read(
    path.join(OUTPUT, 'complaints.ipynb')
  );
  const { companion, close } = spawnCompanion({ workspace: OUTPUT });
  try {
    const outcomes = await rewriteNotebook(notebook, {
      path: 'complaints.ipynb',
      verifier: new CompanionVerifier(() => Promise.resolve(companion))
    });
    outcomes.forEach(report);
    await notebook.write(path.join(OUTPUT, 'rewritten.ipynb'));
    return outcomes;
  } finally {
    await close();
  }
}

function report(outcome: ICellOutcome): void {
  const { cellId, verdict, accepted, findings, reasons } = outcome;
  const summary = verdict?.summary ?? 'no candidate';
  console.log(`   ${accepted ? '✓' : '✗'} cell '${cellId}': ${summary}`);
  for (const { line, message } of findings) {
    console.log(`       finding, line ${line}: ${message}`);
  }
  reasons.forEach(reason => console.log(`       ${reason}`));
}

async function runAndForget(): Promise<{
  receipts: IReceipt[];
  proof: IProof;
}> {
  heading('Run the rewritten pipeline under provenance capture');
  const started = Date.now();
  const { companion, close } = spawnCompanion({
    workspace: OUTPUT,
    notebook: path.join(OUTPUT, 'rewritten.ipynb')
  });
  try {
    const { runs } = await companion.call('runs.list', {});
    if (runs.length === 0) {
      throw new Error('The rewritten notebook made no run.');
    }
    const story = new Story(companion, runs[0]);
    const plan = await story.plan();
    console.log(
      `   ${plan.nodes.length} operations, ${story.run.training_rows} training rows, ` +
        `${story.run.feature_columns} feature columns, ${story.run.model}, in ${duration((Date.now() - started) / 1000)}`
    );
    return await trace(story);
  } finally {
    await close();
  }
}

async function trace(
  story: Story
): Promise<{ receipts: IReceipt[]; proof: IProof }> {
  heading('Trace: what did a customer reach?');
  const { emails, rows } = await story.leaksOfFirstCustomers();
  if (emails.length === 0) {
    throw new Error('No leaked card number reached the training table.');
  }
  const customer = emails[0];
  const byEmail = {
    kind: 'keys' as const,
    column: 'email',
    values: [customer]
  };
  const reach = await story.reach('mails', byEmail);
  console.log(
    `   ${reach.records} mails of ${customer} reached ${reach.training_rows} training rows ` +
      `(${reach.in_training_split} in the training split) and ${reach.cells} matrix cells:`
  );
  for (const slice of reach.feature_columns) {
    console.log(
      `     ${slice.transformer}: feature columns ${slice.start} to ${slice.stop - 1}`
    );
  }
  heading(
    'Forget: five customers’ leaked subjects, and one customer altogether'
  );
  const receipts = [
    await story.forget('mails', { kind: 'rows', rows }, 'erase', ['subject']),
    await story.forget('mails', byEmail, 'delete'),
    await story.forget('customers', byEmail, 'delete')
  ];
  receipts.forEach(tell);
  heading('Prove: the same pipeline, run again on the changed sources');
  const proof = await story.prove();
  console.log(
    `   rows missing ${proof.rows_missing}, extra ${proof.rows_extra}; ` +
      `largest distance: matrix ${proof.matrix_distance.toExponential(1)}, ` +
      `statistics ${proof.statistics_distance.toExponential(1)}, ` +
      `model parameters ${proof.parameter_distance.toExponential(1)}; ` +
      `predictions that differ: ${(100 * proof.prediction_disagreement).toFixed(2)} %`
  );
  return { receipts, proof };
}

function tell(receipt: IReceipt): void {
  const what =
    receipt.action === 'erase'
      ? `erased ${receipt.columns.join(', ')} of`
      : 'deleted';
  console.log(
    `   ${what} ${receipt.records} ${receipt.source}: training rows ` +
      `${receipt.training_rows_removed} removed, ${receipt.training_rows_changed} changed, ` +
      `${receipt.training_rows_added} added`
  );
  for (const { artifact, strategy, guarantee } of receipt.artifacts) {
    console.log(`     ${artifact}: ${strategy}; ${guarantee}`);
  }
}

async function conclude(
  outcomes: readonly ICellOutcome[],
  receipts: readonly IReceipt[],
  proof: IProof
): Promise<number> {
  const receiptPath = path.join(OUTPUT, 'receipt.json');
  await writeFile(
    receiptPath,
    JSON.stringify({ receipts, proof }, null, 2) + '\n'
  );
  heading('Receipt');
  console.log(JSON.stringify(receipts.at(-1), null, 2).replace(/^/gm, '   '));
  heading('Re-run vs forget');
  const forget = receipts.reduce((sum, { seconds }) => sum + seconds, 0);
  const ratio = proof.rerun_seconds / forget;
  table(
    ['what', 'time', 'ratio'],
    [
      ...receipts.map(receipt => [
        `${receipt.action} ${receipt.records} ${receipt.source}`,
        duration(receipt.seconds),
        ''
      ]),
      ['forget, all of it', duration(forget), '1 x'],
      ['re-run', duration(proof.rerun_seconds), `${ratio.toFixed(1)} x`]
    ]
  );
  console.log(`
   run file            ${path.join(OUTPUT, '.palimpsest')}
   rewritten notebook  ${path.join(OUTPUT, 'rewritten.ipynb')}
   receipt             ${receiptPath}
`);
  const rewritten = outcomes.filter(outcome => outcome.accepted).length;
  const verified = outcomes.filter(
    ({ verdict }) => verdict?.status === 'equivalent'
  ).length;
  console.log(
    `rewritten ${rewritten}/${outcomes.length} cells, verified ${verified}, ` +
      `state equals re-run: ${proof.equal ? 'yes' : 'no'}, ` +
      `re-run/forget ${ratio.toFixed(1)} x`
  );
  return rewritten === outcomes.length && proof.equal ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CompanionError)) {
    throw error;
  }
  console.error(`✗ ${error.message} ${error.hint ?? ''}`);
  process.exitCode = 1;
}
