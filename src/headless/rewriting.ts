/**
 * Rewrites the cells of a file, each verified before it is taken.
 */
import { RulesSource } from '../rewrite/candidatesource';
import type {
  IFinding,
  IRefusal,
  IVerdict,
  IVerifier,
  Observation,
  StageOutputs
} from '../rewrite/interfaces';
import { cellRoles, lift } from '../rewrite/lifter';
import { RewriteSession } from '../rewrite/session';
import { best } from '../rewrite/sessionstate';
import type { IRewriteState } from '../rewrite/sessionstate';
import { pipelineTasks } from '../rewrite/tasks/registry';
import type { ICellFile } from './document';
import type { IModel } from './model';
import { ProgressLine } from './terminal';

/** What came of one messy cell. */
export interface ICellOutcome {
  cellId: string;
  task: string;
  /** Whether the rules could rewrite it, whatever its verdict. */
  lifted: boolean;
  /** Who made the candidate that was taken, or the best one. */
  origin: 'rules' | 'model' | null;
  /** The code of that candidate. */
  code: string | null;
  /** What of the original shows the result, where that is known. */
  observation: Observation | null;
  verdict: IVerdict | null;
  accepted: boolean;
  findings: readonly IFinding[];
  refusals: readonly IRefusal[];
  /** Why nothing was taken. */
  reasons: string[];
  milliseconds: { lift: number; total: number };
}

/** How cells are rewritten. */
export interface IRewritingOptions {
  /** Path or name of the file, for messages and the name of the pipeline. */
  path: string;
  verifier: IVerifier;
  /** What holds the result of each stage, where that is known. */
  outputs?: StageOutputs;
  /** The files that there are, relative to the file. */
  files?: readonly string[];
  /** A model to ask where the rules end. */
  model?: IModel;
}

/** Rewrite every cell that seems to be a part of a pipeline, in order. */
export async function rewriteNotebook(
  file: ICellFile,
  options: IRewritingOptions
): Promise<ICellOutcome[]> {
  const outcomes: ICellOutcome[] = [];
  const { outputs, files } = options;
  const known = cellRoles(file.codeCells, { outputs, files });
  for (const { cellId, task } of pipelineTasks(file.codeCells, known)) {
    outcomes.push(await rewriteCell(file, cellId, task.name, options));
  }
  return outcomes;
}

/** Rewrite one cell for a task; take the best candidate when it is equivalent. */
export async function rewriteCell(
  file: ICellFile,
  cellId: string,
  task: string,
  options: IRewritingOptions
): Promise<ICellOutcome> {
  const started = performance.now();
  const cells = file.codeCells;
  const { outputs, files } = options;
  lift(cells, cellId, { outputs, files });
  const lifted = performance.now();
  const sources = [
    new RulesSource(),
    ...(options.model ? [options.model.source] : [])
  ];
  const session = new RewriteSession(
    {
      task,
      notebookPath: options.path,
      cells,
      cellId,
      outputs,
      files
    },
    sources,
    options.verifier,
    { rounds: options.model?.rounds, critic: true }
  );
  try {
    await watch(session, cellId, options.model !== undefined);
    const { state } = session;
    const judged = best(state);
    const accepted = judged?.verdict.status === 'equivalent';
    if (judged && accepted) {
      file.accept(session.accept(judged.id, 'faithful'));
    }
    return {
      cellId,
      task,
      lifted: state.candidates.some(({ origin }) => origin === 'rules'),
      origin: judged?.candidate.origin ?? null,
      code: judged?.candidate.code ?? null,
      observation: judged?.candidate.observation ?? null,
      verdict: judged?.verdict ?? null,
      accepted,
      findings: state.findings,
      refusals: state.refusals,
      reasons: reasonsOf(state),
      milliseconds: {
        lift: lifted - started,
        total: performance.now() - lifted
      }
    };
  } finally {
    session.dispose();
  }
}

function reasonsOf({ refusals, problems }: IRewriteState): string[] {
  return [
    ...refusals.map(({ line, reason }) => `line ${line}: ${reason}`),
    ...problems.map(({ message, hint }) => `${message} ${hint ?? ''}`.trim())
  ];
}

async function watch(
  session: RewriteSession,
  cellId: string,
  model: boolean
): Promise<void> {
  const progress = new ProgressLine(`cell '${cellId}'`);
  session.subscribe(event => {
    if (event.type === 'progress') {
      const { step, done, total } = event.progress;
      progress.show(step, done, total);
    }
  });
  await session.start(model ? 'if-needed' : 'never');
  progress.end();
}
