/**
 * Reading text files line by line: `open`, `with open`, `readlines`, a skipped
 * header. A file that the notebook wrote itself is the table it wrote.
 */
import type { Call, ExprNode } from 'py-ast';

import { literalInteger, literalString } from '../literal';
import type { IIdiom } from '../idiom';
import type { Machine } from '../machine';
import { pathOf, sameFile } from '../paths';
import { Layout, includes as reads } from '../plan';
import { LiftRefusal } from '../refusal';
import { linesPlan } from '../tables';
import { describe } from '../values';
import type { ILines, Value } from '../values';

export const reading: IIdiom = {
  name: 'reading',

  statement(node, machine) {
    if (node.nodeType !== 'With') {
      return false;
    }
    for (const item of node.items) {
      const value = machine.evaluate(item.context_expr);
      if (value.kind !== 'reader' && value.kind !== 'writer') {
        throw LiftRefusal.at(
          node,
          `Cannot follow \`with\` over ${describe(value)}.`
        );
      }
      if (item.optional_vars) {
        machine.assign(item.optional_vars, value);
      }
    }
    machine.block(node.body);
    return true;
  },

  call(path, node, machine) {
    if (path === 'open' || path === 'io.open' || path === 'codecs.open') {
      const mode = modeOf(node);
      return mode === 'r' || mode === 'rt'
        ? { kind: 'reader', source: linesOf(node, machine) }
        : null;
    }
    if (path === 'next' && node.args.length === 1) {
      const value = machine.evaluate(node.args[0]);
      return value.kind === 'reader'
        ? skipLine(value.source, node, machine)
        : null;
    }
    return null;
  },

  method(object, name, node, machine) {
    if (object.kind === 'filetext') {
      return linesOfText(object, name, node, machine);
    }
    if (object.kind !== 'reader') {
      return null;
    }
    switch (name) {
      case 'readlines':
        object.source.rewinds = true;
        return object;
      case 'readline':
        return skipLine(object.source, node, machine);
      case 'read':
        return { kind: 'filetext', source: object.source };
      case 'close':
        return { kind: 'scalar', expr: NONE };
      default:
        throw LiftRefusal.at(
          node,
          `Reading a file with \`.${name}()\` is not understood.`
        );
    }
  },

  subscript(object, node, machine) {
    if (object.kind !== 'reader') {
      return null;
    }
    const { slice } = node;
    const at =
      slice.nodeType === 'Slice' ? null : literalInteger(machine.expr(slice));
    if (at === 0 && object.source.kind === 'scan' && object.source.rewinds) {
      return { kind: 'header', scan: object.source.scan };
    }
    const start =
      slice.nodeType === 'Slice' && !slice.upper && !slice.step && slice.lower
        ? literalInteger(machine.expr(slice.lower))
        : null;
    if (start === null || start < 0) {
      throw LiftRefusal.at(
        node,
        'Only a number of lines at the top of a file can be left out.'
      );
    }
    return { kind: 'reader', source: skipped(object.source, start) };
  },

  rows(iterable, machine) {
    if (iterable.kind !== 'reader') {
      return null;
    }
    const { source } = iterable;
    if (source.used && !source.rewinds) {
      throw new LiftRefusal(
        source.line,
        'The file is looped over twice; the second loop finds it at its end.'
      );
    }
    source.used = true;
    return {
      plan: linesPlan(source),
      element: {
        kind: 'line',
        source,
        trims: source.bare ? [{ method: 'rstrip', characters: '"\\n"' }] : []
      }
    };
  }
};

/** `text.strip().split("\\n")`, `text.splitlines()`. */
function linesOfText(
  text: Extract<Value, { kind: 'filetext' }>,
  name: string,
  node: Call,
  machine: Machine
): Value {
  if (name === 'strip' || name === 'rstrip') {
    return text;
  }
  const mark = node.args[0] && literalString(machine.expr(node.args[0]));
  if (name === 'splitlines' || (name === 'split' && mark === '\n')) {
    text.source.rewinds = true;
    text.source.bare = true;
    return { kind: 'reader', source: text.source };
  }
  throw LiftRefusal.at(
    node,
    `\`.${name}()\` on the text of a file is not understood.`
  );
}

const NONE = { kind: 'literal', text: 'None', type: 'none' } as const;

/** The mode of a call of `open`. */
export function modeOf(node: Call): string {
  const argument =
    node.args[1] ??
    node.keywords.find(keyword => keyword.arg === 'mode')?.value;
  if (!argument) {
    return 'r';
  }
  if (argument.nodeType !== 'Constant') {
    throw LiftRefusal.at(argument, 'The mode of `open` is not a literal.');
  }
  return String(argument.value);
}

function linesOf(node: Call, machine: Machine): ILines {
  if (machine.row) {
    throw LiftRefusal.at(node, 'A file is opened once for every row.');
  }
  const path = pathOf(node.args[0], machine);
  const line = node.lineno ?? 1;
  const written = machine.files.find(file => sameFile(file.path, path));
  if (written) {
    machine.reads.push({ path, cell: machine.cell.index });
    return { kind: 'table', file: written, skip: 0, ...fresh(line) };
  }
  const layout = new Layout();
  for (const keyword of node.keywords) {
    if (keyword.arg === 'encoding') {
      layout.options.set('encoding', machine.source(keyword.value));
    } else if (keyword.arg === 'errors') {
      layout.options.set('encoding_errors', machine.source(keyword.value));
    }
  }
  return {
    kind: 'scan',
    scan: { op: 'scan', path, layout, cell: machine.cell.index, line },
    ...fresh(line)
  };
}

function fresh(line: number) {
  return { line, rewinds: false, used: false };
}

function skipped(source: ILines, count: number): ILines {
  if (source.kind === 'scan') {
    source.scan.layout.skip += count;
    return source;
  }
  return { ...source, skip: source.skip + count };
}

/** Read one line and do not use it: a header. */
function skipLine(source: ILines, node: ExprNode, machine: Machine): Value {
  if (machine.row && reads(machine.row.plan, linesPlan(source))) {
    throw LiftRefusal.at(
      node,
      'Reading further lines inside the loop is not understood.'
    );
  }
  if (source.kind === 'table') {
    source.skip += 1;
  } else {
    source.scan.layout.skip += 1;
  }
  return source.kind === 'scan'
    ? { kind: 'header', scan: source.scan }
    : {
        kind: 'unknown',
        refusal: LiftRefusal.at(
          node,
          'The text of the header line is not known before running.'
        )
      };
}
