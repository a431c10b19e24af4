/**
 * Expressions as Python over single values.
 */
import type { Column, Expr, FormatPart, IArgument } from '../expression';
import { make, quote } from '../expression';
import { nameHints, unused } from '../naming';
import { KEYWORDS, namesInside } from './identifiers';
import { LiftRefusal } from '../refusal';
import { columnsOf } from '../traversal';
import { LEVEL, atLevel } from './scope';
import type { IDefinitions, INames, IPrinted } from './scope';

const BINARY_LEVEL: Readonly<Record<string, number>> = {
  '|': LEVEL.bitOr,
  '^': LEVEL.bitXor,
  '&': LEVEL.bitAnd,
  '<<': LEVEL.shift,
  '>>': LEVEL.shift,
  '+': LEVEL.add,
  '-': LEVEL.add,
  '*': LEVEL.multiply,
  '/': LEVEL.multiply,
  '//': LEVEL.multiply,
  '%': LEVEL.multiply,
  '@': LEVEL.multiply,
  '**': LEVEL.power
};

/** Prints expressions with columns and row variables by name. */
export class PythonPrinter {
  constructor(
    private readonly _names: INames,
    private readonly _definitions: IDefinitions
  ) {}

  source(expr: Expr): string {
    return this.print(expr).text;
  }

  print(expr: Expr): IPrinted {
    switch (expr.kind) {
      case 'column':
        return primary(this._names.column(expr.column));
      case 'let': {
        const name = this._names.binding(expr.binding);
        return name === null ? this.print(expr.binding.expr) : primary(name);
      }
      case 'literal':
        return { text: expr.text, level: literalLevel(expr.text) };
      case 'name':
        return primary(expr.of.name);
      case 'call':
        return primary(
          `${this._at(expr.callee, LEVEL.primary)}(${this.arguments(expr.args)})`
        );
      case 'method':
        return primary(
          `${this._at(expr.object, LEVEL.primary)}.${expr.name}(${this.arguments(expr.args)})`
        );
      case 'attribute':
        return primary(`${this._at(expr.object, LEVEL.primary)}.${expr.name}`);
      case 'index':
        return primary(
          `${this._at(expr.object, LEVEL.primary)}[${this.source(expr.index)}]`
        );
      case 'slice':
        return primary(
          `${this._at(expr.object, LEVEL.primary)}[${this.slice(expr)}]`
        );
      case 'unary':
      case 'binary':
      case 'compare':
      case 'logic':
      case 'conditional':
        return this._operation(expr);
      case 'format':
        return primary(this._format(expr.parts));
      case 'display':
        return primary(this._display(expr));
      case 'text':
        return primary(this._text(expr));
      case 'verbatim':
        return { text: this._verbatim(expr), level: verbatimLevel(expr) };
      case 'block':
        return primary(this._block(expr));
      case 'attempt':
        return primary(this._attempt(expr));
      case 'member':
      case 'seen':
      case 'nonblank':
      case 'position':
      case 'statistic':
        throw new LiftRefusal(1, UNPRINTABLE[expr.kind]);
    }
  }

  /** The arguments of a call. */
  arguments(args: readonly IArgument[]): string {
    const [only] = args;
    if (
      args.length === 1 &&
      only.value.kind === 'verbatim' &&
      only.value.node.nodeType === 'GeneratorExp'
    ) {
      // The parentheses of the call are those of the generator.
      return this.source(only.value).replace(/^\(([^]*)\)$/, '$1');
    }
    return args
      .map(({ name, value }) =>
        name === null ? this.source(value) : `${name}=${this.source(value)}`
      )
      .join(', ');
  }

  /** What stands between the brackets of a slice. */
  slice(expr: Extract<Expr, { kind: 'slice' }>): string {
    const [lower, upper, step] = [expr.lower, expr.upper, expr.step].map(
      bound => (bound ? this.source(bound) : '')
    );
    return step === '' ? `${lower}:${upper}` : `${lower}:${upper}:${step}`;
  }

  private _at(expr: Expr, level: number): string {
    return atLevel(this.print(expr), level);
  }

  private _operation(
    expr: Extract<
      Expr,
      { kind: 'unary' | 'binary' | 'compare' | 'logic' | 'conditional' }
    >
  ): IPrinted {
    switch (expr.kind) {
      case 'unary': {
        const level = expr.operator === 'not' ? LEVEL.not : LEVEL.unary;
        const space = expr.operator === 'not' ? ' ' : '';
        return {
          text: `${expr.operator}${space}${this._at(expr.operand, level)}`,
          level
        };
      }
      case 'binary': {
        const level = BINARY_LEVEL[expr.operator];
        const left = expr.operator === '**' ? level + 1 : level;
        const right = expr.operator === '**' ? LEVEL.unary : level + 1;
        return {
          text: `${this._at(expr.left, left)} ${expr.operator} ${this._at(expr.right, right)}`,
          level
        };
      }
      case 'compare':
        return {
          text: `${this._at(expr.left, LEVEL.compare + 1)} ${expr.operator} ${this._at(expr.right, LEVEL.compare + 1)}`,
          level: LEVEL.compare
        };
      case 'logic': {
        const level = expr.operator === 'and' ? LEVEL.and : LEVEL.or;
        return {
          text: expr.operands
            .map(operand => this._at(operand, level + 1))
            .join(` ${expr.operator} `),
          level
        };
      }
      case 'conditional':
        return {
          text: `${this._at(expr.then, LEVEL.or)} if ${this._at(expr.test, LEVEL.or)} else ${this._at(expr.otherwise, LEVEL.conditional)}`,
          level: LEVEL.conditional
        };
    }
  }

