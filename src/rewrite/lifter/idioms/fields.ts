/**
 * Lines cut into fields: `line.strip().split(",")`, unpacked or indexed.
 */
import type { Call, ExprNode } from 'py-ast';

import { Column, make } from '../expression';
import type { Expr } from '../expression';
import { startsSolid } from '../facts';
import type { IIdiom } from '../idiom';
import { literalInteger, literalString } from '../literal';
import { negate } from '../logic';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import { linesPlan, tableOf } from '../tables';
import { typeOf } from '../typing';
import { scalar } from '../values';
import type { ITrim, Value } from '../values';

type Fields = Extract<Value, { kind: 'fields' }>;
type Line = Extract<Value, { kind: 'line' }>;

const TRIMS: ReadonlySet<string> = new Set(['strip', 'lstrip', 'rstrip']);

export const fields: IIdiom = {
  name: 'fields',

  call(path, node, machine) {
    if (path !== 'map' || node.args.length !== 2) {
      return null;
    }
    const trim = STRING_TRIM.exec(machine.source(node.args[0]));
    const value = trim && machine.evaluate(node.args[1]);
    return value?.kind === 'fields'
      ? withEach(value, {
          method: trim![1] as ITrim['method'],
          characters: null
        })
      : null;
  },

  method(object, name, node, machine) {
    if (object.kind !== 'line') {
      return null;
    }
    if (TRIMS.has(name)) {
      return {
        ...object,
        trims: [...object.trims, trimOf(name, node, machine)]
      };
    }
    if (name === 'split') {
      return split(object, node, machine);
    }
    throw LiftRefusal.at(
      node,
      `\`.${name}()\` on a whole line is not understood.`
    );
  },

  operator(operator, operands) {
    const [left, right] = operands;
    if (
      left.kind !== 'line' ||
      right?.kind !== 'scalar' ||
      left.trims.length === 0
    ) {
      return null;
    }
    const solid: Expr = { kind: 'nonblank', of: linesPlan(left.source) };
    if (literalString(right.expr) !== '') {
      return null;
    }
    return operator === '=='
      ? scalar(negate(solid))
      : operator === '!='
        ? scalar(solid)
        : null;
  },

  expression(node, machine) {
    if (node.nodeType !== 'ListComp' || node.generators.length !== 1) {
      return null;
    }
    const [{ target, iter, ifs }] = node.generators;
    const trim = trimCall(node.elt, target, machine);
    if (!trim || ifs.length > 0) {
      return null;
    }
    const value = machine.evaluate(iter);
    return value.kind === 'fields' ? withEach(value, trim) : null;
  },

  subscript(object, node, machine) {
    if (object.kind !== 'fields') {
      return null;
    }
    if (node.slice.nodeType === 'Slice') {
      return slice(object, node.slice, machine);
    }
    const at = literalInteger(machine.expr(node.slice));
    const width = widthOf(object);
    const position = at !== null && at < 0 && width !== null ? at + width : at;
    if (position === null || position < 0) {
      throw LiftRefusal.at(
        node,
        'Which field this is cannot be told before running.'
      );
    }
    return fieldAt(object, position, node);
  },

  unpack(value, names) {
    if (value.kind !== 'fields') {
      return null;
    }
    setWidth(value, names.length);
    return names.map((name, at) => {
      if (name !== null) {
        columnAt(value, at).suggest(name);
      }
      return fieldAt(value, at, { lineno: value.source.line });
    });
  }
};

const STRING_TRIM = /^str\.(strip|lstrip|rstrip)$/;

function trimOf(name: string, node: Call, machine: Machine): ITrim {
  const [characters] = node.args;
  return {
    method: name as ITrim['method'],
    characters: characters ? machine.source(characters) : null
  };
}

/** `x.strip()` of a comprehension over fields. */
function trimCall(
  element: ExprNode,
  target: ExprNode,
  machine: Machine
): ITrim | null {
  if (
    element.nodeType === 'Call' &&
    element.func.nodeType === 'Attribute' &&
    TRIMS.has(element.func.attr) &&
    element.func.value.nodeType === 'Name' &&
    target.nodeType === 'Name' &&
    element.func.value.id === target.id
  ) {
    return trimOf(element.func.attr, element, machine);
  }
  return null;
}

function withEach(value: Fields, trim: ITrim): Fields {
  return { ...value, each: [...value.each, trim] };
}

function split(line: Line, node: Call, machine: Machine): Value {
  const separator = node.args[0] && literalString(machine.expr(node.args[0]));
  if (!separator || node.args.length > 1 || node.keywords.length > 0) {
    throw LiftRefusal.at(
      node,
      separator
        ? '`split` with a limit is not understood.'
        : '`split` on white space gives fields that cannot be told apart when one is empty.'
    );
  }
  if (separator.length > 1) {
    throw LiftRefusal.at(node, 'Only a single character can separate fields.');
  }
  if (line.source.kind === 'table') {
    tableOf(line.source.file, separator);
  } else {
    const { layout } = line.source.scan;
    if (layout.separator !== null && layout.separator !== separator) {
      throw LiftRefusal.at(node, 'The same lines are split in two ways.');
    }
    layout.separator = separator;
  }
  return { ...line, kind: 'fields', separator, each: [] };
}

