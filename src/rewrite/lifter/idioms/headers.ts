/**
 * The header line of a file, and columns that are found by the names in it:
 * `dict(zip(header, fields))`, `fields[header.index("x")]`, `fields[col["x"]]`.
 */
import type { ExprNode } from 'py-ast';

import { make } from '../expression';
import type { IIdiom } from '../idiom';
import { literalString } from '../literal';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import { scalar } from '../values';
import type { Value } from '../values';

type Header = Extract<Value, { kind: 'header' }>;

export const headers: IIdiom = {
  name: 'headers',

  call(path, node, machine) {
    if (path === 'dict' && node.args.length === 1) {
      const [zip] = node.args;
      return zip.nodeType === 'Call' && machine.path(zip.func) === 'zip'
        ? zipped(zip.args, machine)
        : null;
    }
    if ((path === 'enumerate' || path === 'list') && node.args.length === 1) {
      const value = known(node.args[0], machine);
      return value?.kind === 'header' ? value : null;
    }
    return null;
  },

  method(object, name, node, machine) {
    if (object.kind !== 'header') {
      return null;
    }
    switch (name) {
      case 'strip':
      case 'rstrip':
      case 'lstrip':
        return object;
      case 'split': {
        const mark = node.args[0] && literalString(machine.expr(node.args[0]));
        if (!mark || mark.length !== 1) {
          throw LiftRefusal.at(node, 'How the header is split is not known.');
        }
        const { layout } = object.scan;
        if (layout.separator !== null && layout.separator !== mark) {
          throw LiftRefusal.at(node, 'The header is split in another way.');
        }
        layout.separator = mark;
        return object;
      }
      case 'index': {
        const column = literalString(machine.expr(node.args[0]));
        return column === null
          ? null
          : { kind: 'fieldname', scan: object.scan, name: column };
      }
      default:
        return null;
    }
  },

  expression(node, machine) {
    if (node.nodeType === 'ListComp' && node.generators.length === 1) {
      // [h.strip() for h in header]
      const [{ iter, ifs }] = node.generators;
      const value = ifs.length === 0 ? known(iter, machine) : null;
      return value?.kind === 'header' &&
        /\.(strip|lower|rstrip)\(\)$/.test(machine.source(node.elt))
        ? machine.source(node.elt).endsWith('.lower()')
          ? null
          : value
        : null;
    }
    // {h: i for i, h in enumerate(header)}
    if (node.nodeType !== 'DictComp' || node.generators.length !== 1) {
      return null;
    }
    const [{ iter, ifs, target }] = node.generators;
    if (
      ifs.length > 0 ||
      iter.nodeType !== 'Call' ||
      machine.path(iter.func) !== 'enumerate' ||
      target.nodeType !== 'Tuple' ||
      machine.source(target.elts[1]) !== machine.source(node.key) ||
      machine.source(target.elts[0]) !== machine.source(node.value)
    ) {
      return null;
    }
    const value = known(iter.args[0], machine);
    return value?.kind === 'header' ? value : null;
  },

  subscript(object, node, machine) {
    if (object.kind === 'header') {
      const name = literalString(machine.expr(node.slice));
      return name === null
        ? null
        : { kind: 'fieldname', scan: object.scan, name };
    }
    if (object.kind !== 'fields' || node.slice.nodeType === 'Slice') {
      return null;
    }
    const at = known(node.slice, machine) ?? machine.evaluate(node.slice);
    if (at.kind !== 'fieldname') {
      return null;
    }
    if (object.source.kind !== 'scan' || object.source.scan !== at.scan) {
      throw LiftRefusal.at(node, 'This header is that of another file.');
    }
    return byName(at.scan, at.name);
  }
};

/** The value of a variable that may hold a header. */
function known(node: ExprNode | undefined, machine: Machine): Value | null {
  return node?.nodeType === 'Name' ? (machine.env.get(node.id) ?? null) : null;
}

function zipped(parts: readonly ExprNode[], machine: Machine): Value | null {
  const [header, fields] = parts.map(part => known(part, machine));
  const values =
    parts.length === 2 && header?.kind === 'header'
      ? (fields ?? machine.evaluate(parts[1]))
      : null;
  if (header?.kind !== 'header' || values?.kind !== 'fields') {
    return null;
  }
  const { scan } = header;
  if (values.source.kind !== 'scan' || values.source.scan !== scan) {
    throw LiftRefusal.at(parts[0], 'This header is that of another file.');
  }
  return {
    kind: 'record',
    fields: new Map(),
    rest: { plan: scan, field: name => byName(scan, name) }
  };
}

/** A column by its name in the header line, which pandas reads itself then. */
function byName(scan: Header['scan'], name: string): Value {
  const { layout } = scan;
  if (layout.named === null) {
    if (layout.skip < 1 || layout.columns().length > 0) {
      throw new LiftRefusal(
        scan.line,
        'Fields are found by their names and by their places.'
      );
    }
    layout.skip -= 1;
    layout.named = new Map();
  }
  return scalar(make.column(layout.column(name)));
}
