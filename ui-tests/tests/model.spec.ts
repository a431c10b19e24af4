import { expect, test } from '@jupyterlab/galata';
import { execute, openExample, selectCell, sourceOf } from './example';

/** The scripted endpoint, a test double that speaks real SSE. */
const ENDPOINT = process.env.PALIMPSEST_ENDPOINT_URL ?? '';

/** Long enough that there is time to stop it half-way. */
const SLOW_ANSWER = [
  '```python',
  'import palimpsest.pandas as pd',
  '',
  'def prepare(customers="customers.csv", mails="mails.csv"):',
  ...Array.from({ length: 200 }, (_, line) => `    # thinking ${line}`),
  '    return pd.read_csv(mails)',
  '```'
].join('\n');

test('a model rewrite streams into the diff cell and stops half-way', async ({
  page,
  tmpPath
}) => {
  // Given a model that answers slowly
  await page.request.put(`${ENDPOINT}/control/script`, {
    data: { answers: [{ text: SLOW_ANSWER, chunk: 12, delay: 40 }] }
  });
  await openExample(page, tmpPath);
  const before = await sourceOf(page, 'prepare');
  await selectCell(page, 'prepare');

  // When the user asks the model and stops while it writes
  await execute(page, 'palimpsest:rewrite-cell-with-model');
  const proposal = page.locator('.jp-Palimpsest-proposal');
  await expect(proposal.locator('.cm-content')).toContainText('thinking 3', {
    timeout: 30_000
  });
  await proposal.getByRole('button', { name: 'Stop' }).click();

  // Then the upstream request is cancelled and the notebook is untouched
  await expect(proposal.getByRole('button', { name: 'Reject' })).toBeVisible();
  await expect
    .poll(async () => {
      const received = await page.request.get(`${ENDPOINT}/control/requests`);
      return JSON.stringify(await received.json());
    })
    .toContain('"cancelled":true');
  expect(await sourceOf(page, 'prepare')).toBe(before);
});

test('an endpoint that answers nonsense gives a clear error', async ({
  page,
  tmpPath
}) => {
  await page.request.put(`${ENDPOINT}/control/script`, {
    data: { answers: [{ fault: 'nonsense' }] }
  });
  await openExample(page, tmpPath);
  await selectCell(page, 'prepare');

  await execute(page, 'palimpsest:rewrite-cell-with-model');

  await expect(page.locator('.jp-Palimpsest-problems li')).toBeVisible({
    timeout: 30_000
  });
});
