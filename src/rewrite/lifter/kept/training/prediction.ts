/**
 * How the original predicts with what it learned: the expression over rows of the
 * features that its statements compute after the training.
 */
import { iterChildNodes } from 'py-ast';
import type { ASTNodeUnion, ExprNode, StmtNode } from 'py-ast';

import type { CellText } from '../../celltext';
import { BESIDE, ELEMENTWISE, ROW_METHODS, SUMMARIES } from '../kinds';
import { boundNames } from '../slicing';
import { freeNames } from './effects';
import { RowParts, sourceWith } from './rowparts';
import type { IReplacement } from './rowparts';
import type { IKnownStep } from './slice';

export interface IPrediction {
  /** Functions and row-wise computations before the result. */
  lines: string[];
  result: string;
  /** What was learned that it reads. */
  learned: ReadonlySet<string>;
  /** Where the original predicts, and for which rows. */
  place: { step: IKnownStep; node: ExprNode; rows: string } | null;
}

/** What is known where predictions are looked for. */
export interface IPredictionContext {
  features: string;
  labels: string;
  /** In the order of the original. */
  steps: readonly IKnownStep[];
  /** Those of the training itself. */
  training: ReadonlySet<IKnownStep>;
  /** What the training makes. */
  made: ReadonlySet<string>;
  isFixed(name: string): boolean;
  path(node: ExprNode): string | null;
}

/** Something computed of rows, in terms of all rows. */
interface ITranslation {
  text: CellText;
  replacements: IReplacement[];
  /** How the original chose the rows. */
  rows: Set<string>;
  bases: Set<string>;
  learned: Set<string>;
  functions: Set<string>;
  /** Whether it is computed of one row at a time. */
  single: boolean;
}

interface IDerived {
  name: string;
  source: string;
  translation: ITranslation;
}

/** Find the last way to predict before it is compared with labels. */
export function findPrediction(
  context: IPredictionContext
): IPrediction | null {
  const finder = new Finder(context);
  const last = context.steps.findIndex(step => finder.isLast(step));
  let found: IPrediction | null = null;
  for (const [at, step] of context.steps.entries()) {
    if (at > last) {
      found = finder.inside(step) ?? found;
      if (found && finder.asksForLabels(step.statement)) {
        return found;
      }
    }
    finder.note(step);
  }
  return found;
}

/** What the training itself computes of its rows, with what there was before its loops. */
export function predictionWhileTraining(
  context: IPredictionContext
): IPrediction | null {
  const finder = new Finder(context);
  const training = context.steps.filter(step => context.training.has(step));
  const lasting = new Set(training.flatMap(({ effects }) => [...effects.sets]));
  for (const step of context.steps) {
    const found = context.training.has(step) ? finder.inside(step) : null;
    if (found && [...found.learned].every(name => lasting.has(name))) {
      return { ...found, place: null };
    }
    finder.note(step);
  }
  return null;
}

class Finder {
  constructor(private readonly _context: IPredictionContext) {
    const { features, labels, path } = _context;
    this._rows = new RowParts(features, labels, path);
    const trained = _context.steps.filter(step => _context.training.has(step));
    this._last = trained[trained.length - 1];
    for (const step of _context.steps) {
      if (step.statement.nodeType === 'FunctionDef') {
        this._functions.set(step.statement.name, step);
      }
    }
  }

  isLast(step: IKnownStep): boolean {
    return step === this._last;
  }

  asksForLabels(node: ASTNodeUnion): boolean {
    return (
      (node.nodeType === 'Name' &&
        (this._rows.of(node) ?? this._rows.rowOf(node))?.of === 'labels') ||
      [...iterChildNodes(node)].some(child => this.asksForLabels(child))
    );
  }

  /** Learn which variables hold rows, and which are computed of rows. */
  note(step: IKnownStep): void {
    const { statement, text } = step;
    if (statement.nodeType === 'Assign' && statement.targets.length === 1) {
      const [target] = statement.targets;
      const translation = this._translate(statement.value, text);
      const isPart = this._rows.of(statement.value) !== null;
      if (
        target.nodeType === 'Name' &&
        !isPart &&
        translation &&
        translation.bases.size > 0 &&
        !translation.single &&
        this._isOnce(target.id)
      ) {
        this._derived.push({
          name: target.id,
          source: sourceWith(text, statement.value, translation.replacements),
          translation
        });
        this._rows.derive(target.id);
        return;
      }
    }
    this._rows.note(statement);
  }

