import { type Page, expect, test } from '@playwright/test';
import { open, runCells, uploadDeclarative } from '../tests/declarative';
import { execute } from '../tests/example';

const ROWS = Number(process.env.PALIMPSEST_BENCH_ROWS ?? 1_000_000);

const TABS = ['Pipeline', 'Records', 'Forget', 'Compliance', 'Runs'];

/** Frames that are scrolled through. */
const FRAMES = 300;

/** Milliseconds that something takes, as the page sees it. */
async function timed(page: Page, what: () => Promise<void>): Promise<number> {
  const now = () => page.evaluate(() => performance.now());
  const start = await now();
  await what();
  return (await now()) - start;
}

/** Milliseconds from a click on a tab until its content is painted. */
function paintOf(page: Page, tab: string): Promise<number> {
  return page.evaluate(
    name =>
      new Promise<number>(resolve => {
        const panel = document.querySelector('.jp-Palimpsest-panel')!;
        const button = [...panel.querySelectorAll('[role="tab"]')].find(
          one => one.textContent === name
        ) as HTMLElement;
        const start = performance.now();
        button.click();
        const look = () => {
          const shown = panel.querySelector(
            `[role="tabpanel"][data-tab="${name.toLowerCase()}"]`
          );
          const isThere = shown?.querySelector(
            '.react-flow__node, table, ul, select, form'
          );
          if (isThere) {
            requestAnimationFrame(() => resolve(performance.now() - start));
          } else {
            requestAnimationFrame(look);
          }
        };
        look();
      }),
    tab
  );
}

/** Times between frames while the grid is scrolled through its whole length. */
function framesOf(page: Page): Promise<number[]> {
  return page.evaluate(
    count =>
      new Promise<number[]>(resolve => {
        const grid = document.querySelector('.jp-Palimpsest-grid')!;
        const step = (grid.scrollHeight - grid.clientHeight) / count;
        const times: number[] = [];
        let last = performance.now();
        const frame = () => {
          const now = performance.now();
          times.push(now - last);
          last = now;
          grid.scrollTop += step;
          if (times.length < count) {
            requestAnimationFrame(frame);
          } else {
            resolve(times.slice(1));
          }
        };
        requestAnimationFrame(frame);
      }),
    FRAMES
  );
}

/** Milliseconds to lay out a plan of some operations: joins among chains of filters. */
function layoutOf(page: Page, operations: number): Promise<number> {
  return page.evaluate(count => {
    const sources = Math.max(2, Math.floor(count / 10));
    const plan: { id: number; inputs: number[]; stage: string }[] = [];
    const ends: number[] = [];
    for (let id = 0; id < count; id++) {
      const stage = id < sources ? 'source' : 'prepare';
      const isJoin = id % 4 === 0 && ends.length > 1;
      const inputs =
        id < sources ? [] : isJoin ? ends.splice(0, 2) : ends.splice(0, 1);
      plan.push({ id, inputs, stage });
      ends.push(id);
    }
    const { layoutPlan } = (window as any).bundled;
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      layoutPlan(plan);
      return performance.now() - start;
    });
    return times.sort((a, b) => a - b)[2];
  }, operations);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}

test('the panel', async ({ page }) => {
  const path = await uploadDeclarative(page, ['mails'], ROWS);
  await open(page, `/lab/tree/${path}`);
  await runCells(page);
  const panel = page.locator('.jp-Palimpsest-panel');
  const opened = await timed(page, async () => {
    await execute(page, 'palimpsest:open-pipeline');
    await panel.locator('.jp-Palimpsest-node').first().waitFor();
  });
  console.log(`open the panel: ${opened.toFixed(0)} ms`);
  const paints: number[] = [];
  for (const tab of [...TABS.slice(1), TABS[0]]) {
    const paint = await paintOf(page, tab);
    console.log(`${tab}, first paint: ${paint.toFixed(0)} ms`);
    paints.push(paint);
  }

  await panel.getByRole('tab', { name: 'Records' }).click();
  await panel.getByLabel('Table').selectOption('source:mails');
  await expect(
    panel.getByRole('grid').getByRole('rowheader').first()
  ).toHaveText(/\d/, { timeout: 60_000 });
  const frames = await framesOf(page);
  const p95 = quantile(frames, 0.95);
  console.log(
    `frames at ${ROWS.toLocaleString()} rows: median ${quantile(frames, 0.5).toFixed(1)}, p95 ${p95.toFixed(1)}, longest ${Math.max(...frames).toFixed(1)} ms`
  );

  await panel.getByRole('grid').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  await panel.getByRole('button', { name: 'Forget…' }).click();
  const preview = await timed(page, async () => {
    await panel.getByRole('button', { name: 'Preview…' }).click();
    await panel.getByRole('group', { name: 'Preview' }).waitFor();
  });

  await page.addScriptTag({ path: process.env.PALIMPSEST_BENCH_LAYOUT });
  const layouts = new Map<number, number>();
  for (const operations of [20, 100, 300]) {
    layouts.set(operations, await layoutOf(page, operations));
    console.log(
      `layout of ${operations} operations: ${layouts.get(operations)?.toFixed(0)} ms`
    );
  }
  console.log(
    `paint ${Math.max(...paints).toFixed(0)} ms, preview ${preview.toFixed(0)} ms, grid p95 ${p95.toFixed(1)} ms, layout100 ${layouts.get(100)?.toFixed(0)} ms`
  );
});
