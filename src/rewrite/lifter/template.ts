/**
 * Lines of text as a template: fixed text and rendered values, cut into fields.
 */
import type { Expr, FormatPart } from './expression';
import { behind, make } from './expression';
import { literalString } from './literal';
import { sameExpr } from './traversal';
import { typeOf } from './typing';

/** Fixed text, or a value with the way it is rendered. */
export type TemplatePart =
  | string
  | {
      value: Expr;
      specification: string;
      /** The row variable that held it. */
      name?: string;
    };

/** One field of a line. */
export interface IField {
  /** The value alone, when the field is nothing else; its text otherwise. */
  expr: Expr;
  specification: string;
  /** The row variable that held it. */
  name?: string;
}

/** The template of an expression that makes text. */
export function templateOf(expr: Expr): TemplatePart[] {
  const parts = partsOf(expr);
  const [only] = parts;
  if (expr.kind === 'let' && parts.length === 1 && typeof only !== 'string') {
    return [{ name: expr.binding.name, ...only }];
  }
  return parts;
}

function partsOf(expr: Expr): TemplatePart[] {
  const inner = behind(expr);
  switch (inner.kind) {
    case 'literal': {
      const value = literalString(inner);
      return value === null ? whole(expr) : [value];
    }
    case 'format':
      return inner.parts.flatMap(part => {
        if (typeof part === 'string') {
          return [part];
        }
        return part.conversion === '' || part.conversion === 's'
          ? rendered(part.value, part.specification)
          : [{ value: formatted(part), specification: '' }];
      });
    case 'binary':
      return inner.operator === '+' && !isNumber(inner)
        ? [...templateOf(inner.left), ...templateOf(inner.right)]
        : (percentOf(inner) ?? whole(expr));
    case 'method':
      return joinOf(inner) ?? whole(expr);
    case 'call':
      return isStr(inner) ? rendered(inner.args[0].value, '') : whole(expr);
    default:
      return whole(expr);
  }
}

function isNumber(expr: Expr): boolean {
  return typeOf(expr) === 'int' || typeOf(expr) === 'float';
}

function whole(value: Expr): TemplatePart[] {
  return [{ value, specification: '' }];
}

function rendered(value: Expr, specification: string): TemplatePart[] {
  const inner = behind(value);
  return specification === '' && inner.kind === 'call' && isStr(inner)
    ? rendered(inner.args[0].value, '')
    : [{ value, specification }];
}

function formatted(
  part: Exclude<Extract<Expr, { kind: 'format' }>['parts'][number], string>
): Expr {
  return { kind: 'format', parts: [part] };
}

function isStr(call: Extract<Expr, { kind: 'call' }>): boolean {
  return (
    call.callee.kind === 'name' &&
    call.callee.of.origin === 'builtin' &&
    call.callee.of.name === 'str' &&
    call.args.length === 1
  );
}

/** `"\t".join([a, b])`. */
function joinOf(
  call: Extract<Expr, { kind: 'method' }>
): TemplatePart[] | null {
  const separator = literalString(call.object);
  if (call.name !== 'join' || separator === null || call.args.length !== 1) {
    return null;
  }
  const items = call.args[0].value;
  if (items.kind !== 'display') {
    return null;
  }
  return items.items.flatMap((item, at) =>
    at === 0 ? templateOf(item) : [separator, ...templateOf(item)]
  );
}

/** `"%s,%d\n" % (a, b)`. */
function percentOf(
  expr: Extract<Expr, { kind: 'binary' }>
): TemplatePart[] | null {
  const pattern = literalString(expr.left);
  if (expr.operator !== '%' || pattern === null) {
    return null;
  }
  const values =
    expr.right.kind === 'display' ? [...expr.right.items] : [expr.right];
  const parts: TemplatePart[] = [];
  for (const piece of pattern.split(/(%(?:\.\d+)?[sdf%])/)) {
    if (piece === '%%') {
      parts.push('%');
    } else if (/^%.*[sdf]$/.test(piece)) {
      const value = values.shift();
      if (!value) {
        return null;
      }
      const specification = piece === '%s' ? '' : percentSpecification(piece);
      parts.push(...rendered(value, specification));
    } else if (piece.includes('%')) {
      return null;
    } else {
      parts.push(piece);
    }
  }
  return values.length === 0 ? parts : null;
}