  private _isOnce(name: string): boolean {
    const { features, steps } = this._context;
    const makers = steps.filter(({ effects }) => effects.writes.has(name));
    return name === features || makers.length === 1;
  }

  /** The largest expressions of a statement that predict; the last of them. */
  inside(step: IKnownStep): IPrediction | null {
    if (step.statement.nodeType === 'FunctionDef') {
      return null;
    }
    let found: IPrediction | null = null;
    const visit = (node: ASTNodeUnion): void => {
      if (node.nodeType === 'For') {
        this._rows.enter(node);
        node.body.forEach(each => this._noteLocal(each));
      }
      const local = this._localIn(node);
      const prediction =
        (local && this._of(local, step)) ??
        (isExpression(node) && !this._isBare(node)
          ? this._of(node, step)
          : null);
      if (prediction) {
        found = prediction;
        return;
      }
      for (const child of iterChildNodes(node)) {
        visit(methodless(node, child));
      }
    };
    visit(step.statement);
    this._locals.clear();
    return found;
  }

  /** A value that is computed in the body of a loop for its row. */
  private _noteLocal(statement: StmtNode): void {
    const assigned = assignment(statement);
    if (assigned) {
      this._locals.set(assigned.name, assigned.choices);
    }
  }

  /** `if test: c = a` `else: c = b` is an expression, too. */
  private _localIn(node: ASTNodeUnion): IChoices | null {
    return node.nodeType === 'If' ? (assignment(node)?.choices ?? null) : null;
  }

  /** A variable, or one made an array. */
  private _isBare(node: ExprNode): boolean {
    if (node.nodeType === 'Call' && node.args.length > 0) {
      const path = this._context.path(node.func) ?? '';
      return (
        /^(list|numpy\.(array|asarray))$/.test(path) &&
        this._isBare(node.args[0])
      );
    }
    return node.nodeType === 'Name' || this._rows.of(node) !== null;
  }

  private _of(node: ExprNode | IChoices, step: IKnownStep): IPrediction | null {
    const translation = this._translate(node, step.text);
    if (!translation || translation.bases.size === 0) {
      return null;
    }
    const learned = new Set(translation.learned);
    const functions = new Set(translation.functions);
    const lines: string[] = [];
    const bases = new Set(translation.bases);
    const isDirect = [...bases].every(name => name === this._context.features);
    const isShown =
      step.statement.nodeType === 'Expr' &&
      !('nodeType' in node && node.nodeType === 'Compare');
    if (isShown && [...bases].every(name => this._isPrediction(name))) {
      return null;
    }
    for (const each of [...this._derived].reverse()) {
      if (bases.has(each.name)) {
        bases.delete(each.name);
        each.translation.bases.forEach(name => bases.add(name));
        each.translation.learned.forEach(name => learned.add(name));
        each.translation.functions.forEach(name => functions.add(name));
        lines.unshift(`${each.name} = ${each.source}`);
      }
    }
    if (bases.size !== 1 || !bases.has(this._context.features)) {
      return null;
    }
    if (learned.size === 0) {
      return null;
    }
    const source = sourceOf(node, translation);
    const [rows] = translation.rows;
    const isReplaceable =
      isDirect &&
      lines.length === 0 &&
      translation.rows.size === 1 &&
      !translation.single;
    const isList = 'nodeType' in node && node.nodeType === 'ListComp';
    return {
      lines: [...this._functionLines(functions), ...lines],
      result: translation.single
        ? `np.array([${source} for row in ${[...translation.bases][0]}])`
        : isList
          ? `np.array(${source})`
          : source,
      learned,
      place: isReplaceable && 'nodeType' in node ? { step, node, rows } : null
    };
  }

  /** Whether a variable holds predictions already. */
  private _isPrediction(name: string): boolean {
    return this._derived.some(
      each => each.name === name && each.translation.learned.size > 0
    );
  }

  private _functionLines(names: ReadonlySet<string>): string[] {
    return [...names].flatMap(name => {
      const step = this._functions.get(name);
      return step
        ? [...step.text.statementSource(step.statement).split('\n'), '']
        : [];
    });
  }

