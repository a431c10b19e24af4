/**
 * Expressions as pandas series code. What pandas means exactly as Python does is
 * vectorised by the rules in `vector/`; all else is mapped value by value.
 */
import { quote } from '../expression';
import type { Expr } from '../expression';
import { behind } from '../expression';
import { unused } from '../naming';
import { LiftRefusal } from '../refusal';
import { isOverRows } from '../row';
import { children, columnsOf, walkExpr } from '../traversal';
import { typeOf } from '../typing';
import { KEYWORDS, namesInside } from './identifiers';
import { LEVEL, atLevel } from './scope';
import { PythonPrinter } from './python';
import type { IDefinitions, IPrinted, IView } from './scope';
import { VECTOR_RULES } from './vector';

/** Prints expressions over the columns of one frame. */
export class SeriesPrinter {
  constructor(
    readonly view: IView,
    private readonly _definitions: IDefinitions
  ) {
    this.scalars = new PythonPrinter(
      {
        column: () => {
          throw new LiftRefusal(1, 'A column was printed as a single value.');
        },
        binding: () => null
      },
      _definitions
    );
  }

  /** Prints what holds for all rows alike, such as constants. */
  readonly scalars: PythonPrinter;

  source(expr: Expr): string {
    return this.print(expr).text;
  }

  /** A series, or a single value when the expression is over no rows. */
  print(expr: Expr): IPrinted {
    if (expr.kind === 'column') {
      return this._column(this.view.column(expr.column));
    }
    if (expr.kind === 'let') {
      const name = this.view.binding(expr.binding);
      return name === null ? this._inPlace(expr) : this._column(name);
    }
    return this._vectorised(expr) ?? this._perValue(expr);
  }

  /** A row variable printed in place of its name. */
  private _inPlace(expr: Extract<Expr, { kind: 'let' }>): IPrinted {
    const inner = expr.binding.expr;
    if (inner.kind === 'let' || inner.kind === 'column') {
      return this.print(inner);
    }
    return this._vectorised(inner) ?? this._perValue(expr);
  }

  private _perValue(expr: Expr): IPrinted {
    return isOverRows(expr) ? this._mapped(expr) : this.scalars.print(expr);
  }

  private _vectorised(expr: Expr): IPrinted | null {
    for (const rule of VECTOR_RULES) {
      const printed = rule(expr, this);
      if (printed) {
        return printed;
      }
    }
    return null;
  }

  /** As an operand that must bind at least this tightly. */
  at(expr: Expr, level: number): string {
    const printed = this.print(expr);
    const type = typeOf(expr);
    return printed.mapped && ['int', 'float', 'bool'].includes(type)
      ? `${printed.text}.astype(${type})`
      : atLevel(printed, level);
  }

  /** A boolean series that is true where Python takes the value as true. */
  condition(expr: Expr): IPrinted {
    if (!isOverRows(expr)) {
      throw new LiftRefusal(1, 'This condition is the same for all rows.');
    }
    const inner = behind(expr);
    if (typeOf(expr) === 'bool') {
      const printed = this.print(expr);
      // Mapping no rows at all gives a series that is not boolean.
      return printed.mapped ? primary(`${printed.text}.astype(bool)`) : printed;
    }
    const truth: Expr = {
      kind: 'call',
      callee: { kind: 'name', of: { name: 'bool', origin: 'builtin' } },
      args: [{ name: null, value: inner }]
    };
    return primary(`${this._mapped(truth).text}.astype(bool)`);
  }

  private _column(name: string): IPrinted {
    return primary(`${this.view.variable}[${quote(name)}]`);
  }

  /** Call Python for each value. */
  private _mapped(expr: Expr): IPrinted {
    this._checkMappable(expr);
    const inputs = this._inputs(expr);
    const text =
      inputs.length === 1
        ? `${this._column(inputs[0]).text}.map(${this._function(expr, inputs[0])})`
        : this._applied(expr, inputs);
    return { ...primary(text), mapped: true };
  }

  /** A function of the values of one column. */
  private _function(expr: Expr, input: string): string {
    const direct = this._directFunction(expr);
    if (direct !== null) {
      return direct;
    }
    const parameter = parameterFor(input, expr);
    const body = this._python(() => parameter).source(expr);
    return isLong(expr, body)
      ? this._define(expr, [parameter], () => parameter)
      : `lambda ${parameter}: ${body}`;
  }

