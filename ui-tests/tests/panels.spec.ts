import AxeBuilder from '@axe-core/playwright';
import { type Locator, type Page, expect, test } from '@playwright/test';
import { open, runCells, uploadDeclarative } from './declarative';
import { execute } from './example';

const THEMES = ['JupyterLab Dark', 'JupyterLab Light'];

test.describe.configure({ timeout: 300_000 });

/** Every part of the panel: how it is brought to show most of what it has. */
const STORIES: readonly {
  tab: string;
  tell: (panel: Locator) => Promise<void>;
}[] = [
  {
    tab: 'Pipeline',
    tell: async panel => {
      await panel.getByLabel('Follow a column').selectOption('level');
      await expect(
        panel.locator('[data-followed="value"]').first()
      ).toBeVisible();
      await panel.locator('[data-operation="filter"]').click();
      await expect(
        panel.getByRole('region', { name: 'Chosen operation' })
      ).toContainText('drops');
    }
  },
  {
    tab: 'Records',
    tell: async panel => {
      await panel.getByLabel('Table').selectOption('predictions');
      const grid = panel.getByRole('grid');
      await expect(grid.getByRole('rowheader').first()).toHaveText(/\d/);
      // By keyboard alone: complete a filter, apply it, open a row
      const filter = panel.getByRole('combobox', { name: 'Filter' });
      await filter.fill('spl');
      await filter.press('ArrowDown');
      await filter.press('Enter');
      await filter.pressSequentially('== "test"');
      await filter.press('Enter');
      await panel.getByLabel('Sort by').selectOption('confidence');
      await expect(grid).toContainText('test');
      await expect(grid).not.toContainText('train');
      await panel.getByText('What the columns look like').click();
      await expect(panel.locator('.jp-Palimpsest-plot')).toHaveCount(4);
      await grid.focus();
      await grid.press('ArrowDown');
      await grid.press('Enter');
      const back = panel.getByRole('region', { name: 'Trace back' });
      await expect(back).toContainText('is made of');
      await back.getByRole('button', { name: /most like it/ }).click();
      await expect(
        panel.getByRole('region', { name: 'Training neighbours' })
      ).toContainText('The model predicts');
    }
  },
  {
    tab: 'Forget',
    tell: async panel => {
      await panel
        .getByRole('combobox', { name: 'Source', exact: true })
        .selectOption('mails');
      await panel
        .getByRole('combobox', { name: 'Filter' })
        .fill('score > 7 and mid < 40');
      await panel.getByRole('button', { name: 'Apply filter' }).click();
      await panel.getByLabel(/Seconds that the model/).fill('2.5');
      await panel.getByLabel(/In all runs of this folder/).check();
      await panel.getByRole('button', { name: 'Preview…' }).click();
      await expect(panel.getByRole('group', { name: 'Preview' })).toContainText(
        'Delete 11 records'
      );
    }
  },
  {
    tab: 'Compliance',
    tell: async panel => {
      await panel.getByRole('button', { name: 'Run all checks' }).click();
      const status = panel.locator(
        '.jp-Palimpsest-status:not([data-status="missing"])'
      );
      await expect(status.first()).toBeVisible({ timeout: 90_000 });
      await panel.locator('.jp-Palimpsest-check summary').first().click();
      await panel.getByText('Model card').click();
    }
  },
  {
    tab: 'Runs',
    tell: async panel => {
      const boxes = panel.getByRole('checkbox', { name: /^Compare / });
      await boxes.nth(0).check();
      await boxes.nth(1).check();
      await panel.getByRole('button', { name: /^Compare the two/ }).click();
      await expect(
        panel.getByRole('region', { name: 'Comparison' })
      ).toContainText('Both have the same operations');
    }
  }
];

/** Pictures of every part in both themes, none of them with a serious violation. */
async function tellStories(page: Page, prefix: string): Promise<void> {
  const panel = page.locator('.jp-Palimpsest-panel');
  for (const { tab, tell } of STORIES) {
    await panel.getByRole('tab', { name: tab }).click();
    await tell(panel);
    for (const theme of THEMES) {
      await setTheme(page, theme);
      const suffix = theme.endsWith('Dark') ? 'dark' : 'light';
      await page.screenshot({
        path: `test-results/${prefix}-${tab.toLowerCase()}-${suffix}.png`
      });
      const { violations } = await new AxeBuilder({ page })
        .include('.jp-Palimpsest-panel')
        .analyze();
      const serious = violations.filter(({ impact }) =>
        ['serious', 'critical'].includes(impact ?? '')
      );
      expect
        .soft(
          serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
          `${tab} in ${theme}`
        )
        .toEqual([]);
    }
  }
}

/** A theme by its name; the same command in JupyterLab and in Notebook. */
async function setTheme(page: Page, theme: string): Promise<void> {
  await page.evaluate(
    name =>
      (window as any).jupyterapp.commands.execute('apputils:change-theme', {
        theme: name
      }),
    theme
  );
  await expect(page.locator('body')).toHaveAttribute(
    'data-jp-theme-name',
    theme
  );
}

/** Take pictures in both themes. */
async function picture(page: Page, name: string): Promise<void> {
  for (const theme of THEMES) {
    await setTheme(page, theme);
    const suffix = theme.endsWith('Dark') ? 'dark' : 'light';
    await page.screenshot({ path: `test-results/${name}-${suffix}.png` });
  }
}

test('every panel in JupyterLab, in both themes', async ({ page }) => {
  const path = await uploadDeclarative(page, ['mails', 'mails again']);
  await open(page, `/lab/tree/${path}`);
  await page.evaluate(() => (window as any).jupyterapp.shell.collapseLeft());
  await runCells(page);
  await execute(page, 'palimpsest:open-pipeline');
  await tellStories(page, 'lab');

  // The preview that was left open still holds: apply it, and prove it
  const panel = page.locator('.jp-Palimpsest-panel');
  await panel.getByRole('tab', { name: 'Forget' }).click();
  await panel.getByRole('button', { name: 'Forget these records' }).click();
  await expect(panel.getByText('Before and after')).toBeVisible({
    timeout: 60_000
  });
  await panel.getByRole('button', { name: 'Prove' }).click();
  await expect(panel.locator('.jp-Palimpsest-distances')).toBeVisible({
    timeout: 60_000
  });
  // And the other run has followed
  await expect(
    panel.getByRole('region', { name: 'In other runs' })
  ).toContainText('done');
  await picture(page, 'lab-proof');
});

test('every panel in Notebook 7, in both themes', async ({ page }) => {
  const path = await uploadDeclarative(page, ['mails', 'mails again']);
  await open(page, `/notebooks/${path}`);
  await runCells(page);
  await execute(page, 'palimpsest:open-pipeline');
  await tellStories(page, 'notebook');
});
