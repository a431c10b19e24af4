/**
 * What a search can go by: the metrics that a script computes itself.
 */
import { walk } from 'py-ast';
import type {
  ASTNodeUnion,
  Call,
  ExprNode,
  FunctionDef,
  StmtNode
} from 'py-ast';

import { loadedNames, storedNames } from '../../lifter/celltext';
import { isCompound, ownExpressions } from '../blocks';
import { metricByName } from '../knowledge';
import type { CallGraph } from './callgraph';
import { isDefinition } from './callgraph';
import type { Part } from './data';
import { innerBlocks, isIntersecting, namesIn, within } from './slice';
import type { ITraining } from './training';

/** A value that says how good the trained model is. */
export interface IScore {
  name: string;
  /** The statement of the training block that computes it, or has it inside. */
  outer: StmtNode;
  /** The statement that computes or shows it. */
  statement: StmtNode;
  /** Its expression, which takes the statement's place or, when kept, follows it. */
  node: ExprNode | string;
  /** Whether the statement stays. */
  keepsStatement: boolean;
  /** The part of the data that it is computed on; null when that is the training data. */
  part: Part | null;
  /** The function that shows it and returns nothing, with the statement that does. */
  shownIn?: { function: FunctionDef; statement: StmtNode };
}

const SMALL_IS_GOOD =
  /loss|err|mse|mae|rmse|mape|nll|perplexity|ppl|bce|kl(_|$)|cost|inertia|deviance|wer|cer|distance/i;

/** Whether a metric of this name should be small. */
export function isMinimised(name: string): boolean {
  return SMALL_IS_GOOD.test(name);
}

/** All scores of a script, the ones to prefer first. */
export function scoresOf(calls: CallGraph, training: ITraining): IScore[] {
  const finder = new Scores(calls, training);
  const all = [
    ...finder.lightning(),
    ...finder.shown(),
    ...finder.assigned(),
    ...finder.inFunctions()
  ];
  return all
    .map((score, index) => ({ score, rank: finder.rank(score), index }))
    .sort((one, other) => one.rank - other.rank || one.index - other.index)
    .map(({ score }) => score);
}

class Scores {
  constructor(
    private readonly _calls: CallGraph,
    private readonly _training: ITraining
  ) {
    const first = this._training.statements[0];
    this._firstTraining = this._training.block.indexOf(first);
    this._reachedFrom('test');
    this._valid = this._reachedFrom('valid');
  }

  /** Values that print statements show. */
  shown(): IScore[] {
    return this._calls.anchors.metrics.flatMap(({ place, metrics }) => {
      const outer = this._outer(place.statement);
      return outer === null
        ? []
        : metrics.map(metric => ({
            name: metric.name,
            outer,
            statement: place.statement,
            node: metric.node,
            keepsStatement: false,
            part: this._part(metric.node) ?? partByLabel(metric.name)
          }));
    });
  }

  /** Variables that are called like metrics. */
  assigned(): IScore[] {
    const scores: IScore[] = [];
    for (const { outer, statement } of this._simple()) {
      if (statement.nodeType !== 'Assign') {
        continue;
      }
      const part = this._part(statement.value);
      for (const target of statement.targets) {
        const names = target.nodeType === 'Tuple' ? target.elts : [target];
        for (const node of names) {
          if (
            node.nodeType === 'Name' &&
            part !== null &&
            metricByName(node.id) === true
          ) {
            scores.push({
              name: node.id,
              outer,
              statement,
              node,
              keepsStatement: true,
              part
            });
          }
        }
      }
    }
    return scores;
  }

  /** Metrics that a function shows without returning anything. */
  inFunctions(): IScore[] {
    const scores: IScore[] = [];
    for (const { outer, statement } of this._simple()) {
      if (
        statement.nodeType !== 'Expr' ||
        statement.value.nodeType !== 'Call'
      ) {
        continue;
      }
      const call: Call = statement.value;
      const definition =
        call.func.nodeType === 'Name'
          ? this._calls.definitions.get(call.func.id)
          : undefined;
      const part = this._part(call);
      if (
        part === null ||
        definition?.nodeType !== 'FunctionDef' ||
        returnsSomething(definition)
      ) {
        continue;
      }
      for (const { place, metrics } of this._calls.anchors.metrics) {
        const isTop = place.function === definition && place.loops.length === 0;
        for (const metric of isTop ? metrics : []) {
          scores.push({
            name: metric.name,
            outer,
            statement,
            node: metric.node,
            keepsStatement: false,
            part,
            shownIn: { function: definition, statement: place.statement }
          });
        }
      }
    }
    return scores;
  }

  /** What a Lightning module logs on its validation data. */
  lightning(): IScore[] {
    const scores: IScore[] = [];
    for (const { outer, statement } of this._simple()) {
      const call = statement.nodeType === 'Expr' ? statement.value : null;
      if (
        call?.nodeType !== 'Call' ||
        call.func.nodeType !== 'Attribute' ||
        call.func.attr !== 'fit' ||
        call.func.value.nodeType !== 'Name' ||
        !/\.Trainer$/.test(this._calls.madeBy(call.func.value) ?? '') ||
        !validates(call, this._calls)
      ) {
        continue;
      }
      const trainer = call.func.value.id;
      for (const key of this._validationKeys()) {
        scores.push({
          name: key,
          outer,
          statement,
          node: `${trainer}.callback_metrics["${key}"]`,
          keepsStatement: true,
          part: 'valid'
        });
      }
    }
    return scores;
  }