  private _applied(expr: Expr, inputs: readonly string[]): string {
    const { variable } = this.view;
    const row = unused('row', namesInside(expr));
    const access = (name: string) => `${row}[${quote(name)}]`;
    let body = this._python(access).source(expr);
    if (isLong(expr, body)) {
      const parameters = new Map(
        inputs.map((input, at) => [
          input,
          parameterFor(input, expr, `value_${at + 1}`)
        ])
      );
      const name = this._define(
        expr,
        [...parameters.values()],
        input => parameters.get(input) ?? input
      );
      body = `${name}(${inputs.map(access).join(', ')})`;
    }
    return `${variable}.apply(lambda ${row}: ${body}, axis=1, result_type="reduce")`;
  }

  /** A function with a branch for each case of a conditional. */
  private _define(
    expr: Expr,
    parameters: readonly string[],
    access: (name: string) => string
  ): string {
    const printer = this._python(access);
    const body: string[] = [];
    let rest = behind(expr);
    while (rest.kind === 'conditional') {
      body.push(
        `    if ${printer.source(rest.test)}:`,
        `        return ${printer.source(rest.then)}`
      );
      rest = behind(rest.otherwise);
    }
    body.push(`    return ${printer.source(rest)}`);
    const wanted = expr.kind === 'let' ? expr.binding.name : 'value';
    return this._definitions.define(`${wanted}_of`, name =>
      [`def ${name}(${parameters.join(', ')}):`, ...body].join('\n')
    );
  }

  private _python(access: (name: string) => string): PythonPrinter {
    return new PythonPrinter(
      {
        column: column => access(this.view.column(column)),
        binding: binding => {
          const name = this.view.binding(binding);
          return name === null ? null : access(name);
        }
      },
      this._definitions
    );
  }

  /** The names of the frame's columns that an expression reads. */
  private _inputs(expr: Expr): string[] {
    const names = new Set<string>();
    const visit = (part: Expr): void => {
      if (part.kind === 'let') {
        const name = this.view.binding(part.binding);
        if (name !== null) {
          names.add(name);
          return;
        }
      }
      if (part.kind === 'column') {
        names.add(this.view.column(part.column));
      }
      children(part).forEach(visit);
    };
    visit(expr);
    return [...names];
  }

  /** The function itself, when the expression is just a call of it. */
  private _directFunction(expr: Expr): string | null {
    const inner = behind(expr);
    if (inner.kind === 'call' && inner.args.length === 1) {
      const [{ name, value }] = inner.args;
      return name === null && this._isInput(value) && !isOverRows(inner.callee)
        ? this.scalars.source(inner.callee)
        : null;
    }
    if (inner.kind === 'attempt' && columnsOf(inner).length === 1) {
      return this.scalars.attempted(inner).name;
    }
    if (
      inner.kind === 'method' &&
      inner.args.length === 0 &&
      typeOf(inner.object) === 'str' &&
      this._isInput(inner.object)
    ) {
      return `str.${inner.name}`;
    }
    if (inner.kind === 'block' && columnsOf(inner).length === 1) {
      const inputs = [...inner.block.inputs.values()].filter(isOverRows);
      return inputs.length === 1 && this._isInput(inputs[0])
        ? this._definitions.block(inner.block)
        : null;
    }
    return null;
  }

  private _isInput(expr: Expr): boolean {
    return (
      expr.kind === 'column' ||
      (expr.kind === 'let' &&
        (this.view.binding(expr.binding) !== null ||
          this._isInput(expr.binding.expr)))
    );
  }

  private _checkMappable(expr: Expr): void {
    for (const part of walkExpr(expr)) {
      if (part.kind === 'member') {
        throw new LiftRefusal(
          1,
          'A look-up inside a computation that pandas cannot do on whole columns is not understood.'
        );
      }
    }
  }
}

function primary(text: string): IPrinted {
  return { text, level: LEVEL.primary };
}

/** Whether an expression is better read in a function of its own. */
function isLong(expr: Expr, source: string): boolean {
  const inner = behind(expr);
  const nested =
    inner.kind === 'conditional' &&
    behind(inner.otherwise).kind === 'conditional';
  return nested || source.length > 70;
}

/** A parameter name that hides nothing the expression needs. */
function parameterFor(name: string, expr: Expr, otherwise = 'value'): string {
  const used = namesInside(expr);
  const usable =
    /^[A-Za-z_]\w*$/.test(name) && !used.has(name) && !KEYWORDS.has(name);
  return usable ? name : unused(otherwise, used);
}
