/**
 * Writing with the csv module: `csv.writer` and `csv.DictWriter`.
 */
import type { Call } from 'py-ast';

import type { FileBuild } from '../builds';
import type { Expr, FormatPart } from '../expression';
import { make } from '../expression';
import type { IIdiom } from '../idiom';
import { literalString } from '../literal';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import type { Value } from '../values';

type Writer = Extract<Value, { kind: 'csvwriter' }>;

export const csvWriting: IIdiom = {
  name: 'csv writing',

  call(path, node, machine) {
    if (path !== 'csv.writer' && path !== 'csv.DictWriter') {
      return null;
    }
    const file = machine.evaluate(node.args[0]);
    if (file.kind !== 'writer') {
      return null;
    }
    let separator = ',';
    let fields = path === 'csv.DictWriter' ? node.args[1] : undefined;
    for (const { arg, value } of node.keywords) {
      if (arg === 'delimiter') {
        separator = literalString(machine.expr(value)) ?? '';
      } else if (arg === 'fieldnames') {
        fields = value;
      } else if (arg !== 'lineterminator') {
        throw LiftRefusal.at(
          node,
          `The argument \`${arg}\` is not understood.`
        );
      }
    }
    const names = fields
      ? namesOf(machine.evaluate(fields), node, machine)
      : null;
    return { kind: 'csvwriter', build: file.build, separator, names };
  },

  method(object, name, node, machine) {
    if (object.kind !== 'csvwriter') {
      return null;
    }
    switch (name) {
      case 'writeheader':
        object.build.header.push(
          `${(object.names ?? []).join(object.separator)}\n`
        );
        return object;
      case 'writerow':
        writeRow(object, node, machine);
        return object;
      default:
        throw LiftRefusal.at(node, `\`.${name}()\` is not understood.`);
    }
  }
};

function namesOf(value: Value, node: Call, machine: Machine): string[] {
  const literal =
    value.kind === 'scalar' && value.expr.kind === 'name'
      ? value.expr.of
      : null;
  const { nodeType } = literal?.literal ?? {};
  if (
    literal?.literal &&
    (nodeType === 'List' || nodeType === 'Tuple') &&
    'elts' in literal.literal
  ) {
    return literal.literal.elts.map(item =>
      item.nodeType === 'Constant' ? String(item.value) : ''
    );
  }
  if (value.kind === 'tuple') {
    return value.items.map(
      item => literalString(machine.asExpr(item, node)) ?? ''
    );
  }
  throw LiftRefusal.at(node, 'The names of the columns are not written here.');
}

function writeRow(writer: Writer, node: Call, machine: Machine): void {
  const value = machine.evaluate(node.args[0]);
  const { build, separator } = writer;
  if (!machine.row) {
    writeHeader(build, namesOf(value, node, machine), separator, node);
    return;
  }
  const items = itemsOf(writer, value, node, machine);
  const parts = items.flatMap((item, at): FormatPart[] => [
    ...(at > 0 ? [separator] : []),
    { value: item, conversion: '', specification: '' }
  ]);
  const line: Expr = { kind: 'format', parts: [...parts, '\n'] };
  machine.row.add(build, [line], node);
}

function writeHeader(
  build: FileBuild,
  names: readonly string[],
  separator: string,
  node: Call
): void {
  if (build.entries.length > 0 || build.header.length > 0) {
    throw LiftRefusal.at(
      node,
      `Only a header line may be written to ${build.path.text} outside the loop.`
    );
  }
  build.header.push(`${names.join(separator)}\n`);
}

function itemsOf(
  { names }: Writer,
  value: Value,
  node: Call,
  machine: Machine
): Expr[] {
  if (value.kind === 'tuple' && !names) {
    return value.items.map(item => asWritten(machine.asExpr(item, node)));
  }
  if (value.kind === 'record' && names) {
    return names.map(name => {
      const field = value.fields.get(name) ?? value.rest?.field(name);
      return field ? asWritten(machine.asExpr(field, node)) : make.string('');
    });
  }
  throw LiftRefusal.at(node, 'What is written here is no list of values.');
}

/** None is written as nothing. */
function asWritten(expr: Expr): Expr {
  return expr.kind === 'literal' && expr.type === 'none'
    ? make.string('')
    : expr;
}
