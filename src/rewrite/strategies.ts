/**
 * What is remembered of rewrites that a model tried: for which idioms, by which
 * operations, and how that went. Nothing of the data is remembered.
 */
import { idiomsOf, operationsOf } from './idioms';
import type { IAttempt, IRewriteRequest, Role } from './interfaces';
import { relationOf } from './redact';
import type { FailureMode } from './taxonomy';

/** One way of rewriting, and how it went. */
export interface IStrategy {
  /** The same for the same way on the same kind of cell. */
  key: string;
  role: Role;
  /** What the cell is like. */
  idioms: readonly string[];
  /** How the rewrite went about it. */
  operations: readonly string[];
  outcome: 'failed' | 'verified';
  /** How it failed, without values; null when it did not. */
  reason: string | null;
  failure: FailureMode | null;
  /** How often it was seen, as far as that is counted. */
  times?: number;
}

/** Where strategies are kept between sessions. */
export interface IStrategyStore {
  /** All that are kept, the latest last. */
  strategies(): Promise<readonly IStrategy[]>;
  /** Keep one more; one with the same key is counted again. */
  addStrategy(strategy: IStrategy): Promise<void>;
}

/** Hints of more strategies than this would only be noise. */
const MAXIMUM_HINTS = 5;

/** Cells that have at least this share of their idioms in common are alike. */
const ALIKE = 0.5;

/** What an attempt teaches, or null when it teaches nothing. */
export function strategyOf(
  request: IRewriteRequest,
  attempt: IAttempt,
  failure: FailureMode | null
): IStrategy | null {
  const { candidate, verdict } = attempt;
  const operations = operationsOf(candidate.code);
  const idioms = idiomsOf(sourceOf(request));
  const verified = verdict.status === 'equivalent';
  const reason = verified ? null : reasonOf(attempt);
  if (idioms.length === 0 || operations.length === 0) {
    return null;
  }
  if (!verified && (reason === null || attempt.repeat)) {
    return null;
  }
  const outcome = verified ? 'verified' : 'failed';
  return {
    key: JSON.stringify([candidate.role, idioms, operations, outcome]),
    role: candidate.role,
    idioms,
    operations,
    outcome,
    reason,
    failure
  };
}

/** What strategies on similar cells say to this request, the latest first. */
export function hintsFor(
  strategies: readonly IStrategy[],
  request: IRewriteRequest,
  role: Role
): string[] {
  const idioms = idiomsOf(sourceOf(request));
  const alike = strategies.filter(
    other => other.role === role && likeness(other.idioms, idioms) >= ALIKE
  );
  const worked = alike.filter(({ outcome }) => outcome === 'verified');
  return alike
    .filter(({ outcome }) => outcome === 'failed')
    .reverse()
    .slice(0, MAXIMUM_HINTS)
    .map(failed => hintOf(failed, better(failed, worked)));
}

function hintOf(failed: IStrategy, instead: IStrategy | null): string {
  const common = (other: readonly string[]) => (operation: string) =>
    !other.includes(operation);
  const tried = instead
    ? failed.operations.filter(common(instead.operations))
    : failed.operations;
  const told = tried.length > 0 ? tried : failed.operations;
  const times = (failed.times ?? 1) > 1 ? ` (${failed.times} times)` : '';
  const mended = instead?.operations.filter(common(failed.operations)) ?? [];
  const instruction =
    mended.length > 0 ? ` What was equivalent used ${mended.join(', ')}.` : '';
  return `On a cell with ${failed.idioms.join(', ')}, ${told.join(', ')} failed${times}: ${failed.reason}.${instruction}`;
}

/** The verified strategy that is most like a failed one. */
function better(
  failed: IStrategy,
  worked: readonly IStrategy[]
): IStrategy | null {
  const near = (other: IStrategy) =>
    likeness(other.operations, failed.operations);
  return worked.reduce<IStrategy | null>(
    (best, other) => (best && near(best) > near(other) ? best : other),
    null
  );
}

/** The share of what two lists have in common. */
function likeness(a: readonly string[], b: readonly string[]): number {
  const both = a.filter(word => b.includes(word)).length;
  const all = new Set([...a, ...b]).size;
  return all === 0 ? 0 : both / all;
}

/** How an attempt failed, in words that hold no value of the data. */
function reasonOf({ verdict }: IAttempt): string | null {
  const { difference, error, status } = verdict;
  if (status === 'inconclusive' || error?.side === 'original') {
    return null;
  }
  if (difference) {
    const { original, rewritten, input, column } = difference;
    const relation = relationOf(original, rewritten);
    const where = column === null ? 'the rows differ' : 'a value differs';
    return [
      where,
      input === 'real' ? 'on the real inputs' : `on an input with ${input}`,
      ...(relation === null ? [] : [relation])
    ].join(', ');
  }
  // The kind of the error; its text may hold values.
  const kind = /\b([A-Z]\w*(?:Error|Exception))\b/.exec(error?.message ?? '');
  return kind ? `it raised ${kind[1]}` : 'it broke the rules of the cell';
}

function sourceOf({ cells, cellId }: IRewriteRequest): string {
  const cell = cells.find(other => other.id === cellId);
  return cell?.originalSource ?? cell?.source ?? '';
}
