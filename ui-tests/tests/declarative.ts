/**
 * A notebook that is declarative already: it runs a small pipeline in one cell.
 */
import { randomUUID } from 'node:crypto';
import { type Page, expect } from '@playwright/test';

const CODE = `
import pathlib
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import palimpsest.pandas as pd
from palimpsest.pipeline import Pipeline

levels = ["premium", "basic", "basic"]
pathlib.Path("customers.csv").write_text("cid,email,level\\n" + "".join(
    f"{n},c{n}@x.org,{levels[n % 3]}\\n" for n in range(CUSTOMERS)))
pathlib.Path("mails.csv").write_text("mid,email,score,sent\\n" + "".join(
    f"{n},c{n % CUSTOMERS}@x.org,{n * 7 % 11},2024-01-{n % 28 + 1:02d}\\n" for n in range(MAILS)))

def prepare(customers, mails):
    mails = pd.read_csv(mails)
    mails = mails[mails["score"] > 0]
    return mails.merge(pd.read_csv(customers), on="email")

def encode_features():
    return ColumnTransformer([
        ("score", StandardScaler(), ["score"]), ("level", OneHotEncoder(), ["level"])])

def extract_label(frame):
    return frame["score"] > 5

def make_model(n_features):
    return LogisticRegression()

for name in NAMES:
    Pipeline(name, prepare, encode_features, extract_label, make_model, split=0.25).run(
        customers="customers.csv", mails="mails.csv")
`;

/** Put the notebook into a folder of its own; it makes one run a name. Gives its path. */
export async function uploadDeclarative(
  page: Page,
  names: readonly string[],
  mails = 400
): Promise<string> {
  const folder = `declarative-${randomUUID().slice(0, 8)}`;
  const path = `${folder}/pipeline.ipynb`;
  await put(page, folder, { type: 'directory' });
  await put(page, path, {
    type: 'notebook',
    format: 'json',
    content: notebookOf(names, mails)
  });
  return path;
}

async function put(page: Page, path: string, data: object): Promise<void> {
  const response = await page.request.put(`/api/contents/${path}`, { data });
  expect(response.ok()).toBe(true);
}

function notebookOf(names: readonly string[], mails: number): object {
  const source = `NAMES = ${JSON.stringify(names)}\nCUSTOMERS, MAILS = ${mails / 10}, ${mails}\n${CODE}`;
  return {
    cells: [
      {
        cell_type: 'code',
        id: 'pipeline',
        metadata: {},
        execution_count: null,
        outputs: [],
        source
      }
    ],
    metadata: {
      kernelspec: {
        name: 'python3',
        language: 'python',
        display_name: 'Python 3 (ipykernel)'
      }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** Run all cells of the notebook through its session, and wait until they are done. */
export async function runCells(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...(window as any).jupyterapp.shell.widgets('main')].some((widget: any) =>
      widget.context?.path?.endsWith('.ipynb')
    )
  );
  const error = await page.evaluate(async () => {
    const app = (window as any).jupyterapp;
    const notebook = [...app.shell.widgets('main')].find((widget: any) =>
      widget.context?.path?.endsWith('.ipynb')
    );
    const { sessionContext, model } = notebook.context;
    await notebook.context.ready;
    await sessionContext.ready;
    const code = model.sharedModel.cells
      .map((cell: any) => cell.getSource())
      .join('\n');
    const { kernel } = sessionContext.session;
    const reply = await kernel.requestExecute({ code }).done;
    return reply.content.status === 'ok' ? null : reply.content.evalue;
  });
  expect(error).toBeNull();
}

/** Open a page of the application and wait for it, however slow the machine is. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForFunction(() => (window as any).jupyterapp, null, {
    timeout: 120_000
  });
  await page.evaluate(() => (window as any).jupyterapp.restored);
}
