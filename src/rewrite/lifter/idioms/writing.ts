/**
 * Writing an intermediate text file: `out.write(...)`, `print(..., file=out)`.
 */
import type { Call } from 'py-ast';

import { FileBuild } from '../builds';
import type { Expr } from '../expression';
import { make } from '../expression';
import type { IIdiom } from '../idiom';
import { literalString } from '../literal';
import type { Machine } from '../machine';
import { pathOf, sameFile } from '../paths';
import { LiftRefusal } from '../refusal';
import { templateOf } from '../template';
import type { Value } from '../values';
import { modeOf } from './reading';

export const writing: IIdiom = {
  name: 'writing',

  call(path, node, machine) {
    if (path === 'open' || path === 'io.open' || path === 'codecs.open') {
      const mode = modeOf(node);
      if (mode !== 'w' && mode !== 'wt') {
        throw LiftRefusal.at(
          node,
          `A file opened with mode "${mode}" is not understood.`
        );
      }
      return create(node, machine);
    }
    const file = node.keywords.find(keyword => keyword.arg === 'file');
    if (path === 'print' && file) {
      const value = machine.evaluate(file.value);
      if (value.kind === 'writer') {
        write(value.build, printed(node, machine), node, machine);
        return value;
      }
    }
    return null;
  },

  method(object, name, node, machine) {
    if (object.kind !== 'writer') {
      return null;
    }
    switch (name) {
      case 'write':
        write(object.build, [machine.expr(node.args[0])], node, machine);
        return object;
      case 'close':
      case 'flush':
        return object;
      default:
        throw LiftRefusal.at(
          node,
          `Writing with \`.${name}()\` is not understood.`
        );
    }
  }
};

function create(node: Call, machine: Machine): Value {
  const path = pathOf(node.args[0], machine);
  if (machine.row) {
    throw LiftRefusal.at(
      node,
      'A file is opened for writing once for every row.'
    );
  }
  if (machine.files.some(file => sameFile(file.path, path))) {
    throw LiftRefusal.at(node, `${path.text} is written twice.`);
  }
  const build = new FileBuild(
    path,
    (machine.inlined?.caller ?? machine.cell).index,
    node.lineno ?? 1
  );
  machine.files.push(build);
  return { kind: 'writer', build };
}

function write(
  build: FileBuild,
  pieces: Expr[],
  node: Call,
  machine: Machine
): void {
  const { row } = machine;
  if (row) {
    row.add(build, pieces, node);
    return;
  }
  const text = pieces.flatMap(templateOf);
  const header = text.every(part => typeof part === 'string')
    ? text.join('')
    : null;
  if (
    build.entries.length > 0 ||
    header === null ||
    !/^[^\n]*\n$/.test(header)
  ) {
    throw LiftRefusal.at(
      node,
      `Only a header line may be written to ${build.path.text} outside the loop.`
    );
  }
  build.header.push(header);
}

/** The text that `print` writes: separators between, a line break after. */
function printed(node: Call, machine: Machine): Expr[] {
  const option = (name: string, otherwise: string): string => {
    const keyword = node.keywords.find(each => each.arg === name);
    const value = keyword
      ? literalString(machine.expr(keyword.value))
      : otherwise;
    if (value === null) {
      throw LiftRefusal.at(
        node,
        `\`${name}\` of this \`print\` is not a literal.`
      );
    }
    return value;
  };
  const between = make.string(option('sep', ' '));
  const end = make.string(option('end', '\n'));
  return [
    ...node.args.flatMap((argument, at): Expr[] => {
      const text = make.call('str', machine.expr(argument));
      return at === 0 ? [text] : [between, text];
    }),
    end
  ];
}
