/**
 * Features whose computation is kept as the original has it: one transformer that
 * learns once what is computed of all rows.
 */
import { walk } from 'py-ast';
import type { FunctionDef } from 'py-ast';

import type { IAnalysis } from '../analysis';
import { definitionOf } from '../callees';
import { loadedNames, storedNames } from '../celltext';
import { quote } from '../expression';
import { Binding } from '../kept/binding';
import { asksForNone, givenTable } from '../kept/given';
import type { IGivenTable } from '../kept/given';
import type { Kind } from '../kept/kinds';
import { boundNames, sliceOf, writtenNames } from '../kept/slicing';
import type { IStep } from '../kept/slicing';
import { editedLines } from '../kept/source';
import type { Table } from '../plan';
import { LiftRefusal } from '../refusal';
import type { CellWriter } from './cellwriter';
import type { IWritten } from './prepare';

/** Write features as a function of the rows, with what it learns beside. */
export function writeKeptFeatures(
  writer: CellWriter,
  name: string,
  table: Table,
  analysis: IAnalysis
): IWritten {
  const given = givenTable(table, analysis);
  const { steps, binding, moved } = boundSlice(name, given, writer, analysis);
  const used = namesUsed(steps);
  moved.forEach(({ name: helper }) => writer.drop(helper));
  const body = [
    ...given.prelude(used, asksForNone(steps)),
    ...helperLines(binding),
    ...steps.flatMap(step => [
      ...moved
        .filter(({ before }) => before === step)
        .flatMap(({ lines }) => [...lines, '']),
      ...linesOf(step, binding)
    ])
  ];
  writer.import('import numpy as np');
  writer.import('from sklearn.compose import ColumnTransformer');
  const result = `np.asarray(${name}, dtype=float)`;
  const transformer = binding.learns
    ? learningTransformer(writer, body, result)
    : plainTransformer(writer, body, result);
  writer.add(
    [
      'def encode_features():',
      '    return ColumnTransformer(',
      `        [("features", ${transformer}, ${columnsSource(steps, given, writer)})],`,
      '        sparse_threshold=0,',
      '    )'
    ].join('\n')
  );
  return {
    observation: { kind: 'variable', name },
    findings: [
      {
        kind: 'kept-code',
        severity: 'info',
        message:
          'The features are computed as the original does it, in one step; what it computes of all rows is learned once.',
        line: steps[0]?.statement.lineno ?? 1
      }
    ]
  };
}

/** The statements that make the matrix, and what in them is learned. */
function boundSlice(
  name: string,
  given: IGivenTable,
  writer: CellWriter,
  analysis: IAnalysis
): { steps: IStep[]; binding: Binding; moved: IMovedHelper[] } {
  const { machine } = analysis;
  const isKept = (each: string) => isKeptName(each, analysis);
  const until = analysis.fit
    ? given.after.filter(step => !isAfterFit(step, analysis))
    : given.after;
  const options = { given: given.names, isKept };
  const first = sliceOf(until, [name], options);
  const needs = helperNeeds(first.steps, analysis);
  const { steps, missing } =
    needs.size === 0
      ? first
      : sliceOf(until, [name, ...[...needs.values()].flat()], options);
  if (missing.length > 0) {
    throw new LiftRefusal(
      steps[0]?.statement.lineno ?? 1,
      `The features depend on \`${missing[0]}\`, which is no part of the training table.`
    );
  }
  if (steps.length === 0) {
    throw new LiftRefusal(
      1,
      `\`${name}\` is not made from the training table.`
    );
  }
  const moved = movedHelpers(steps, needs, analysis);
  const kinds = new Map<string, Kind>();
  given.names.forEach(each => kinds.set(each, 'rows'));
  const binding = new Binding(
    {
      path: node => machine.path(node),
      isKept,
      definition: node => definitionOf(node, machine.env)
    },
    kinds
  );
  for (const { statement, text, cell } of steps) {
    try {
      binding.run(statement, text);
    } catch (error) {
      if (error instanceof LiftRefusal) {
        error.cell ??= cell.index;
      }
      throw error;
    }
  }
  for (const [helper, names] of needs) {
    const other = names.find(each => binding.kindOf(each) !== 'constant');
    if (other !== undefined) {
      throw new LiftRefusal(
        moved.find(each => each.name === helper)?.line ?? 1,
        `\`${helper}\` reads \`${other}\`, which is no constant.`
      );
    }
  }
  if (binding.kindOf(name) !== 'rows') {
    throw new LiftRefusal(
      steps[steps.length - 1].statement.lineno ?? 1,
      `\`${name}\` does not have one row for each row of the training table.`
    );
  }
  return { steps, binding, moved };
}

/** A helper that goes where the statements are whose variables it reads. */
interface IMovedHelper {
  name: string;
  lines: string[];
  line: number;
  /** The first statement that calls it. */
  before: IStep;
}

/** The helpers of statements that read what other statements assign, and what. */
function helperNeeds(
  steps: readonly IStep[],
  analysis: IAnalysis
): Map<string, string[]> {
  const needs = new Map<string, string[]>();
  for (const { statement } of steps) {
    for (const node of walk(statement)) {
      const of =
        node.nodeType === 'Name'
          ? definitionOf(node, analysis.machine.env)
          : null;
      const { definition } = of ?? {};
      if (!of || !definition) {
        continue;
      }
      const others = outerNames(definition, analysis);
      if (others.length > 0) {
        needs.set(of.name, others);
      }
    }
  }
  return needs;
}