  private _display(expr: Extract<Expr, { kind: 'display' }>): string {
    const items = expr.items.map(item => this.source(item));
    switch (expr.shape) {
      case 'list':
        return `[${items.join(', ')}]`;
      case 'set':
        return `{${items.join(', ')}}`;
      case 'dict':
        return `{${items.map((item, at) => `${quote(expr.keys?.[at] ?? '')}: ${item}`).join(', ')}}`;
      case 'tuple':
        return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
    }
  }

  private _format(parts: readonly FormatPart[]): string {
    const body = parts.map(part => {
      if (typeof part === 'string') {
        return quote(part).slice(1, -1).replace(/[{}]/g, '$&$&');
      }
      const source = this._at(part.value, LEVEL.conditional);
      const value = /["\\]/.test(source) ? null : source;
      if (value === null) {
        return null;
      }
      const conversion = part.conversion === '' ? '' : `!${part.conversion}`;
      const specification =
        part.specification === '' ? '' : `:${part.specification}`;
      const space = value.startsWith('{') ? ' ' : '';
      return `{${space}${value}${conversion}${specification}}`;
    });
    return body.includes(null)
      ? this._formatCall(parts)
      : `f"${body.join('')}"`;
  }

  /** `"{} {}".format(a, b)`, where quotes would clash inside an f-string. */
  private _formatCall(parts: readonly FormatPart[]): string {
    const values: string[] = [];
    const pattern = parts.map(part => {
      if (typeof part === 'string') {
        return part.replace(/[{}]/g, '$&$&');
      }
      values.push(this.source(part.value));
      const conversion = part.conversion === '' ? '' : `!${part.conversion}`;
      const specification =
        part.specification === '' ? '' : `:${part.specification}`;
      return `{${conversion}${specification}}`;
    });
    return `${quote(pattern.join(''))}.format(${values.join(', ')})`;
  }

  private _text(expr: Extract<Expr, { kind: 'text' }>): string {
    const operand = this.source(expr.operand);
    return expr.specification === ''
      ? `str(${operand})`
      : `format(${operand}, ${quote(expr.specification)})`;
  }

  /** The original source, with row variables by their new names. */
  private _verbatim(expr: Extract<Expr, { kind: 'verbatim' }>): string {
    const replacements = new Map<string, string>();
    for (const [name, value] of expr.bindings) {
      const printed = this._at(value, LEVEL.primary);
      if (printed !== name) {
        replacements.set(name, printed);
      }
    }
    return expr.text.sourceWith(expr.node, replacements);
  }

  /** A call of a function that tries to compute a value. */
  private _attempt(expr: Extract<Expr, { kind: 'attempt' }>): string {
    const { name, inputs } = this.attempted(expr);
    return `${name}(${inputs.map(input => this.source(input)).join(', ')})`;
  }

  /** A function that says whether a value can be computed. */
  attempted(expr: Extract<Expr, { kind: 'attempt' }>): {
    name: string;
    inputs: Expr[];
  } {
    const { parameters, body } = openFunction(expr.operand, this._definitions);
    const hint = nameHints(expr.operand)[0] ?? 'value';
    const name = this._definitions.define(`is_valid_${hint}`, own =>
      [
        `def ${own}(${parameters.map(({ name: each }) => each).join(', ')}):`,
        '    try:',
        `        ${body}`,
        `    except ${expr.exceptions || 'Exception'}:`,
        '        return False',
        '    return True'
      ].join('\n')
    );
    return { name, inputs: parameters.map(({ value }) => value) };
  }

  private _block(expr: Extract<Expr, { kind: 'block' }>): string {
    const name = this._definitions.block(expr.block);
    const inputs = [...expr.block.inputs.values()].filter(
      input => columnsOf(input).length > 0
    );
    return `${name}(${inputs.map(input => this.source(input)).join(', ')})`;
  }
}

/** An expression over parameters, one for each column that it reads. */
export function openFunction(
  expr: Expr,
  definitions: IDefinitions
): { parameters: { name: string; value: Expr }[]; body: string } {
  const taken = new Set(namesInside(expr));
  const parameters = new Map<Column, string>();
  for (const column of columnsOf(expr)) {
    const hint = column.hints.find(
      each => /^[a-z_]\w*$/i.test(each) && !KEYWORDS.has(each)
    );
    const name = unused(hint ?? 'value', taken);
    taken.add(name);
    parameters.set(column, name);
  }
  const printer = new PythonPrinter(
    {
      column: column => parameters.get(column) ?? '',
      binding: () => null
    },
    definitions
  );
  return {
    parameters: [...parameters].map(([column, name]) => ({
      name,
      value: make.column(column)
    })),
    body: printer.source(expr)
  };
}

const UNPRINTABLE = {
  member:
    'Whether a key was collected from other rows cannot be asked inside a function of one row.',
  seen: 'Whether an earlier row had the same key can only decide which rows are kept.',
  nonblank: 'What depends on an empty line is not understood.',
  position: 'What depends on the number of a row is not understood.',
  statistic:
    'A statistic over all rows cannot be part of a function of one row.'
} as const;

function primary(text: string): IPrinted {
  return { text, level: LEVEL.primary };
}

function literalLevel(text: string): number {
  return text.startsWith('-')
    ? LEVEL.unary
    : /^\d+$/.test(text)
      ? LEVEL.power
      : LEVEL.primary;
}

function verbatimLevel(expr: Extract<Expr, { kind: 'verbatim' }>): number {
  return expr.node.nodeType === 'Lambda' ? LEVEL.lambda : LEVEL.primary;
}
