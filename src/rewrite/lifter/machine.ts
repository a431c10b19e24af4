/**
 * Symbolic execution of a notebook: statements run once, variables hold symbolic
 * values, and loops over rows become plans. What the machine itself knows is
 * variables, names and blocks; everything else is an idiom.
 */
import type { Call, ExprNode, StmtNode } from 'py-ast';

import type { FileBuild } from './builds';
import { definitionOf, pathOf } from './callees';
import { storedNames } from './celltext';
import type { CellText, IPlaced } from './celltext';
import type { Expr, ILet } from './expression';
import { make } from './expression';
import type { IIdiom, IRows, Operation, Subscript } from './idiom';
import { orNone } from './lookups';
import { operandsOf, operatorOf, plainName } from './operators';
import type { IPath, Plan } from './plan';
import { changedNames } from './purity';
import { LiftRefusal } from './refusal';
import { Row } from './row';
import { countAssignments } from './run';
import type { ICellRun, IEvent, IFit, IStaleRead } from './run';
import { structural } from './structure';
import { linesPlan } from './tables';
import { PURE_BUILTINS } from './typing';
import { describe, scalar } from './values';
import type { Value } from './values';

/** What a statement can change without assigning to its name. */
const CHANGEABLE: ReadonlySet<Value['kind']> = new Set([
  'pandas',
  'array',
  'matrix',
  'zeros',
  'record',
  'tuple'
] as const);

/** Runs the cells of one notebook. */
export class Machine {
  constructor(
    readonly cells: readonly ICellRun[],
    private readonly _idioms: readonly IIdiom[],
    private readonly _options: {
      staleAsConstant: boolean;
      /** Kept code reads files by the csv module line by line, to the letter. */
      csvAsLines?: boolean;
      /** The files that there are, as far as they are known. */
      files?: readonly string[];
    }
  ) {
    [this.cell] = cells;
    this._assignments = countAssignments(cells);
  }

  readonly env = new Map<string, Value>();
  readonly events: IEvent[] = [];
  readonly fits: IFit[] = [];
  readonly staleReads: IStaleRead[] = [];
  /** All row variables, in the order in which they were assigned. */
  readonly lets: ILet[] = [];
  /** Intermediate files that are read again, and where. */
  readonly reads: { path: IPath; cell: number }[] = [];
  /** Files that the notebook writes. */
  readonly files: FileBuild[] = [];
  /** The cell that is running. */
  cell: ICellRun;
  /** The function whose body is running in place, and for which cell. */
  inlined: { caller: ICellRun; returned: Value | null } | null = null;
  /** The row loop that is running. */
  row: Row | null = null;

  /** Run all cells; refusals are noted where they happen. */
  run(afterCell: (cell: ICellRun) => void): void {
    for (const cell of this.cells) {
      this.cell = cell;
      for (const statement of cell.text?.module.body ?? []) {
        this._runGlobal(statement);
      }
      afterCell(cell);
    }
  }

  get knownFiles(): readonly string[] {
    return this._options.files ?? [];
  }

  get csvAsLines(): boolean {
    return this._options.csvAsLines ?? false;
  }

  get text(): CellText {
    if (!this.cell.text) {
      throw new Error('A cell that does not parse has no source to look at.');
    }
    return this.cell.text;
  }

  source(node: IPlaced): string {
    return this.text.source(node);
  }

  // --- statements -------------------------------------------------------------

  execute(node: StmtNode): void {
    if (!this._idioms.some(idiom => idiom.statement?.(node, this))) {
      throw LiftRefusal.at(
        node,
        `This statement (${plainName(node)}) is not understood.`
      );
    }
  }

  block(statements: readonly StmtNode[]): void {
    for (const statement of statements) {
      if (this.row && !this.row.alive) {
        return;
      }
      this.execute(statement);
    }
  }

  private _runGlobal(statement: StmtNode): void {
    try {
      this.execute(statement);
    } catch (error) {
      if (!(error instanceof LiftRefusal)) {
        throw error;
      }
      error.cell ??= this.cell.index;
      this.cell.refusals.push(error);
      this.row = null;
      this._spoil(statement, error);
    }
  }

  /** Nothing that a statement might have changed is known after it failed. */
  private _spoil(statement: StmtNode, refusal: LiftRefusal): void {
    const changed = changedNames(statement);
    if ([...changed].some(name => !this._isCollection(name))) {
      this._spoilArrays(refusal);
    }
    for (const name of changed) {
      const value = this.env.get(name);
      if (value && 'build' in value) {
        value.build.spoiled ??= refusal;
      } else if (value && CHANGEABLE.has(value.kind)) {
        this.env.set(name, { kind: 'unknown', refusal });
      }
    }
    for (const name of storedNames([statement])) {
      this.env.set(name, { kind: 'unknown', refusal });
    }
  }