/** The variables of the notebook that a function reads. */
function outerNames(definition: FunctionDef, analysis: IAnalysis): string[] {
  const own = storedNames(definition.body);
  for (const part of walk(definition)) {
    if (part.nodeType === 'Arg') {
      own.add(part.arg);
    }
  }
  const inner = boundNames(definition);
  return [...loadedNames(definition)].filter(
    name =>
      !own.has(name) &&
      !inner.has(name) &&
      analysis.machine.env.has(name) &&
      !isKeptName(name, analysis)
  );
}

/** What a helper reads has to be there, and the same, at every call. */
function movedHelpers(
  steps: readonly IStep[],
  needs: ReadonlyMap<string, readonly string[]>,
  { machine }: IAnalysis
): IMovedHelper[] {
  return [...needs].map(([name, names]) => {
    const of = steps.flatMap(({ statement }) =>
      [...walk(statement)].flatMap(node =>
        node.nodeType === 'Name' && node.id === name
          ? (definitionOf(node, machine.env) ?? [])
          : []
      )
    )[0];
    const before = steps.find(({ statement }) =>
      loadedNames(statement).has(name)
    );
    const { definition, text } = of ?? {};
    const at = before ? steps.indexOf(before) : 0;
    const late = names.find(each =>
      steps.slice(at).some(step => writtenNames(step).has(each))
    );
    if (!before || !definition || !text || late !== undefined) {
      throw new LiftRefusal(
        definition?.lineno ?? 1,
        `\`${name}\` reads \`${late ?? names[0]}\`, which is no constant.`
      );
    }
    return {
      name,
      lines: text.statementSource(definition).split('\n'),
      line: definition.lineno ?? 1,
      before
    };
  });
}

/** Names that stay names of the notebook: imports, functions, constants. */
export function isKeptName(name: string, { machine }: IAnalysis): boolean {
  const value = machine.env.get(name);
  if (value === undefined) {
    return machine.isBuiltin(name);
  }
  return value.kind === 'scalar' && value.expr.kind === 'name';
}

/** Whether a statement comes after the training. */
export function isAfterFit(step: IStep, { fit }: IAnalysis): boolean {
  return (
    fit !== null &&
    (step.cell.index > fit.cell ||
      (step.cell.index === fit.cell &&
        (step.statement.lineno ?? 1) >= fit.line))
  );
}

function namesUsed(steps: readonly IStep[]): Set<string> {
  return new Set(steps.flatMap(({ statement }) => [...loadedNames(statement)]));
}

/** The lines of a kept statement. */
function linesOf(
  { statement, text }: Pick<IStep, 'statement' | 'text'>,
  binding: Binding
): string[] {
  const lines = editedLines(text, statement, {
    insertions: binding.insertions.get(text) ?? [],
    cuts: binding.cuts.get(text) ?? []
  });
  const learned = binding.learnedLoops.get(statement);
  if (!learned) {
    return lines;
  }
  const names = learned.join(', ');
  const parameters = learned.map(name => `${name}=${name}`).join(', ');
  return [
    `def loop(${parameters}):`,
    ...lines.map(line => `    ${line}`),
    `    return ${names}`,
    '',
    `${names} = learned(loop)`
  ];
}

/** Functions that learn something belong to the computation. */
function helperLines(binding: Binding): string[] {
  return [...binding.helpers.values()]
    .filter(({ learns }) => learns)
    .flatMap(({ definition, text }) => [
      ...linesOf({ statement: definition, text }, binding),
      ''
    ]);
}

const indented = (lines: readonly string[]): string[] =>
  lines.map(line => (line === '' ? '' : `    ${line}`));

/** Nothing is learned: a function of the rows will do. */
function plainTransformer(
  writer: CellWriter,
  body: readonly string[],
  result: string
): string {
  writer.import('from sklearn.preprocessing import FunctionTransformer');
  const name = writer.define('features_of', own =>
    [`def ${own}(frame):`, ...indented(body), `    return ${result}`].join('\n')
  );
  return `FunctionTransformer(${name})`;
}

function learningTransformer(
  writer: CellWriter,
  body: readonly string[],
  result: string
): string {
  writer.import('from sklearn.base import BaseEstimator, TransformerMixin');
  const features = writer.define('features_of', own =>
    [
      `def ${own}(frame, learned):`,
      ...indented(body),
      `    return ${result}`
    ].join('\n')
  );
  const name = writer.define('Features', own =>
    [
      `class ${own}(BaseEstimator, TransformerMixin):`,
      '    # what is computed of all rows is learned once, in this order',
      '    def fit(self, frame, y=None):',
      '        self.learned_ = []',
      `        ${features}(frame, self._learn)`,
      '        return self',
      '',
      '    def transform(self, frame):',
      '        known = iter(self.learned_)',
      `        return ${features}(frame, lambda compute: next(known))`,
      '',
      '    def _learn(self, compute):',
      '        self.learned_.append(compute())',
      '        return self.learned_[-1]'
    ].join('\n')
  );
  return `${name}()`;
}

/** The columns that the statements read, as far as they can be told. */
function columnsSource(
  steps: readonly IStep[],
  given: IGivenTable,
  writer: CellWriter
): string {
  const { columns } = given;
  if (!columns) {
    return 'slice(None)';
  }
  const texts = new Set<string>();
  for (const { statement } of steps) {
    for (const node of walk(statement)) {
      if (node.nodeType === 'Constant' && typeof node.value === 'string') {
        texts.add(node.value);
      }
    }
  }
  const read = columns.filter(column => texts.has(column));
  const list = given.byName && read.length > 0 ? read : columns;
  return `[${list.map(column => quote(column)).join(', ')}]`;
}