/** `%f` has six digits; the rest mean the same in a format specification. */
function percentSpecification(piece: string): string {
  return piece === '%f' ? '.6f' : piece.slice(1);
}

/** The fields of a line template; null when it is not whole lines of fields. */
export function fieldsOf(
  parts: readonly TemplatePart[],
  separator: string
): IField[] | null {
  const fields: TemplatePart[][] = [[]];
  let ended = false;
  for (const part of parts) {
    if (ended) {
      return null;
    }
    if (typeof part !== 'string') {
      fields[fields.length - 1].push(part);
      continue;
    }
    const newline = part.indexOf('\n');
    ended = newline >= 0;
    if (ended && newline < part.length - 1) {
      return null;
    }
    const text = ended ? part.slice(0, newline) : part;
    const [first, ...rest] = text.split(separator);
    pushText(fields[fields.length - 1], first);
    for (const piece of rest) {
      fields.push([]);
      pushText(fields[fields.length - 1], piece);
    }
  }
  return ended ? fields.map(fieldOf) : null;
}

function pushText(field: TemplatePart[], text: string): void {
  if (text !== '') {
    field.push(text);
  }
}

function fieldOf(parts: readonly TemplatePart[]): IField {
  const [only] = parts;
  if (parts.length === 1 && typeof only !== 'string') {
    return {
      expr: only.value,
      specification: only.specification,
      ...(only.name === undefined ? {} : { name: only.name })
    };
  }
  if (parts.every(part => typeof part === 'string')) {
    return { expr: make.string(parts.join('')), specification: '' };
  }
  return {
    expr: {
      kind: 'format',
      parts: parts.map(part =>
        typeof part === 'string'
          ? part
          : {
              value: part.value,
              conversion: '',
              specification: part.specification
            }
      )
    },
    specification: ''
  };
}

/** The line that is `a` where a test holds, else `b`, field by field. */
export function chooseLine(
  test: Expr,
  a: readonly TemplatePart[],
  b: readonly TemplatePart[]
): Expr | null {
  const separator = separatorOf(a);
  const [one, other] = [fieldsOf(a, separator), fieldsOf(b, separator)];
  if (!one || !other || one.length !== other.length) {
    return null;
  }
  const parts = one.flatMap((field, at): FormatPart[] => [
    ...(at > 0 ? [separator] : []),
    chooseField(test, field, other[at])
  ]);
  return { kind: 'format', parts: [...parts, '\n'] };
}

function chooseField(test: Expr, a: IField, b: IField): FormatPart {
  const plain = { conversion: '', specification: '' } as const;
  if (a.specification === b.specification && sameExpr(a.expr, b.expr)) {
    return { ...plain, value: a.expr, specification: a.specification };
  }
  const natural =
    a.specification === '' &&
    b.specification === '' &&
    typeOf(a.expr) === typeOf(b.expr);
  const [then, otherwise] = [a, b].map((field): Expr =>
    natural || typeOf(field.expr) === 'str'
      ? field.expr
      : {
          kind: 'text',
          operand: field.expr,
          specification: field.specification
        }
  );
  return { ...plain, value: make.conditional(test, then, otherwise) };
}

/** The separator that a line template most likely uses. */
export function separatorOf(parts: readonly TemplatePart[]): string {
  const fixed = parts.filter(part => typeof part === 'string').join('');
  return ['\t', ',', ';', '|'].find(mark => fixed.includes(mark)) ?? '\t';
}