  /** Smaller is better: validation before test before training, losses first. */
  rank(score: IScore): number {
    const parts: (Part | null)[] = ['valid', 'test', null, 'train'];
    const isLoop =
      score.outer.nodeType === 'For' || score.outer.nodeType === 'While';
    const isVague = metricByName(score.name) !== true;
    return (
      parts.indexOf(score.part) * 8 +
      (isVague ? 4 : 0) +
      (isMinimised(score.name) && !/(^|_)d(isc\w*)?(_|$)/i.test(score.name)
        ? 0
        : 1) +
      (isLoop ? this._depth(score) : 2)
    );
  }

  /** How deep in loops a score is: one of every batch says less than one of every epoch. */
  private _depth({ statement }: IScore): number {
    const place = this._calls.anchors.places.find(
      one => one.statement === statement
    );
    return place !== undefined && place.loops.length > 1 ? 3 : 0;
  }

  private _isTest(names: ReadonlySet<string>): boolean {
    return names === this._test;
  }

  private _validationKeys(): string[] {
    const keys = new Set<string>();
    for (const node of walk(this._calls.anchors.text.module)) {
      if (
        node.nodeType === 'Constant' &&
        typeof node.value === 'string' &&
        /^val(id|idation)?[_/]\w+$/.test(node.value) &&
        metricByName(node.value) === true
      ) {
        keys.add(node.value);
      }
    }
    return [...keys];
  }

  /** The statement of the training block that a statement is, or is in. */
  private _outer(statement: StmtNode): StmtNode | null {
    const { block } = this._training;
    const outer = block.find(one => [...within(one)].includes(statement));
    return outer && block.indexOf(outer) >= this._firstTraining ? outer : null;
  }

  private *_simple(): Generator<{ outer: StmtNode; statement: StmtNode }> {
    for (const outer of this._training.block.slice(this._firstTraining)) {
      for (const statement of within(outer)) {
        if (!isCompound(statement)) {
          yield { outer, statement };
        }
      }
    }
  }

  private _part(node: ExprNode): Part | null {
    const names = namesIn([node as ASTNodeUnion]);
    if (
      isIntersecting(names, this._test) ||
      testsItself(node as ASTNodeUnion)
    ) {
      return 'test';
    }
    return isIntersecting(names, this._valid) || isValidationKey(node)
      ? 'valid'
      : null;
  }

  /** The names that hold something computed from a part of the data. */
  private _reachedFrom(part: Part): Set<string> {
    const { block } = this._training;
    const names = new Set<string>();
    if (part === 'test') {
      this._test = names;
    }
    for (const statement of block) {
      if (statement.nodeType !== 'For' && statement.nodeType !== 'While') {
        storedNames([statement]).forEach(name => {
          if (this._calls.partOf(name) === part) {
            names.add(name);
          }
        });
      }
    }
    this._training.function?.args.args.forEach(({ arg }) => {
      if (this._calls.partOf(arg) === part) {
        names.add(arg);
      }
    });
    let size = -1;
    while (size !== names.size) {
      size = names.size;
      for (const outer of block) {
        this._reach(outer, names);
      }
    }
    return names;
  }

  private _reach(statement: StmtNode, names: Set<string>): void {
    if (isDefinition(statement)) {
      return;
    }
    if (!isCompound(statement)) {
      const isTraining = this._calls.trains([statement]);
      if (
        isIntersecting(loadedNames(statement as ASTNodeUnion), names) ||
        (this._isTest(names) && testsItself(statement as ASTNodeUnion))
      ) {
        // A model that is trained with an eye on the data does not hold the data.
        [...storedNames([statement])]
          .filter(name => !isTraining || metricByName(name) === true)
          .forEach(name => names.add(name));
      }
      return;
    }
    const isLoopOver =
      statement.nodeType === 'For' &&
      isIntersecting(namesIn(ownExpressions(statement)), names);
    if (isLoopOver) {
      const inside = [...within(statement)].filter(one => !isCompound(one));
      storedNames(inside).forEach(name => names.add(name));
    }
    innerBlocks(statement)
      .flat()
      .forEach(inner => this._reach(inner, names));
  }

  private readonly _firstTraining: number;
  private _test: ReadonlySet<string> = new Set();
  private readonly _valid: ReadonlySet<string>;
}

/** What the words before a value say that it was computed on. */
function partByLabel(name: string): Part | null {
  return /^(val|valid|validation|dev)(_|$)/.test(name)
    ? 'valid'
    : /^(test|holdout)(_|$)/.test(name)
      ? 'test'
      : null;
}

/** Whether something is a test of a Lightning trainer, or a result of one. */
function testsItself(node: ASTNodeUnion): boolean {
  return [...walk(node)].some(
    part =>
      (part.nodeType === 'Call' &&
        part.func.nodeType === 'Attribute' &&
        part.func.attr === 'test') ||
      (part.nodeType === 'Constant' &&
        typeof part.value === 'string' &&
        /^test_/.test(part.value))
  );
}

/** Whether an expression reads the history of a validation metric. */
function isValidationKey(node: ExprNode): boolean {
  for (const part of walk(node as ASTNodeUnion)) {
    if (
      part.nodeType === 'Constant' &&
      typeof part.value === 'string' &&
      /^val_/.test(part.value)
    ) {
      return true;
    }
  }
  return false;
}

function returnsSomething(definition: FunctionDef): boolean {
  return [...walk(definition as ASTNodeUnion)].some(
    node => node.nodeType === 'Return' && Boolean(node.value)
  );
}

/** Whether a call of a Lightning trainer has data to validate on. */
function validates(call: Call, calls: CallGraph): boolean {
  const hasLoader = [...walk(calls.anchors.text.module)].some(
    node => node.nodeType === 'FunctionDef' && node.name === 'val_dataloader'
  );
  return (
    hasLoader ||
    call.args.length >= 3 ||
    call.keywords.some(({ arg }) => arg === 'val_dataloaders')
  );
}
