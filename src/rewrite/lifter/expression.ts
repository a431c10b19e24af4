/**
 * Expressions over the columns of one row: what is left of Python once variables
 * are gone. Data only; the printer turns them into series or scalar code.
 */
import type { ClassDef, ExprNode, FunctionDef, StmtNode } from 'py-ast';

import type { Keyed } from './keyedbuild';
import type { CellText } from './celltext';
import type { Plan } from './plan';

/** What is known of a value's Python type. */
export type ValueType = 'str' | 'int' | 'float' | 'bool' | 'none' | 'unknown';

/**
 * A column of a plan. Identity is the object; the name is found when printing,
 * from the names that the original used for it.
 */
export class Column {
  constructor(
    readonly type: ValueType,
    hint?: string
  ) {
    if (hint !== undefined) {
      this.suggest(hint);
    }
  }

  /** Names the original used for it, best first. */
  get hints(): readonly string[] {
    return [...this._hints, ...this._fallbacks];
  }

  /** Remember a name; throw-away names such as `_` say nothing. */
  suggest(name: string): void {
    remember(name, this._hints);
  }

  /** Remember a name that is used only when nobody suggests one. */
  fallBackOn(name: string): void {
    remember(name, this._fallbacks);
  }

  private readonly _hints: string[] = [];
  private readonly _fallbacks: string[] = [];
}

function remember(name: string, names: string[]): void {
  if (!/^_+\d*$/.test(name) && !names.includes(name)) {
    names.push(name);
  }
}

/** A row variable: its expression and where in the plan it was assigned. */
export interface ILet {
  name: string;
  expr: Expr;
  /** The rows for which the original computed it. */
  at: Plan;
  /** The column that holds it when it is worth one. */
  column: Column;
  line: number;
}

/** A name of the notebook that stays a name: a constant, function or import. */
export interface INotebookName {
  name: string;
  origin: 'constant' | 'function' | 'class' | 'import' | 'builtin';
  /** The literal of a constant. */
  literal?: ExprNode;
  /** What a constant is computed by, when it is no literal. */
  computed?: ExprNode;
  /** The notebook names that `computed` mentions. */
  inside?: ReadonlyMap<string, INotebookName>;
  definition?: FunctionDef;
  class?: ClassDef;
  /** Qualified name of what was imported, e.g. `numpy` or `datetime.date`. */
  module?: string;
  /** The source that the nodes above are of. */
  text?: CellText;
}

export interface IArgument {
  /** The keyword; null when positional. */
  name: string | null;
  value: Expr;
}

export type UnaryOperator = '-' | '+' | '~' | 'not';
export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '**'
  | '@'
  | '&'
  | '|'
  | '^'
  | '<<'
  | '>>';
export type CompareOperator =
  '==' | '!=' | '<' | '<=' | '>' | '>=' | 'is' | 'is not' | 'in' | 'not in';

/** A part of a formatted string: literal text, or a value with its rendering. */
export type FormatPart =
  | string
  | { value: Expr; conversion: '' | 's' | 'r' | 'a'; specification: string };

/** Python statements that turn values of a row into one value of the row. */
export interface IBlock {
  /** The name of the function that they become. */
  name: string;
  statement: StmtNode;
  text: CellText;
  /** The variable that holds the value at the end. */
  result: string;
  /** The variables that they read from before. */
  inputs: ReadonlyMap<string, Expr>;
}

/** A summary over all rows of a column, such as its mean. */
export interface IStatistic {
  name: 'mean' | 'std' | 'var' | 'min' | 'max' | 'sum' | 'median' | 'count';
  /** Delta degrees of freedom of `std` and `var`. */
  ddof: number;
  of: Expr;
  over: Plan;
  line: number;
}

