/**
 * A notebook's run, asked from TypeScript through the real companion.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { type ISpawnedCompanion, spawnCompanion } from '../../headless/stdio';
import type { ICandidate, IRewriteRequest } from '../../rewrite/interfaces';
import { decodePage, type ITablePage } from '../arrow';
import type { IPageRequest } from '../protocol.generated';
import { CompanionVerifier } from '../verifier';

jest.setTimeout(60_000);

const PIPELINE = `
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
import palimpsest.pandas as pd
from palimpsest import Pipeline

def prepare(mails):
    return pd.read_csv(mails)

def encode_features():
    return ColumnTransformer([("score", StandardScaler(), ["score"])])

def extract_label(frame):
    return frame["score"] > 1

def make_model(n_features):
    return LogisticRegression()

run = Pipeline("mails", prepare, encode_features, extract_label, make_model).run(mails="mails.csv")
`;

const LARGE = 2 ** 40;
const HUGE = '9007199254740993';

let workspace: string;
let spawned: ISpawnedCompanion;
let run: string;

beforeAll(async () => {
  workspace = mkdtempSync(path.join(tmpdir(), 'palimpsest-'));
  writeFileSync(
    path.join(workspace, 'mails.csv'),
    [
      'subject,score,large,huge,sent',
      `Hello,1,${LARGE},${HUGE},2024-01-02`,
      `,2,${LARGE},1,2024-01-03`,
      `Grüße,3,0,2,`
    ].join('\n')
  );
  const notebook = path.join(workspace, 'n.ipynb');
  const cells = [{ cell_type: 'code', source: PIPELINE }];
  writeFileSync(notebook, JSON.stringify({ cells }));
  spawned = spawnCompanion({ workspace, notebook });
  const { runs } = await spawned.companion.call('runs.list', {});
  run = runs[0].run;
});

afterAll(async () => {
  await spawned.close();
  rmSync(workspace, { recursive: true });
});

async function page(
  table: string,
  request: Partial<IPageRequest> = {}
): Promise<ITablePage> {
  const { result, buffers } = await spawned.companion.callWithBuffers(
    'table.page',
    { run, table, ...request }
  );
  return decodePage(result, buffers);
}

describe('the companion, asked from TypeScript', () => {
  it('gives pages with plain values', async () => {
    const { total, columns, rows } = await page('source:mails');
    expect(total).toBe(3);
    expect(columns.map(({ name }) => name)).toEqual([
      'subject',
      'score',
      'large',
      'huge',
      'sent'
    ]);
    expect(rows).toEqual([
      {
        row: 0,
        values: ['Hello', 1, LARGE, BigInt(HUGE), '2024-01-02'],
        erased: []
      },
      { row: 1, values: [null, 2, LARGE, 1n, '2024-01-03'], erased: [] },
      { row: 2, values: ['Grüße', 3, 0, 2n, null], erased: [] }
    ]);
  });

  it('filters', async () => {
    const { total, rows } = await page('training', {
      filter: [{ column: 'score', comparison: '>', value: 1 }],
      limit: 1
    });
    expect(total).toBe(2);
    expect(rows.map(({ row }) => row)).toEqual([1]);
  });

  it('previews, forgets and marks what was erased', async () => {
    const { companion } = spawned;
    const preview = await companion.call('forget.preview', {
      run,
      source: 'mails',
      selector: { kind: 'rows', rows: [0] },
      action: 'erase',
      columns: ['subject']
    });
    const stages: string[] = [];
    const receipt = await companion.call(
      'forget.apply',
      { run, token: preview.token },
      { onProgress: ({ stage }) => stages.push(stage) }
    );
    expect(receipt.records).toBe(1);
    expect(stages).not.toEqual([]);
    const { rows } = await page('source:mails', { limit: 1 });
    expect(rows[0].values[0]).toBeNull();
    expect(rows[0].erased).toEqual([0]);
    const { receipts, intact } = await companion.call('receipts.list', { run });
    expect(receipts).toEqual([receipt]);
    expect(intact).toBe(true);
  });

  it('verifies a candidate', async () => {
    const cell = (id: string, source: string) => ({ id, source });
    const request: IRewriteRequest = {
      task: 'prepare',
      notebookPath: 'n.ipynb',
      cells: [
        cell('a', 'LEAST = 1'),
        cell(
          'b',
          [
            'rows = []',
            'for line in list(open("mails.csv"))[1:]:',
            '    fields = line.split(",")',
            '    if int(fields[1]) > LEAST:',
            '        rows.append({"subject": fields[0]})'
          ].join('\n')
        )
      ],
      cellId: 'b'
    };
    const candidate = (least: string): ICandidate => ({
      id: least,
      origin: 'rules',
      role: 'prepare',
      code: [
        'import pandas as pd',
        'def prepare(mails="mails.csv"):',
        '    mails = pd.read_csv(mails, dtype=str, keep_default_na=False, quoting=3)',
        `    return mails[mails["score"].astype(int) > ${least}][["subject"]]`
      ].join('\n'),
      observation: { kind: 'variable', name: 'rows' },
      findings: [],
      prerequisites: {}
    });
    const verifier = new CompanionVerifier(
      () => Promise.resolve(spawned.companion),
      { mutations: 0 }
    );
    const { signal } = new AbortController();
    const same = await verifier.verify(request, candidate('LEAST'), { signal });
    expect(same).toMatchObject({ status: 'equivalent', realRows: 2 });
    const other = await verifier.verify(request, candidate('2'), { signal });
    expect(other.status).toBe('different');
    expect(other.difference?.input).toBe('real');
  });
});
