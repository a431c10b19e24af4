/**
 * The statements that a training consists of: everything that what it learned depends
 * on, in the order of the original, functions and random numbers included.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, ExprNode } from 'py-ast';

import { LiftRefusal } from '../../refusal';
import type { IStep } from '../slicing';
import { Definitions, RANDOM, effectsOf } from './effects';
import type { IEffects } from './effects';

/** Statements with what they do. */
export interface IKnownStep extends IStep {
  effects: IEffects;
}

export interface ITrainingSlice {
  steps: IKnownStep[];
  /** What is read and made by none of the statements. */
  missing: string[];
  /** What the statements change or assign. */
  made: ReadonlySet<string>;
}

/** Find out what each statement does. */
export function knownSteps(
  steps: readonly IStep[],
  known: Definitions
): IKnownStep[] {
  return steps
    .filter(({ statement }) => !/^Import(From)?$/.test(statement.nodeType))
    .map(step => ({ ...step, effects: effectsOf(step, known) }));
}

/**
 * @param isFixed - whether a name means the same wherever it is read.
 */
export function trainingSlice(
  steps: readonly IKnownStep[],
  wanted: readonly string[],
  isFixed: (name: string) => boolean
): ITrainingSlice {
  const needed = new Set(wanted.filter(name => !isFixed(name)));
  const chosen: IKnownStep[] = [];
  const views = viewsIn(steps);
  for (const step of [...steps].reverse()) {
    const { reads, writes, mutates, sets } = step.effects;
    const touched = [
      ...writes,
      ...[...mutates].flatMap(name => views.get(name) ?? [])
    ];
    if (!touched.some(name => needed.has(name))) {
      continue;
    }
    chosen.unshift(step);
    sets.forEach(name => needed.delete(name));
    reads.forEach(name => !isFixed(name) && needed.add(name));
  }
  const states: readonly string[] = Object.values(RANDOM);
  if (states.some(state => needed.has(state))) {
    throw new LiftRefusal(
      chosen[0]?.statement.lineno ?? 1,
      'A training without a seed is another one at every run.'
    );
  }
  const made = new Set(chosen.flatMap(({ effects }) => [...effects.writes]));
  return {
    steps: chosen,
    made,
    missing: [...needed].filter(name => !made.has(name))
  };
}

/** Statements that read something else in place of some expressions. */
export function stepsWithout(
  steps: readonly IKnownStep[],
  hidden: ReadonlySet<ASTNodeUnion>
): IKnownStep[] {
  return steps.map(step => {
    const { statement, effects } = step;
    const without = new Set<ASTNodeUnion>();
    for (const node of walk(statement)) {
      if (hidden.has(node)) {
        for (const inner of walk(node)) {
          without.add(inner);
        }
      }
    }
    if (without.size === 0) {
      return step;
    }
    const still = new Set<string>();
    for (const node of walk(statement)) {
      if (
        node.nodeType === 'Name' &&
        node.ctx.nodeType === 'Load' &&
        !without.has(node)
      ) {
        still.add(node.id);
      }
    }
    const reads = [...effects.reads].filter(
      name => name.startsWith('<') || still.has(name)
    );
    return { ...step, effects: { ...effects, reads: new Set(reads) } };
  });
}

/** Variables that may show a part of each other, or hold it. */
export function viewsIn(steps: readonly IStep[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  const join = (name: string, node: ExprNode): void => {
    for (const root of rootsOf(node)) {
      const one = groups.get(name) ?? [name];
      const other = groups.get(root) ?? [root];
      const all = [...new Set([...one, ...other])];
      all.forEach(each => groups.set(each, all));
    }
  };
  for (const { statement } of steps) {
    for (const node of walk(statement)) {
      if (node.nodeType === 'Assign' && node.targets.length === 1) {
        const [target] = node.targets;
        const parts = node.value.nodeType === 'Tuple' ? node.value.elts : [];
        if (target.nodeType === 'Name') {
          join(target.id, node.value);
        } else if (target.nodeType === 'Tuple') {
          target.elts.forEach((each, at) => {
            if (each.nodeType === 'Name') {
              join(each.id, parts[at] ?? node.value);
            }
          });
        }
      } else if (node.nodeType === 'For') {
        for (const part of walk(node.target)) {
          if (part.nodeType === 'Name') {
            join(part.id, node.iter);
          }
        }
      }
    }
  }
  return groups;
}

/** The variables that an expression may hand on a part of. */
function rootsOf(node: ExprNode): string[] {
  switch (node.nodeType) {
    case 'Name':
      return [node.id];
    case 'Subscript':
    case 'Attribute':
      return rootsOf(node.value);
    case 'Call':
      return node.func.nodeType === 'Attribute'
        ? /^(items|values|reshape|ravel|view)$/.test(node.func.attr)
          ? rootsOf(node.func.value)
          : []
        : node.func.nodeType === 'Name' &&
            /^(zip|enumerate|reversed|list)$/.test(node.func.id)
          ? node.args.flatMap(rootsOf)
          : [];
    case 'Tuple':
    case 'List':
      return node.elts.flatMap(rootsOf);
    default:
      return [];
  }
}
