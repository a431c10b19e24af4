/**
 * All rewrite tasks: a new one is a new file and one line here.
 */
import type {
  ICodeCell,
  IRewriteRequest,
  IRewriteTask,
  Role
} from '../interfaces';
import { encodeTask } from './encode';
import { labelTask } from './label';
import { prepareTask } from './prepare';
import { likelyRole } from './signals';
import { trainTask } from './train';

/** In the order of the pipeline. */
export const REWRITE_TASKS: readonly IRewriteTask[] = [
  prepareTask,
  encodeTask,
  labelTask,
  trainTask
];

/** The task of this name. */
export function taskByName(name: string): IRewriteTask {
  const task = REWRITE_TASKS.find(other => other.name === name);
  if (!task) {
    const names = REWRITE_TASKS.map(other => other.name).join(', ');
    throw new Error(
      `There is no rewrite task '${name}'. The tasks are: ${names}.`
    );
  }
  return task;
}

/** The tasks that apply to a cell, the most probable first. */
export function tasksFor(
  cells: readonly ICodeCell[],
  cellId: string
): readonly IRewriteTask[] {
  const likely = likelyRole(cells, cellId);
  const applying = REWRITE_TASKS.filter(task => task.applies(cells, cellId));
  return [
    ...applying.filter(task => task.role === likely),
    ...applying.filter(task => task.role !== likely)
  ];
}

/** The task for what a cell seems to do, or null when it seems to do none of it. */
export function likelyTask(
  cells: readonly ICodeCell[],
  cellId: string
): IRewriteTask | null {
  const likely = likelyRole(cells, cellId);
  return tasksFor(cells, cellId).find(task => task.role === likely) ?? null;
}

/**
 * The tasks of the cells of a whole pipeline, in order.
 *
 * @param known - what the rules found each cell to do: a stage that has its cell is
 *   not looked for in others.
 */
export function pipelineTasks(
  cells: readonly ICodeCell[],
  known: ReadonlyMap<string, readonly Role[]>
): { cellId: string; task: IRewriteTask }[] {
  const found = new Set([...known.values()].flat());
  return cells.flatMap(({ id }) => {
    const roles = known.get(id) ?? [];
    const role = roles[roles.length - 1];
    const task = role
      ? REWRITE_TASKS.find(each => each.role === role)
      : likelyTask(cells, id);
    const isFree = role !== undefined || !task?.role || !found.has(task.role);
    return task && isFree ? [{ cellId: id, task }] : [];
  });
}

/** The role that a task gives the cell of this request. */
export function roleOf(task: IRewriteTask, request: IRewriteRequest): Role {
  const role = task.role ?? likelyRole(request.cells, request.cellId);
  if (role === null) {
    throw new Error(
      `The task '${task.name}' cannot tell what the cell does. Choose the task of its role instead.`
    );
  }
  return role;
}
