/**
 * The example, small, in the folder of a test.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type IJupyterLabPageFixture, expect } from '@jupyterlab/galata';

const ROOT = path.resolve(__dirname, '../..');
const EXAMPLE = path.join(ROOT, 'examples/complaints');
const PYTHON = path.join(ROOT, '.venv/bin/python');

/** Customers in the tests' data: few, so that a verification takes seconds. */
const CUSTOMERS = '300';

/** With this seed several leaked card numbers reach the training table. */
const SEED = '3';

let data: string | null = null;

/** Generated once for all tests. */
function generated(): string {
  if (data === null) {
    data = fs.mkdtempSync(path.join(os.tmpdir(), 'palimpsest-example-'));
    execFileSync(PYTHON, [
      path.join(EXAMPLE, 'generate.py'),
      '--customers',
      CUSTOMERS,
      '--seed',
      SEED,
      '--out',
      data
    ]);
  }
  return data;
}

/** Put the example into the folder of the test and open a notebook of it. */
export async function openExample(
  page: IJupyterLabPageFixture,
  folder: string,
  notebook = 'complaints.ipynb'
): Promise<void> {
  const files = [
    path.join(EXAMPLE, notebook),
    path.join(EXAMPLE, 'textmodels.py'),
    path.join(generated(), 'customers.csv'),
    path.join(generated(), 'mails.csv')
  ];
  for (const file of files) {
    await page.contents.uploadFile(file, `${folder}/${path.basename(file)}`);
  }
  await page.notebook.openByPath(`${folder}/${notebook}`);
  await page.notebook.activate(notebook);
}

/** The code cell with this nbformat id. */
export async function selectCell(
  page: IJupyterLabPageFixture,
  cellId: string
): Promise<void> {
  await page.evaluate(id => {
    const app = (window as any).jupyterapp;
    const notebook = app.shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.findIndex(
      (cell: any) => cell.model.id === id
    );
    notebook.mode = 'command';
    return notebook.scrollToItem(notebook.activeCellIndex);
  }, cellId);
}

/** The present source of a cell. */
export async function sourceOf(
  page: IJupyterLabPageFixture,
  cellId: string
): Promise<string> {
  return page.evaluate(id => {
    const tracker = (window as any).jupyterapp.shell.currentWidget.content;
    const cell = tracker.widgets.find((other: any) => other.model.id === id);
    return cell.model.sharedModel.getSource() as string;
  }, cellId);
}

/** Run a command of the application. */
export async function execute(
  page: Pick<IJupyterLabPageFixture, 'evaluate'>,
  command: string
): Promise<void> {
  await page.evaluate(id => {
    // Not awaited: a rewrite ends when its proposal is judged.
    void (window as any).jupyterapp.commands.execute(id);
  }, command);
}

/** Run all cells of the notebook, whichever tab is in front. */
export async function runAll(page: IJupyterLabPageFixture): Promise<void> {
  await page.evaluate(() => {
    const app = (window as any).jupyterapp;
    const notebook = [...app.shell.widgets('main')].find((widget: any) =>
      widget.context?.path?.endsWith('.ipynb')
    );
    app.shell.activateById(notebook.id);
  });
  await page.notebook.run();
}

/** Rewrite a cell by rules and accept what was verified. */
export async function rewriteAndAccept(
  page: IJupyterLabPageFixture,
  cellId: string
): Promise<void> {
  await selectCell(page, cellId);
  await execute(page, 'palimpsest:rewrite-cell');
  const proposal = page.locator('.jp-Palimpsest-proposal');
  await expect(
    proposal.locator('.jp-Palimpsest-badge[data-status="equivalent"]')
  ).toBeVisible({ timeout: 120_000 });
  await proposal.getByRole('button', { name: 'Accept', exact: true }).click();
  await expect(proposal).toHaveCount(0);
}

/** Open the panel and wait for its graph. */
export async function openPanel(page: IJupyterLabPageFixture): Promise<void> {
  await execute(page, 'palimpsest:open-pipeline');
  await expect(page.locator('.jp-Palimpsest-node').first()).toBeVisible({
    timeout: 30_000
  });
}