  /** What an expression is when it is computed of all rows; null when it cannot be. */
  private _translate(
    node: ExprNode | IChoices,
    text: CellText
  ): ITranslation | null {
    const result: ITranslation = {
      text,
      replacements: [],
      rows: new Set(),
      bases: new Set(),
      learned: new Set(),
      functions: new Set(),
      single: false
    };
    const parts =
      'nodeType' in node
        ? [node]
        : [...(node.test ? [node.test] : []), ...node.values];
    const isKnown = parts.every(part => this._visit(part, new Set(), result));
    return isKnown && !(result.single && result.rows.size > 0) ? result : null;
  }

  private _visit(
    node: ASTNodeUnion,
    bound: ReadonlySet<string>,
    result: ITranslation
  ): boolean {
    if (isExpression(node)) {
      const part = this._rows.of(node);
      if (part?.of === 'labels') {
        return false;
      }
      const single = this._rows.rowOf(node);
      if (single?.of === 'labels') {
        return false;
      }
      if (single) {
        result.replacements.push({ node, text: 'row' });
        result.bases.add(single.base);
        result.single = true;
        return true;
      }
      if (part) {
        result.replacements.push({ node, text: part.base });
        result.bases.add(part.base);
        result.rows.add(result.text.source(node));
        return true;
      }
      if (node.nodeType === 'Name') {
        return bound.has(node.id) || this._variable(node, result);
      }
    }
    if (SUMMING.test(node.nodeType) || this._mixes(node)) {
      return false;
    }
    if (/^(IfExp|BoolOp)$/.test(node.nodeType) && this._hasRows(node)) {
      return false;
    }
    if (this._isSize(node)) {
      return this._size(node, result);
    }
    const inner = /Comp$|GeneratorExp|Lambda/.test(node.nodeType)
      ? new Set([...bound, ...boundNames(node as unknown as StmtNode)])
      : bound;
    return [...iterChildNodes(node)].every(child =>
      this._visit(child, inner, result)
    );
  }

  /** `len(X)` and `X.shape` say nothing of single rows. */
  private _isSize(node: ASTNodeUnion): boolean {
    return (
      (node.nodeType === 'Attribute' &&
        /^(shape|size)$/.test(node.attr) &&
        this._rows.of(node.value) !== null) ||
      (node.nodeType === 'Call' &&
        this._context.path(node.func) === 'len' &&
        node.args.length === 1 &&
        this._rows.of(node.args[0]) !== null)
    );
  }

  private _size(node: ASTNodeUnion, result: ITranslation): boolean {
    const of =
      node.nodeType === 'Attribute'
        ? node.value
        : node.nodeType === 'Call'
          ? node.args[0]
          : null;
    const part = of && this._rows.of(of);
    if (!of || !part) {
      return false;
    }
    const text = part.of === 'labels' ? this._context.features : part.base;
    result.replacements.push({ node: of, text });
    return node.nodeType === 'Call' || part.of === 'features';
  }

  /** A local value of a loop is what it is computed by. */
  private _variable(
    node: Extract<ExprNode, { nodeType: 'Name' }>,
    result: ITranslation
  ): boolean {
    const choices = this._locals.get(node.id);
    if (!choices) {
      return this._name(node.id, result);
    }
    this._locals.delete(node.id);
    const inner = this._translate(choices, result.text);
    this._locals.set(node.id, choices);
    if (!inner) {
      return false;
    }
    result.replacements.push({ node, text: `(${sourceOf(choices, inner)})` });
    for (const part of ['rows', 'bases', 'learned', 'functions'] as const) {
      inner[part].forEach(each => result[part].add(each));
    }
    result.single ||= inner.single;
    return true;
  }

  private _name(name: string, result: ITranslation): boolean {
    if (this._context.isFixed(name)) {
      return true;
    }
    const step = this._functions.get(name);
    if (step) {
      result.functions.add(name);
      return [...freeNames(step.statement as never)].every(
        free => free === name || this._name(free, result)
      );
    }
    if (this._context.made.has(name)) {
      result.learned.add(name);
      return true;
    }
    return false;
  }

