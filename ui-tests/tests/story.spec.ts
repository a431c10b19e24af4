import { type IJupyterLabPageFixture, expect, test } from '@jupyterlab/galata';
import {
  execute,
  openExample,
  openPanel,
  rewriteAndAccept,
  runAll,
  selectCell,
  sourceOf
} from './example';

const LEAKED = 'subject contains "Karte 4929"';

const CELLS = ['prepare', 'encode', 'label', 'train'];

/** Show the source `mails`, filtered. */
async function filterMails(
  page: IJupyterLabPageFixture,
  filter: string
): Promise<string> {
  const panel = page.locator('.jp-Palimpsest-panel');
  await panel.getByRole('tab', { name: 'Records' }).click();
  await panel.getByLabel('Table').selectOption('source:mails');
  const total = panel.locator('.jp-Palimpsest-total');
  await expect(total).toBeVisible({ timeout: 10_000 });
  const before = await total.textContent();
  await panel.getByRole('combobox', { name: 'Filter' }).fill(filter);
  await panel.getByRole('button', { name: 'Apply filter' }).click();
  await expect(total).not.toHaveText(before ?? '');
  return (await total.textContent()) ?? '';
}

/** Take a picture in both themes, to be looked at. */
async function picture(
  page: IJupyterLabPageFixture,
  name: string
): Promise<void> {
  for (const theme of ['JupyterLab Dark', 'JupyterLab Light']) {
    await page.theme.setTheme(theme);
    const suffix = theme.endsWith('Dark') ? 'dark' : 'light';
    await page.screenshot({ path: `test-results/${name}-${suffix}.png` });
  }
}

test.describe.configure({ timeout: 300_000 });

test('the main job: rewrite, run, trace, forget, and stay forgotten', async ({
  page,
  tmpPath
}) => {
  await openExample(page, tmpPath);

  // When every messy cell is rewritten by rules and accepted
  for (const cellId of CELLS) {
    await rewriteAndAccept(page, cellId);
  }

  // Then the notebook is declarative
  expect(await sourceOf(page, 'prepare')).toContain('def prepare(');
  expect(await sourceOf(page, 'encode')).toContain('def encode_features(');

  // When it runs, the panel shows where everything comes from
  await runAll(page);
  await openPanel(page);
  const panel = page.locator('.jp-Palimpsest-panel');
  await panel.locator('.react-flow__node-operation').first().focus();
  await page.keyboard.press('Enter');
  await expect(
    panel.getByRole('region', { name: 'Chosen operation' })
  ).toBeVisible();

  // And the rows of any operation are there to page through
  await panel.getByText('Outline of the pipeline').click();
  await panel.getByRole('button', { name: /^merge, / }).click();
  await panel.getByRole('button', { name: 'Show its rows' }).click();
  await expect(panel.locator('.jp-Palimpsest-range')).toContainText(/of [1-9]/);
  await expect(
    panel.getByRole('grid').getByRole('rowheader').first()
  ).toHaveText(/\d+/);
  const leaks = await filterMails(page, LEAKED);
  expect(leaks).toMatch(/^[1-9]\d* rows/);
  await panel.getByRole('button', { name: 'Trace forward' }).click();
  await expect(
    panel.getByText(/records reached [1-9]\d* training rows/)
  ).toBeVisible();
  await picture(page, 'trace');

  // When the leaked subjects are erased
  await panel.getByRole('button', { name: 'Forget…' }).click();
  await panel.getByRole('radio', { name: 'Erase values' }).check();
  await panel.getByRole('checkbox', { name: 'subject' }).check();
  await panel.getByRole('button', { name: 'Preview…' }).click();
  await panel.getByRole('group', { name: 'Preview' }).scrollIntoViewIfNeeded();
  await picture(page, 'preview');
  await panel.getByRole('button', { name: 'Erase these values' }).click();

  // Then there is a receipt, and no leak is left
  await expect(
    panel.getByRole('group', { name: 'Receipt' }).first()
  ).toBeVisible({ timeout: 60_000 });
  await panel
    .getByRole('group', { name: 'Receipt' })
    .first()
    .scrollIntoViewIfNeeded();
  await picture(page, 'receipt');
  await panel.getByRole('button', { name: 'Done' }).click();
  expect(await filterMails(page, LEAKED)).toMatch(/^0 rows/);

  // When the pipeline runs again on the old files
  await runAll(page);
  await panel.getByRole('button', { name: 'Refresh' }).click();
  const runs = panel.getByLabel('Run');
  await expect(runs.locator('option')).toHaveCount(2);
  await runs.selectOption({ index: 0 });

  // Then the forgotten values are not back
  expect(await filterMails(page, LEAKED)).toMatch(/^0 rows/);
});

test('a constant label is said, neither copied nor mended in silence', async ({
  page,
  tmpPath
}) => {
  await openExample(page, tmpPath, 'stale_label.ipynb');
  await selectCell(page, 'label');
  await execute(page, 'palimpsest:rewrite-cell');

  const finding = page.locator('.jp-Palimpsest-findings li').first();
  await expect(finding).toBeVisible({ timeout: 120_000 });
  await expect(finding).toContainText('left over');

  // The fix is another candidate, which differs from the original and says so
  await page
    .getByRole('button', { name: /^Try: / })
    .first()
    .click();
  const proposal = page.locator('.jp-Palimpsest-proposal');
  await expect(
    proposal.locator('.jp-Palimpsest-badge[data-status="different"]')
  ).toBeVisible({ timeout: 120_000 });
  await expect(
    proposal.getByRole('button', { name: 'Accept as a fix' })
  ).toBeVisible();
  await picture(page, 'fix');
});

test('a rejected proposal leaves the notebook as it was', async ({
  page,
  tmpPath
}) => {
  await openExample(page, tmpPath);
  const before = await sourceOf(page, 'prepare');
  await selectCell(page, 'prepare');
  await execute(page, 'palimpsest:rewrite-cell');
  const proposal = page.locator('.jp-Palimpsest-proposal');
  await expect(proposal.getByRole('button', { name: 'Reject' })).toBeVisible({
    timeout: 120_000
  });

  await proposal.getByRole('button', { name: 'Reject' }).click();

  await expect(proposal).toHaveCount(0);
  expect(await sourceOf(page, 'prepare')).toBe(before);
});

test('a whole notebook is rewritten from one button, and accepted as one', async ({
  page,
  tmpPath
}) => {
  await openExample(page, tmpPath);
  await execute(page, 'palimpsest:rewrite-pipeline');

  // Then a strip tells of each cell, and at last of the whole
  const strip = page.locator('.jp-Palimpsest-strip');
  await expect(strip.getByRole('status')).toContainText(
    '4 of 4 cells rewritten',
    { timeout: 180_000 }
  );
  await expect(
    strip.locator('.jp-Palimpsest-badge[data-status="equivalent"]')
  ).toBeVisible({ timeout: 120_000 });
  await strip.getByRole('button', { name: 'encode' }).click();
  await expect(page.locator('.jp-Palimpsest-proposal:focus')).toBeVisible();
  await picture(page, 'whole');

  // When all is accepted, the notebook is declarative
  await strip
    .getByRole('button', { name: 'Accept all that is verified' })
    .click();
  await expect(page.locator('.jp-Palimpsest-proposal')).toHaveCount(0);
  expect(await sourceOf(page, 'prepare')).toContain('def prepare(');
  expect(await sourceOf(page, 'train')).toContain('def make_model(');
  await strip.getByRole('button', { name: 'Close' }).click();
  await expect(strip).toHaveCount(0);
});