  private _isCollection(name: string): boolean {
    const value = this.env.get(name);
    return (
      value !== undefined &&
      ('build' in value ||
        (value.kind === 'scalar' && value.expr.kind === 'name'))
    );
  }

  /** What changes a part of an array changes the array that it is a part of. */
  private _spoilArrays(refusal: LiftRefusal): void {
    for (const [name, value] of this.env) {
      if (['array', 'matrix', 'zeros'].includes(value.kind)) {
        this.env.set(name, { kind: 'unknown', refusal });
      }
    }
  }

  // --- variables --------------------------------------------------------------

  /** The value of a variable; builtins are names too. */
  lookup(name: string, node: IPlaced): Value {
    const value = this.env.get(name);
    if (value === undefined) {
      if (PURE_BUILTINS.has(name)) {
        return scalar(make.builtin(name));
      }
      throw LiftRefusal.at(
        node,
        `\`${name}\` is not defined in the notebook before this line.`
      );
    }
    switch (value.kind) {
      case 'unknown':
        throw value.refusal;
      case 'carried':
        throw LiftRefusal.at(
          node,
          `\`${name}\` may still hold the value of an earlier row here.`
        );
      case 'stale':
        this.staleReads.push({
          cell: this.cell.index,
          line: node.lineno ?? 1,
          column: node.col_offset ?? 0,
          stale: value
        });
        if (this._options.staleAsConstant) {
          return scalar(make.name({ name, origin: 'constant' }));
        }
        throw LiftRefusal.at(
          node,
          `\`${name}\` is left over from the loop that ended before; it holds the value of its last row.`
        );
      default:
        return value;
    }
  }

  /** Give a variable a value. */
  bind(name: string, value: Value, node: IPlaced): void {
    if (this.row) {
      this.env.set(name, this.row.remember(name, value, node.lineno ?? 1));
      return;
    }
    if ('build' in value && value.build.name === '') {
      value.build.name = name;
    }
    if (value.kind === 'fitted') {
      value.fit.estimator.name ??= name;
    }
    this.env.set(name, value);
    if (this.inlined) {
      return;
    }
    this.events.push({
      cell: this.cell.index,
      name,
      value,
      line: node.lineno ?? 1
    });
  }

  /** Assign to whatever may stand left of `=`. */
  assign(target: ExprNode, value: Value): void {
    switch (target.nodeType) {
      case 'Name':
        this.bind(target.id, value, target);
        return;
      case 'Tuple':
      case 'List': {
        const names = target.elts.map(part =>
          part.nodeType === 'Name' ? part.id : null
        );
        const parts = this.unpack(value, names, target);
        target.elts.forEach((part, at) => this.assign(part, parts[at]));
        return;
      }
      case 'Subscript': {
        const object = this.evaluate(target.value);
        if (
          !this._idioms.some(idiom =>
            idiom.store?.(object, target, value, this)
          )
        ) {
          throw LiftRefusal.at(
            target,
            `Cannot follow an assignment into ${describe(object)}.`
          );
        }
        return;
      }
      default:
        throw LiftRefusal.at(
          target,
          'Cannot follow an assignment to this target.'
        );
    }
  }

  unpack(
    value: Value,
    names: readonly (string | null)[],
    node: IPlaced
  ): Value[] {
    for (const idiom of this._idioms) {
      const parts = idiom.unpack?.(value, names, this);
      if (parts) {
        return parts;
      }
    }
    throw LiftRefusal.at(
      node,
      `Cannot take ${describe(value)} apart into ${names.length} variables.`
    );
  }

  /** Go back to the variables of a moment before. */
  restore(env: ReadonlyMap<string, Value>): void {
    this.env.clear();
    for (const [name, value] of env) {
      this.env.set(name, value);
    }
  }

  /** The number of a further statement of pandas. */
  nextStep(): number {
    this._steps += 1;
    return this._steps;
  }

  /** The label of a row in the index of a frame. */
  unknownIndex(node: IPlaced): Value {
    return {
      kind: 'unknown',
      refusal: LiftRefusal.at(
        node,
        'The label of the row in the index is not understood as a value.'
      )
    };
  }

  /** A row at the start of a new loop. */
  newRow(plan: Plan): Row {
    this._loops += 1;
    return new Row(plan, { number: this._loops, lets: this.lets, firsts: [] });
  }

  /** Whether a name is Python's own. */
  isBuiltin(name: string): boolean {
    return PURE_BUILTINS.has(name);
  }

