/**
 * The tasks that turn a cell into one function of the pipeline contract.
 */
import type { IRewriteRequest, IRewriteTask, Role } from '../interfaces';
import { signalsOf } from './signals';
import { buildPrompt } from './prompt';

/** What one role adds to what all of them have in common. */
export interface IRoleTaskSpec {
  role: Role;
  /** Imperative label for menus. */
  label: string;
  /** The function that is wanted, with its signature and its duties. */
  contract: string;
  /** What is often got wrong with this role, one point a line. */
  hints: readonly string[];
  /** What this request adds to the contract. */
  note?(request: IRewriteRequest): string;
  /** A few short examples. */
  examples: readonly { original: string; rewritten: string }[];
}

/** The task of one role. */
export function roleTask(spec: IRoleTaskSpec): IRewriteTask {
  return {
    name: spec.role,
    label: spec.label,
    role: spec.role,
    applies: (cells, cellId) => {
      const cell = cells.find(other => other.id === cellId);
      if (!cell) {
        return false;
      }
      return cell.role === undefined
        ? signalsOf(cell.source) !== null
        : cell.role === spec.role;
    },
    prompt: (request, attempts) => buildPrompt(spec, request, attempts)
  };
}