  /** Whether an expression may mix rows: what is not known to keep them apart does. */
  private _mixes(node: ASTNodeUnion): boolean {
    if (node.nodeType === 'Attribute') {
      return /^(T|loc|iloc)$/.test(node.attr) && this._hasRows(node.value);
    }
    if (node.nodeType !== 'Call') {
      return false;
    }
    const { func } = node;
    const given = [...node.args, ...node.keywords.map(({ value }) => value)];
    const path = this._context.path(func);
    if (path !== null && path.includes('.')) {
      const known =
        ELEMENTWISE.test(path) ||
        BESIDE.has(path) ||
        APART.test(path) ||
        isAlongRows(node);
      return !known && given.some(each => this._hasRows(each));
    }
    if (func.nodeType === 'Attribute' && this._hasRows(func.value)) {
      return !(
        ROW_METHODS.test(func.attr) ||
        /^(dot|reshape|ravel)$/.test(func.attr) ||
        isAlongRows(node)
      );
    }
    const called =
      func.nodeType === 'Attribute'
        ? func.attr
        : func.nodeType === 'Name'
          ? func.id
          : '';
    return (
      (MIXING.test(called) || SUMMARIES.has(called)) &&
      given.some(each => this._hasRows(each)) &&
      !isAlongRows(node)
    );
  }

  private _hasRows(node: ASTNodeUnion): boolean {
    if (this._isSize(node) || (isExpression(node) && this._rows.rowOf(node))) {
      return false;
    }
    return (
      (isExpression(node) && this._rows.of(node)?.of === 'features') ||
      [...iterChildNodes(node)].some(child => this._hasRows(child))
    );
  }

  private readonly _rows: RowParts;
  private readonly _derived: IDerived[] = [];
  private readonly _locals = new Map<string, IChoices>();
  private readonly _functions = new Map<string, IKnownStep>();
  private readonly _last: IKnownStep | undefined;
}

function sourceOf(
  node: ExprNode | IChoices,
  { text, replacements }: ITranslation
): string {
  const source = (part: ExprNode) => sourceWith(text, part, replacements);
  if ('nodeType' in node) {
    return source(node);
  }
  const [first, second] = node.values.map(source);
  return node.test ? `${first} if ${source(node.test)} else ${second}` : first;
}

/** What a variable is set to, depending on a condition. */
interface IChoices {
  test: ExprNode | null;
  values: ExprNode[];
}

function assignment(
  statement: StmtNode
): { name: string; choices: IChoices } | null {
  if (statement.nodeType === 'Assign' && statement.targets.length === 1) {
    const [target] = statement.targets;
    return target.nodeType === 'Name'
      ? { name: target.id, choices: { test: null, values: [statement.value] } }
      : null;
  }
  if (
    statement.nodeType !== 'If' ||
    statement.body.length !== 1 ||
    statement.orelse.length !== 1
  ) {
    return null;
  }
  const [one, other] = [statement.body[0], statement.orelse[0]].map(assignment);
  return one &&
    other &&
    one.name === other.name &&
    !one.choices.test &&
    !other.choices.test
    ? {
        name: one.name,
        choices: {
          test: statement.test,
          values: [...one.choices.values, ...other.choices.values]
        }
      }
    : null;
}

const SUMMING = /^(NamedExpr|Yield|YieldFrom|Await)$/;
/** Functions of NumPy with an answer for each row that needs that row alone. */
const APART =
  /^numpy\.(dot|matmul|array|asarray|clip|where|sign|exp|log\w*|sqrt|abs|round|maximum|minimum|tanh)$/;

/** Functions and methods that look at all rows at once. */
const MIXING =
  /^(score|fit|fit_transform|partial_fit|append|extend|print|accuracy_score|dot)$/;

function isAlongRows(node: Extract<ExprNode, { nodeType: 'Call' }>): boolean {
  const isLast = (part: ASTNodeUnion | undefined): boolean =>
    (part?.nodeType === 'Constant' && part.value === 1) ||
    (part?.nodeType === 'UnaryOp' &&
      part.operand.nodeType === 'Constant' &&
      part.operand.value === 1);
  return (
    node.keywords.some(({ arg, value }) => arg === 'axis' && isLast(value)) ||
    node.args.some(isLast)
  );
}

/** Of `(a @ b).sum()` the part that is an expression of its own. */
function methodless(node: ASTNodeUnion, child: ASTNodeUnion): ASTNodeUnion {
  return node.nodeType === 'Call' &&
    node.func === child &&
    child.nodeType === 'Attribute'
    ? child.value
    : child;
}

function isExpression(node: ASTNodeUnion): node is ExprNode {
  return /^(Call|Name|Attribute|Subscript|BinOp|UnaryOp|Compare|BoolOp|IfExp|ListComp)$/.test(
    node.nodeType
  );
}
