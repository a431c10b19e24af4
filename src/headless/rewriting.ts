/**
 * Rewrites all cells of a notebook by rules, each verified before it is taken.
 */
import { RulesSource } from '../rewrite/candidatesource';
import type { IFinding, IVerdict, IVerifier } from '../rewrite/interfaces';
import { RewriteSession } from '../rewrite/session';
import { best } from '../rewrite/sessionstate';
import { tasksFor } from '../rewrite/tasks/registry';
import type { NotebookFile } from './notebook';
import { ProgressLine } from './terminal';

/** What came of one messy cell. */
export interface ICellOutcome {
  cellId: string;
  task: string;
  verdict: IVerdict | null;
  accepted: boolean;
  findings: readonly IFinding[];
  /** Why nothing was taken. */
  reasons: string[];
}

/** Rewrite every cell that some task applies to, in order. */
export async function rewriteNotebook(
  notebook: NotebookFile,
  path: string,
  verifier: IVerifier
): Promise<ICellOutcome[]> {
  const outcomes: ICellOutcome[] = [];
  for (const { id } of notebook.codeCells) {
    const task = tasksFor(notebook.codeCells, id).at(0);
    if (task) {
      outcomes.push(await rewriteCell(notebook, path, id, task.name, verifier));
    }
  }
  return outcomes;
}

async function rewriteCell(
  notebook: NotebookFile,
  notebookPath: string,
  cellId: string,
  task: string,
  verifier: IVerifier
): Promise<ICellOutcome> {
  const request = { task, notebookPath, cells: notebook.codeCells, cellId };
  const session = new RewriteSession(request, [new RulesSource()], verifier);
  try {
    await watch(session, cellId);
    const { state } = session;
    const judged = best(state);
    const accepted = judged?.verdict.status === 'equivalent';
    if (judged && accepted) {
      notebook.accept(session.accept(judged.id, 'faithful'));
    }
    return {
      cellId,
      task,
      verdict: judged?.verdict ?? null,
      accepted,
      findings: state.findings,
      reasons: [
        ...state.refusals.map(({ line, reason }) => `line ${line}: ${reason}`),
        ...state.problems.map(({ message, hint }) => `${message} ${hint ?? ''}`)
      ]
    };
  } finally {
    session.dispose();
  }
}

async function watch(session: RewriteSession, cellId: string): Promise<void> {
  const progress = new ProgressLine(`cell '${cellId}'`);
  session.subscribe(event => {
    if (event.type === 'progress') {
      const { step, done, total } = event.progress;
      progress.show(step, done, total);
    }
  });
  await session.start('never');
  progress.end();
}