/** How many fields there are, when it is known. */
function widthOf(value: Fields): number | null {
  return value.source.kind === 'scan'
    ? value.source.scan.layout.width
    : tableOf(value.source.file).columns.length;
}

function setWidth(value: Fields, width: number): void {
  const known = widthOf(value);
  if (known !== null && known !== width) {
    throw new LiftRefusal(
      value.source.line,
      `Lines are taken apart into ${width} fields here and ${known} elsewhere.`
    );
  }
  if (value.source.kind === 'scan') {
    const { layout } = value.source.scan;
    layout.width = width;
    for (let at = 0; at < width; at++) {
      layout.field(at);
    }
  }
}

function columnAt(value: Fields, at: number): Column {
  if (value.source.kind === 'scan') {
    if (value.source.scan.layout.named) {
      throw new LiftRefusal(
        value.source.line,
        'Fields are found by their names and by their places.'
      );
    }
    return value.source.scan.layout.field(at);
  }
  const { columns } = tableOf(value.source.file);
  if (at >= columns.length) {
    throw new LiftRefusal(
      value.source.line,
      `A line has only ${columns.length} fields.`
    );
  }
  return columns[at].column;
}

function slice(
  value: Fields,
  node: Extract<ExprNode, { nodeType: 'Slice' }>,
  machine: Machine
): Value {
  const bound = (part: ExprNode | undefined, otherwise: number | null) =>
    part ? literalInteger(machine.expr(part)) : otherwise;
  const from = bound(node.lower, 0);
  const to = bound(node.upper, widthOf(value));
  if (from === null || to === null || from < 0 || to < 0 || node.step) {
    throw LiftRefusal.at(
      node,
      'Which fields these are cannot be told before running.'
    );
  }
  const items: Value[] = [];
  for (let at = from; at < to; at++) {
    items.push(fieldAt(value, at, node));
  }
  return { kind: 'tuple', shape: 'list', items };
}

/** The value of one field, trimmed as the original trims it. */
function fieldAt(value: Fields, at: number, node: { lineno?: number }): Value {
  const column = columnAt(value, at);
  const width = widthOf(value);
  const trims = [
    ...edgeTrims(value, at === 0, width !== null && at === width - 1),
    ...value.each
  ];
  if (value.source.kind === 'scan') {
    const { layout } = value.source.scan;
    if (at === width! - 1 && !endsTrimmed(value)) {
      layout.breaks = column;
    }
    for (const trim of trims) {
      addCleaning(column, trim, value);
    }
    return scalar(make.column(column));
  }
  const stored = tableOf(value.source.file).columns[at];
  const specification = stored.rendering?.specification ?? '';
  const natural = make.column(column);
  if (typeOf(natural) !== 'str') {
    return scalar({ kind: 'text', operand: natural, specification });
  }
  if (at === width! - 1 && !endsTrimmed(value)) {
    throw LiftRefusal.at(node, 'The last field keeps its line break.');
  }
  const solid = startsSolid(stored.expr, tableOf(value.source.file).plan);
  return scalar(
    trims
      .filter(trim => !(solid && trim.method === 'lstrip' && !trim.characters))
      .reduce<Expr>((expr, trim) => trimmed(expr, trim), natural)
  );
}

function trimmed(expr: Expr, trim: ITrim): Expr {
  const characters: Expr[] =
    trim.characters === null
      ? []
      : [{ kind: 'literal', text: trim.characters, type: 'str' }];
  return make.method(expr, trim.method, ...characters);
}

/** What trimming the line means for its first and last field. */
function edgeTrims(value: Fields, first: boolean, last: boolean): ITrim[] {
  return value.trims.flatMap(({ method, characters }): ITrim[] => {
    if (onlyBreaks(characters)) {
      return [];
    }
    const left = first && method !== 'rstrip';
    const right = last && method !== 'lstrip';
    if (left && right) {
      return [{ method: 'strip', characters }];
    }
    return left
      ? [{ method: 'lstrip', characters }]
      : right
        ? [{ method: 'rstrip', characters }]
        : [];
  });
}

/** Characters that are only the end of the line, which is no part of a field. */
function onlyBreaks(characters: string | null): boolean {
  return characters !== null && /^(["'])(\\[nr])+\1$/.test(characters);
}

/** Whether the line break is taken off before the last field is used. */
function endsTrimmed(value: Fields): boolean {
  return [...value.trims, ...value.each].some(
    ({ method, characters }) =>
      method !== 'lstrip' && (characters === null || characters.includes('\\n'))
  );
}

function addCleaning(column: Column, trim: ITrim, value: Fields): void {
  if (value.source.kind !== 'scan') {
    return;
  }
  const { cleanings } = value.source.scan.layout;
  const known = cleanings.some(
    cleaning =>
      cleaning.column === column &&
      cleaning.method === trim.method &&
      cleaning.characters === trim.characters
  );
  if (!known) {
    const whole = value.trims.some(each => each.method === 'strip');
    const because = value.each.includes(trim)
      ? ''
      : `line.${whole ? 'strip' : trim.method}() trimmed the ${trim.method === 'lstrip' ? 'first' : 'last'} field`;
    cleanings.push({ column, ...trim, because });
  }
}