  /** Whether a global name has one value for good, so that code may refer to it. */
  isConstant(name: string): boolean {
    return this._assignments.get(name) === 1;
  }

  // --- expressions ------------------------------------------------------------

  evaluate(node: ExprNode): Value {
    switch (node.nodeType) {
      case 'Name':
        return this.lookup(node.id, node);
      case 'Call':
        return this._call(node);
      case 'Attribute':
        return this._attribute(node);
      case 'Subscript':
        return this._subscript(node);
      case 'BinOp':
      case 'UnaryOp':
      case 'Compare':
        return this._operation(node);
      default:
        return (
          this._first(idiom => idiom.expression?.(node, this)) ??
          structural(node, this)
        );
    }
  }

  /** The value of a node that has to be one value a row, or a constant. */
  expr(node: ExprNode): Expr {
    return this.asExpr(this.evaluate(node), node);
  }

  asExpr(value: Value, node: IPlaced): Expr {
    if (value.kind === 'scalar') {
      return value.expr;
    }
    if (value.kind === 'statistic') {
      return { kind: 'statistic', statistic: value.statistic };
    }
    if (value.kind === 'rowcount') {
      return make.count(value.plan);
    }
    if (value.kind === 'tuple') {
      return {
        kind: 'display',
        shape: value.shape,
        items: value.items.map(item => this.asExpr(item, node))
      };
    }
    if (value.kind === 'record' && !value.rest) {
      const fields = [...value.fields];
      return {
        kind: 'display',
        shape: 'dict',
        keys: fields.map(([name]) => name),
        items: fields.map(([, field]) => this.asExpr(field, node))
      };
    }
    if (value.kind === 'lookup') {
      return this.asExpr(orNone(value, this), node);
    }
    if (value.kind === 'line' && value.trims.length > 0) {
      return { kind: 'nonblank', of: linesPlan(value.source) };
    }
    throw LiftRefusal.at(node, `Cannot compute with ${describe(value)} here.`);
  }

  /** What a `for` over this value runs over. */
  rows(iterable: Value): IRows | null {
    return this._first(idiom => idiom.rows?.(iterable, this));
  }

  /** The qualified name of a function, when an expression is just that. */
  path(node: ExprNode): string | null {
    return pathOf(node, this.env);
  }

  private _call(node: Call): Value {
    const path = this.path(node.func);
    if (path !== null) {
      const value = this._first(idiom => idiom.call?.(path, node, this));
      if (value) {
        return value;
      }
    } else if (node.func.nodeType === 'Attribute') {
      const { attr } = node.func;
      return this.methodOf(this.evaluate(node.func.value), attr, node);
    }
    const of = definitionOf(node.func, this.env);
    return (
      (of && this._first(idiom => idiom.helper?.(of, node, this))) ??
      structural(node, this)
    );
  }

  /** Call a method of a value that is known already. */
  methodOf(object: Value, name: string, node: Call): Value {
    return (
      this._first(idiom => idiom.method?.(object, name, node, this)) ??
      structural(node, this, [object])
    );
  }

  /** Index a value that is known already. */
  subscriptOf(object: Value, node: Subscript): Value {
    return (
      this._first(idiom => idiom.subscript?.(object, node, this)) ??
      structural(node, this, [object])
    );
  }

  private _attribute(
    node: Extract<ExprNode, { nodeType: 'Attribute' }>
  ): Value {
    const object = this.evaluate(node.value);
    return (
      this._first(idiom => idiom.attribute?.(object, node.attr, this)) ??
      structural(node, this, [object])
    );
  }

  private _subscript(node: Subscript): Value {
    const early = this._first(idiom => idiom.expression?.(node, this));
    if (early) {
      return early;
    }
    return this.subscriptOf(this.evaluate(node.value), node);
  }

  private _operation(node: Operation): Value {
    const operands = operandsOf(node).map(operand => this.evaluate(operand));
    if (node.nodeType === 'Compare' && node.ops.length > 1) {
      return structural(node, this, operands);
    }
    const operator = operatorOf(node);
    return (
      this._first(idiom => idiom.operator?.(operator, operands, node, this)) ??
      structural(node, this, operands)
    );
  }

  private _first<T>(ask: (idiom: IIdiom) => T | null | undefined): T | null {
    for (const idiom of this._idioms) {
      const answer = ask(idiom);
      if (answer !== null && answer !== undefined) {
        return answer;
      }
    }
    return null;
  }

  private _loops = 0;
  private _steps = 0;
  private readonly _assignments: ReadonlyMap<string, number>;
}