export type Expr =
  | { kind: 'column'; column: Column }
  | { kind: 'let'; binding: ILet }
  | { kind: 'literal'; text: string; type: ValueType }
  | { kind: 'name'; of: INotebookName }
  | { kind: 'call'; callee: Expr; args: IArgument[] }
  | { kind: 'method'; object: Expr; name: string; args: IArgument[] }
  | { kind: 'attribute'; object: Expr; name: string }
  | { kind: 'unary'; operator: UnaryOperator; operand: Expr }
  | { kind: 'binary'; operator: BinaryOperator; left: Expr; right: Expr }
  | { kind: 'compare'; operator: CompareOperator; left: Expr; right: Expr }
  | { kind: 'logic'; operator: 'and' | 'or'; operands: Expr[] }
  | { kind: 'conditional'; test: Expr; then: Expr; otherwise: Expr }
  | { kind: 'index'; object: Expr; index: Expr }
  | {
      kind: 'slice';
      object: Expr;
      lower: Expr | null;
      upper: Expr | null;
      step: Expr | null;
    }
  | { kind: 'format'; parts: FormatPart[] }
  | {
      kind: 'display';
      shape: 'list' | 'tuple' | 'set' | 'dict';
      items: Expr[];
      /** Of a dictionary. */
      keys?: string[];
    }
  /** What a value became when it was written to a text file and read again. */
  | { kind: 'text'; operand: Expr; specification: string }
  /** Whether a key is among those collected from rows. */
  | { kind: 'member'; item: Expr; of: Keyed }
  /** Whether a key was added to a collection by an earlier row of this loop. */
  | { kind: 'seen'; item: Expr; of: Keyed }
  /** Whether computing a value raises none of these exceptions. */
  | { kind: 'attempt'; operand: Expr; exceptions: string }
  /** Whether a line of a file holds anything but white space. */
  | { kind: 'nonblank'; of: Plan }
  /** The 0-based number of the row. */
  | { kind: 'position'; over: Plan }
  | { kind: 'statistic'; statistic: IStatistic }
  | { kind: 'block'; block: IBlock }
  /** Python kept as it is, with its row variables replaced. */
  | {
      kind: 'verbatim';
      node: ExprNode;
      text: CellText;
      bindings: ReadonlyMap<string, Expr>;
    };

/** Builders for the expressions that several files make. */
export const make = {
  column: (column: Column): Expr => ({ kind: 'column', column }),
  name: (of: INotebookName): Expr => ({ kind: 'name', of }),
  builtin: (name: string): Expr => ({
    kind: 'name',
    of: { name, origin: 'builtin' }
  }),
  string: (value: string): Expr => ({
    kind: 'literal',
    text: quote(value),
    type: 'str'
  }),
  /** The number of rows. */
  count: (over: Plan): Expr => ({
    kind: 'statistic',
    statistic: { name: 'count', ddof: 0, of: make.integer(1), over, line: 1 }
  }),
  integer: (value: number): Expr => ({
    kind: 'literal',
    text: String(value),
    type: 'int'
  }),
  boolean: (value: boolean): Expr => ({
    kind: 'literal',
    text: value ? 'True' : 'False',
    type: 'bool'
  }),
  and: (operands: Expr[]): Expr =>
    operands.length === 1
      ? operands[0]
      : { kind: 'logic', operator: 'and', operands },
  or: (operands: Expr[]): Expr =>
    operands.length === 1
      ? operands[0]
      : { kind: 'logic', operator: 'or', operands },
  conditional: (test: Expr, then: Expr, otherwise: Expr): Expr => ({
    kind: 'conditional',
    test,
    then,
    otherwise
  }),
  method: (object: Expr, name: string, ...args: Expr[]): Expr => ({
    kind: 'method',
    object,
    name,
    args: args.map(value => ({ name: null, value }))
  }),
  call: (name: string, ...args: Expr[]): Expr => ({
    kind: 'call',
    callee: make.builtin(name),
    args: args.map(value => ({ name: null, value }))
  })
};

/** A Python string literal with this value. */
export function quote(value: string): string {
  const escaped = value
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
    .replace(
      // eslint-disable-next-line no-control-regex
      /[\u0000-\u001f\u007f]/g,
      c => '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0')
    );
  return `"${escaped}"`;
}

/** The value of a string literal expression that {@link quote} or source made. */
export function isLiteral(
  expr: Expr,
  text?: string
): expr is Extract<Expr, { kind: 'literal' }> {
  return expr.kind === 'literal' && (text === undefined || expr.text === text);
}

/** The expression behind row variables. */
export function behind(expr: Expr): Exclude<Expr, { kind: 'let' }> {
  let inner = expr;
  while (inner.kind === 'let') {
    inner = inner.binding.expr;
  }
  return inner;
}
