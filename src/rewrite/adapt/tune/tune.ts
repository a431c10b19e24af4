/**
 * Hyper-parameter search with Optuna: the training of a script becomes an objective, and its
 * result the settings that the script then trains with.
 */
import { walk } from 'py-ast';
import type { StmtNode } from 'py-ast';

import { Anchors } from '../anchors';
import type { IAdaptation } from '../program';
import { Splice } from '../splice';
import { CallGraph } from './callgraph';
import { CannotCopy } from './copy';
import { NoPlan, planOf } from './plan';
import { scoresOf } from './score';
import { type IOwnNames, type IStudyOptions, Study } from './study';
import { type ITraining, trainingOf } from './training';

/** How many trials a study has unless the user says otherwise. */
export const TRIALS = 20;

/** Whether a script trains something that can be tuned. */
export function canTune(source: string): boolean {
  return tune(source, { project: 'study', trials: TRIALS }).changed;
}

/** Search the hyper-parameters of a script before it trains. */
export function tune(source: string, options: IStudyOptions): IAdaptation {
  const anchors = new Anchors(source);
  const unchanged = (line: number, message: string): IAdaptation => ({
    code: source,
    changed: false,
    notes: [{ line, message }]
  });
  if (anchors.names.has('optuna')) {
    return { code: source, changed: false, notes: [] };
  }
  const calls = new CallGraph(anchors);
  const training = trainingOf(calls);
  if (training === null) {
    return unchanged(1, 'Not tuned: nothing is trained here.');
  }
  const reasons: string[] = [];
  for (const score of scoresOf(calls, training)) {
    try {
      const plan = planOf(calls, training, score);
      const study = new Study(
        calls,
        training,
        plan,
        ownNames(anchors),
        options
      );
      return {
        code: inserted(anchors, training, plan.at, study),
        changed: true,
        notes: []
      };
    } catch (error) {
      if (!(error instanceof NoPlan || error instanceof CannotCopy)) {
        throw error;
      }
      reasons.push(error.message);
    }
  }
  const why = reasons[0] ?? 'no metric is computed that a search could go by';
  return unchanged(training.statements[0].lineno ?? 1, `Not tuned: ${why}.`);
}

function inserted(
  anchors: Anchors,
  training: ITraining,
  at: StmtNode,
  study: Study
): string {
  const splice = new Splice(anchors.text);
  splice.before(at, study.lines());
  for (const [node, text] of study.replacedLiterals()) {
    splice.replace(node as never, text);
  }
  const literals = study.literals
    .map(({ name, source }) => `"${name}": ${source}`)
    .join(', ');
  const head = [...study.imports].map(one =>
    one.startsWith('from ') ? one : `import ${one}`
  );
  if (literals !== '') {
    head.push(
      '',
      '# What is searched, with the values to begin from.',
      `${study.names.tuned} = {${literals}}`
    );
  }
  if (anchors.lastImport) {
    splice.after(anchors.lastImport, head);
  } else {
    splice.atStart(head);
  }
  if (training.function !== null && study.globals.length > 0) {
    const [first] = training.function.body.filter(
      one => !(one.nodeType === 'Expr' && one.value.nodeType === 'Constant')
    );
    splice.before(first, [`global ${study.globals.join(', ')}`]);
  }
  return splice.toString();
}

/** Names that the script does not have. */
function ownNames(anchors: Anchors): IOwnNames {
  const taken = new Set<string>();
  for (const node of walk(anchors.text.module)) {
    if (node.nodeType === 'Name') {
      taken.add(node.id);
    } else if (
      node.nodeType === 'FunctionDef' ||
      node.nodeType === 'ClassDef'
    ) {
      taken.add(node.name);
    } else if (node.nodeType === 'Arg') {
      taken.add(node.arg);
    }
  }
  const free = (name: string) => {
    let own = name;
    while (taken.has(own)) {
      own = `${own}_`;
    }
    return own;
  };
  return {
    tuned: free('tuned'),
    original: free('original'),
    objective: free('objective'),
    study: free('study'),
    score: free('score'),
    scores: free('scores'),
    validate: free('validate'),
    passes: free('passes')
  };
}
