import { type IJupyterLabPageFixture, expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
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

/** A rewrite of the cell that keeps the customer whom `keep` names. */
function rewrite(keep: 'first' | 'last'): string {
  return `import palimpsest.pandas as pd

RAW = dict(header=None, dtype=str, quoting=3, keep_default_na=False)


def prepare(customers="customers.csv", mails="mails.csv"):
    customers = pd.read_csv(
        customers, names=["cid", "email", "bank", "country", "level"], **RAW
    )
    customers = customers[customers["country"].isin(TARGETS)]
    customers = customers.assign(
        premium=customers["level"].str.rstrip() == "premium"
    )
    customers = customers.drop_duplicates("email", keep="${keep}")
    mails = pd.read_csv(
        mails, names=["mid", "email", "date", "subject", "text"], **RAW
    )
    mails = mails.assign(text=mails["text"].str.rstrip())
    mails = mails[mails["text"].map(is_relevant)]
    mails = mails[mails["date"].str[:4].astype(int) >= 2022]
    rows = mails.merge(customers[["email", "bank", "country", "premium"]], on="email")
    return pd.DataFrame({
        "date": rows["date"],
        "title": rows["subject"].str.lower(),
        "body": rows["text"].str.lower(),
        "bank": rows["bank"],
        "country": rows["country"],
        "mood": rows["text"].map(sentiment),
        "premium": rows["premium"],
    })`;
}

function fenced(code: string): string {
  return '```python\n' + code + '\n```\n';
}

/** Take a picture in the light and the dark theme. */
async function picture(
  page: IJupyterLabPageFixture,
  locator: Locator,
  name: string
): Promise<void> {
  for (const theme of ['Light', 'Dark']) {
    await page.evaluate(
      wanted =>
        (window as any).jupyterapp.commands.execute('apputils:change-theme', {
          theme: wanted
        }),
      `JupyterLab ${theme}`
    );
    await page.waitForTimeout(500);
    await locator.screenshot({
      path: `test-results/${name}-${theme.toLowerCase()}.png`
    });
  }
}

test('a failure is reported back to the model, and the mended candidate is accepted', async ({
  page,
  tmpPath
}) => {
  test.setTimeout(240_000);
  // Given a model that gets a key wrong until it is told
  const right = rewrite('last');
  await page.request.put(`${ENDPOINT}/control/script`, {
    data: {
      answers: [
        {
          when: 'That one is not equivalent',
          text: fenced(right),
          chunk: 40
        },
        { text: fenced(rewrite('first')), chunk: 40 }
      ]
    }
  });
  await openExample(page, tmpPath);
  await selectCell(page, 'prepare');

  // When the user asks the model
  await execute(page, 'palimpsest:rewrite-cell-with-model');
  const proposal = page.locator('.jp-Palimpsest-proposal');
  await expect(
    proposal.locator('.jp-Palimpsest-badge[data-status="equivalent"]')
  ).toBeVisible({ timeout: 200_000 });

  // Then the report of the first candidate went back, without values of the data
  const received = await page.request.get(`${ENDPOINT}/control/requests`);
  const prompts = (await received.json()).map((request: any) =>
    JSON.stringify(request.body.messages)
  );
  expect(prompts[0]).toContain('customers.csv, ');
  expect(prompts[3]).toContain('first difference');
  expect(prompts[3]).toContain('2 of your answers said the same');
  expect(prompts[3]).not.toContain('@example');

  // And what it took is shown, with the failed candidate one click away
  await expect(proposal.locator('.jp-Palimpsest-spent')).toContainText(
    'repeats refused'
  );
  await picture(page, proposal, 'model-equivalent');
  await proposal.getByRole('button', { name: 'Next candidate' }).click();
  await expect(
    proposal.locator('.jp-Palimpsest-badge[data-status="different"]')
  ).toBeVisible();
  await picture(page, proposal, 'model-different');
  await proposal.getByRole('button', { name: 'Next candidate' }).click();

  // And the equivalent one is accepted as one edit
  await proposal.getByRole('button', { name: 'Accept', exact: true }).click();
  await expect(proposal).toHaveCount(0);
  expect(await sourceOf(page, 'prepare')).toBe(right);

  // And every exchange can be looked up, with what went wrong
  await execute(page, 'palimpsest:open-exchanges');
  const exchanges = page.locator('.jp-Palimpsest-exchanges');
  await expect(exchanges.locator('.jp-Palimpsest-failures')).toContainText(
    'Step repetition'
  );
  await expect(exchanges.locator('.jp-Palimpsest-exchange')).toHaveCount(6);
  await picture(page, exchanges, 'model-exchanges');
  await exchanges.getByRole('button', { name: 'Delete All…' }).click();
  await page.locator('.jp-Dialog').getByText('Delete', { exact: true }).click();
  await expect(exchanges.locator('.jp-Palimpsest-exchange')).toHaveCount(0);
});

test('the first streamed character is there soon after the first upstream byte', async ({
  page,
  tmpPath
}) => {
  // Given a model that thinks for a while and then writes steadily
  const answer = { text: SLOW_ANSWER, chunk: 12, delay: 40, first: 1500 };
  await page.request.put(`${ENDPOINT}/control/script`, {
    data: { answers: [answer] }
  });
  await openExample(page, tmpPath);
  await selectCell(page, 'prepare');
  await execute(page, 'palimpsest:rewrite-cell-with-model');
  await expect(page.locator('.jp-Palimpsest-proposal')).toBeVisible();

  // When the first character shows
  const shown = await page.evaluate(
    () =>
      new Promise<number>(resolve => {
        const look = () => {
          const text = document.querySelector(
            '.jp-Palimpsest-diff .cm-content'
          )?.textContent;
          if (text) {
            resolve(Date.now());
          } else {
            requestAnimationFrame(look);
          }
        };
        look();
      })
  );

  // Then the figure is printed; how fast a machine is decides no test
  const received = await page.request.get(`${ENDPOINT}/control/requests`);
  const firstByte = Math.min(
    ...(await received.json()).map((request: any) => request.firstByte)
  );
  console.log(`first character after ${shown - firstByte} ms`);
  expect(shown).toBeGreaterThanOrEqual(firstByte);
  await page
    .locator('.jp-Palimpsest-proposal')
    .getByRole('button', { name: 'Stop' })
    .click();
});

test('the user says which variable holds the result when that is not clear', async ({
  page,
  tmpPath
}) => {
  await page.request.put(`${ENDPOINT}/control/script`, {
    data: { answers: [{ text: fenced(rewrite('last')) }] }
  });
  await openExample(page, tmpPath);
  await selectCell(page, 'prepare');
  // Given a cell that no rule can lift and that leaves two lists
  await page.evaluate(() => {
    const { content } = (window as any).jupyterapp.shell.currentWidget;
    content.activeCell.model.sharedModel.setSource(
      [
        'kept, dropped = [], []',
        'lines = open("customers.csv")',
        'while True:',
        '    line = next(lines, None)',
        '    if line is None:',
        '        break',
        '    (kept if "UK" in line else dropped).append(line)'
      ].join('\n')
    );
  });

  // When the user asks for a rewrite
  await execute(page, 'palimpsest:rewrite-cell-with-model');

  // Then they are asked, and can leave it
  const dialog = page.locator('.jp-Dialog');
  await expect(dialog).toContainText('Which one holds the result');
  await expect(dialog.locator('option')).toHaveText([
    'dropped (variable, line 1)',
    'kept (variable, line 1)',
    'Find it out while verifying'
  ]);
  await picture(page, dialog.locator('.jp-Dialog-content'), 'cut-points');
  await dialog.getByText('Cancel', { exact: true }).click();
  await expect(page.locator('.jp-Palimpsest-proposal')).toHaveCount(0);
});
