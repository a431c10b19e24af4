/**
 * Rewrites one case, stage by stage, and looks for verdicts that are wrong.
 */
import path from 'node:path';

import type { ICompanion } from '../companion/client';
import { CompanionVerifier } from '../companion/verifier';
import type { IVerifierOptions } from '../companion/verifier';
import type {
  ICandidate,
  IRewriteRequest,
  IVerdict,
  IVerifier,
  Role,
  StageOutputs
} from '../rewrite/interfaces';
import { STAGES, observationOf, readCase } from './cases';
import type { ICase, IStage } from './cases';
import { readCellFile } from './document';
import { filesBelow } from './folder';
import { cellsOfStages } from './locating';
import { modelOf } from './model';
import type { IModelOptions } from './model';
import { rewriteCell } from './rewriting';
import type { ICellOutcome } from './rewriting';
import { spawnCompanion } from './stdio';

/** What came of one stage. */
export interface IStageOutcome extends Omit<ICellOutcome, 'cellId' | 'task'> {
  stage: Role;
  /** The cell that makes it, when it was found. */
  cellId: string | null;
  /** Why an *equivalent* is wrong, when a second look refuted it. */
  wrong: string | null;
}

/** What came of a case. */
export interface ICaseOutcome {
  name: string;
  title: string;
  stages: IStageOutcome[];
  milliseconds: number;
}

/** How a case is worked on. */
export interface ICaseOptions {
  model?: IModelOptions | null;
  mutations?: number;
  /** Leave out the second look at each verdict. */
  once?: boolean;
}

/** How often the second look tries inputs that the first one did not. */
const SECOND_LOOK = { mutations: 60, seed: 1 };

/** Rewrite the stages of a case folder in the order of the pipeline. */
export async function rewriteCase(
  folder: string,
  options: ICaseOptions
): Promise<ICaseOutcome> {
  const started = performance.now();
  const description = await readCase(path.join(folder, 'case.json'));
  const { companion, close } = spawnCompanion({ workspace: folder });
  try {
    const stages = await rewriteStages(companion, description, options);
    return {
      name: path.basename(folder),
      title: description.title,
      stages,
      milliseconds: performance.now() - started
    };
  } finally {
    await close();
  }
}

async function rewriteStages(
  companion: ICompanion,
  description: ICase,
  options: ICaseOptions
): Promise<IStageOutcome[]> {
  const file = await readCellFile(path.join(description.folder, 'messy.py'));
  const cells = cellsOfStages(file.codeCells, description);
  const outcomes: IStageOutcome[] = [];
  for (const stage of STAGES) {
    const where = description.stages[stage];
    if (!where) {
      continue;
    }
    const cellId = cells.get(stage);
    if (cellId === undefined) {
      outcomes.push(nowhere(stage, where));
      continue;
    }
    const verifier = verifierOf(companion, description, where, {
      mutations: options.mutations
    });
    const outcome = await rewriteCell(file, cellId, stage, {
      path: `${path.basename(description.folder)}.py`,
      verifier,
      outputs: outputsOf(description),
      files: await filesBelow(description.folder),
      model: modelOf(options.model ?? null, companion)
    });
    const { taken } = verifier;
    const wrong =
      outcome.accepted && taken && !options.once
        ? await refute(companion, description, where, taken)
        : null;
    outcomes.push({ ...outcome, stage, wrong });
  }
  return outcomes;
}

/** What holds the result of each stage. */
function outputsOf({ stages }: ICase): StageOutputs {
  return Object.fromEntries(
    Object.entries(stages).map(([role, { output }]) => [role, output])
  );
}

/** The stage of a case whose output no cell makes. */
function nowhere(stage: Role, { output }: IStage): IStageOutcome {
  return {
    stage,
    cellId: null,
    lifted: false,
    origin: null,
    code: null,
    observation: null,
    verdict: null,
    accepted: false,
    findings: [],
    refusals: [],
    reasons: [`no cell makes '${output}'`],
    wrong: null,
    milliseconds: { lift: 0, total: 0 }
  };
}

/** Verifies what the case says, whatever a candidate takes for the result. */
class CaseVerifier implements IVerifier {
  constructor(
    private readonly _verifier: IVerifier,
    private readonly _stage: IStage
  ) {}

  /** What was last found to be equivalent. */
  taken: { request: IRewriteRequest; candidate: ICandidate } | null = null;

  async verify(
    request: IRewriteRequest,
    candidate: ICandidate,
    options: Parameters<IVerifier['verify']>[2]
  ): Promise<IVerdict> {
    const observed = { ...candidate, observation: observationOf(this._stage) };
    const verdict = await this._verifier.verify(request, observed, options);
    if (verdict.status === 'equivalent') {
      this.taken = { request, candidate };
    }
    return verdict;
  }
}

function verifierOf(
  companion: ICompanion,
  description: ICase,
  stage: IStage,
  options: IVerifierOptions
): CaseVerifier {
  return new CaseVerifier(
    new CompanionVerifier(() => Promise.resolve(companion), {
      rowOrderMatters: description.rowOrderMatters,
      workingDirectory: description.folder,
      ...options
    }),
    stage
  );
}

/** Look again on other inputs; what they refute was wrongly called equivalent. */
async function refute(
  companion: ICompanion,
  description: ICase,
  stage: IStage,
  { request, candidate }: NonNullable<CaseVerifier['taken']>
): Promise<string | null> {
  const verifier = verifierOf(companion, description, stage, SECOND_LOOK);
  const verdict = await verifier.verify(request, candidate, {
    signal: new AbortController().signal
  });
  return verdict.status === 'equivalent' ? null : verdict.summary;
}

/** One word or two for the table. */
export function stageOutcome({
  lifted,
  origin,
  verdict
}: IStageOutcome): string {
  if (verdict === null) {
    return lifted ? 'lifted, not verified' : 'refused';
  }
  const made = origin === 'rules' ? 'lifted' : 'written';
  return verdict.status === 'equivalent'
    ? `${made}, verified`
    : `${made}, ${verdict.status}`;
}
