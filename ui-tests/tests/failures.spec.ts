import { expect, test } from '@jupyterlab/galata';
import {
  execute,
  openExample,
  openPanel,
  rewriteAndAccept,
  runAll,
  selectCell,
  sourceOf
} from './example';

/** The scripted endpoint, a test double that speaks real SSE. */
const ENDPOINT = process.env.PALIMPSEST_ENDPOINT_URL ?? '';

const CELLS = ['prepare', 'encode', 'label', 'train'];

test.describe.configure({ timeout: 300_000 });

// Galata's listing of kernels stands in for the server's answers, and JupyterLab takes
// its answer to a restart for a failed one.
test.use({ kernels: null });

test('an endpoint that breaks off is told, and the rules still work', async ({
  page,
  tmpPath
}) => {
  await page.request.put(`${ENDPOINT}/control/script`, {
    data: { answers: [{ fault: 'disconnect' }] }
  });
  await openExample(page, tmpPath);
  const before = await sourceOf(page, 'prepare');
  await selectCell(page, 'prepare');

  await execute(page, 'palimpsest:rewrite-cell-with-model');

  const problem = page.locator('.jp-Palimpsest-problems li').first();
  await expect(problem).toContainText('endpoint', { timeout: 60_000 });
  expect(await sourceOf(page, 'prepare')).toBe(before);
  const proposal = page.locator('.jp-Palimpsest-proposal');
  await proposal.getByRole('button', { name: 'Reject' }).click();
  await rewriteAndAccept(page, 'prepare');
});

test('a kernel without the companion says how to install it', async ({
  page,
  tmpPath
}) => {
  await openExample(page, tmpPath);
  // Given a kernel in which the companion cannot be imported
  await page.evaluate(async () => {
    const panel = (window as any).jupyterapp.shell.currentWidget;
    const { sessionContext } = panel.context;
    await sessionContext.ready;
    const code = 'import sys; sys.modules["palimpsest"] = None';
    await sessionContext.session.kernel.requestExecute({ code }).done;
  });

  await execute(page, 'palimpsest:open-pipeline');

  const failure = page.locator('.jp-Palimpsest-failure');
  await expect(failure).toContainText('pip install', { timeout: 60_000 });
});

test('a kernel restarted before a forget loses nothing', async ({
  page,
  tmpPath
}) => {
  await openExample(page, tmpPath);
  for (const cellId of CELLS) {
    await rewriteAndAccept(page, cellId);
  }
  await runAll(page);
  await openPanel(page);
  const panel = page.locator('.jp-Palimpsest-panel');
  const source = panel.locator('.jp-Palimpsest-node.jp-mod-source', {
    hasText: 'customers'
  });
  const toForget = async () => {
    await panel.getByRole('tab', { name: 'Forget' }).click();
    await panel
      .getByRole('combobox', { name: 'Source', exact: true })
      .selectOption('customers');
  };
  const filterFirst = async (comparison: string) => {
    await toForget();
    await panel
      .getByRole('combobox', { name: 'Filter' })
      .fill(`country ${comparison} "DE"`);
    await panel.getByRole('button', { name: 'Apply filter' }).click();
    await expect(panel.getByText(/[1-9]\d* records selected/)).toBeVisible();
  };
  const rows = await source.textContent();
  await filterFirst('==');
  await panel.getByRole('button', { name: 'Preview…' }).click();
  const confirm = panel.getByRole('button', { name: 'Forget these records' });
  await expect(confirm).toBeVisible({ timeout: 60_000 });

  // When the kernel restarts between preview and confirmation
  await page.evaluate(async () => {
    const app = (window as any).jupyterapp;
    const notebook = [...app.shell.widgets('main')].find((widget: any) =>
      widget.context?.path?.endsWith('.ipynb')
    );
    await notebook.context.sessionContext.restartKernel();
  });

  // Then the preview is gone: its token ended with the kernel
  await expect(confirm).toHaveCount(0, { timeout: 60_000 });

  // And the run is as it was, to be forgotten from now
  await panel.getByRole('button', { name: 'Refresh' }).click();
  await panel.getByRole('tab', { name: 'Pipeline' }).click({ timeout: 60_000 });
  await expect(source).toHaveText(rows ?? '', { timeout: 60_000 });

  // First one record, chosen by its key, is corrected
  await toForget();
  await panel.getByText('Select by a list of keys').click();
  await panel.getByLabel('Keys, one a line').fill('17\n17\n');
  await panel.getByRole('button', { name: 'Select 1 keys' }).click();
  await panel.getByRole('radio', { name: 'Correct values' }).check();
  await panel.getByRole('checkbox', { name: 'bank' }).check();
  await panel.getByLabel(/Right value of bank/).fill('Nordbank');
  await panel.getByRole('button', { name: 'Preview…' }).click();
  await panel
    .getByRole('button', { name: 'Correct these values' })
    .click({ timeout: 60_000 });
  await expect(
    panel.getByRole('group', { name: 'Receipt' }).first()
  ).toContainText('bank corrected', { timeout: 60_000 });
  await panel.getByRole('button', { name: 'Done' }).click();

  // Then many are forgotten
  await filterFirst('!=');
  await panel.getByRole('button', { name: 'Preview…' }).click();
  // More records than a slip of the hand should forget: their number is typed
  const typed = panel.getByLabel(/Type their number/);
  await expect(typed).toBeVisible({ timeout: 60_000 });
  await expect(confirm).toBeDisabled();
  const text = await panel
    .getByRole('group', { name: 'Preview' })
    .getByRole('status')
    .textContent();
  await typed.fill(/Delete (\d+) records/.exec(text ?? '')?.[1] ?? '');
  await confirm.click();
  await expect(
    panel.getByRole('group', { name: 'Receipt' }).first()
  ).toBeVisible({ timeout: 60_000 });
});
