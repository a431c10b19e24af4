/**
 * Functions that hold whole loops, such as `def load(path): ...`: a call runs the
 * body in place.
 */
import type { Call, FunctionDef, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import type { INotebookName } from '../expression';
import type { IIdiom } from '../idiom';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import type { Value } from '../values';

export const loaders: IIdiom = {
  name: 'loaders',

  statement(node, machine) {
    if (node.nodeType !== 'Return') {
      return false;
    }
    if (!machine.inlined || machine.row) {
      throw LiftRefusal.at(
        node,
        '`return` in the middle of a loop is not understood.'
      );
    }
    machine.inlined.returned = node.value
      ? machine.evaluate(node.value)
      : NOTHING;
    return true;
  },

  helper(of, node, machine) {
    return machine.row || !of.definition || !holdsLoops(of.definition)
      ? null
      : inline(of, of.definition, node, machine);
  }
};

const NOTHING: Value = {
  kind: 'scalar',
  expr: { kind: 'literal', text: 'None', type: 'none' }
};

/** Whether a function reads files or loops over rows, not just over a value. */
function holdsLoops(definition: FunctionDef): boolean {
  for (const node of walk(definition)) {
    if (
      node.nodeType === 'With' ||
      (node.nodeType === 'Call' &&
        node.func.nodeType === 'Name' &&
        node.func.id === 'open')
    ) {
      return true;
    }
  }
  return false;
}

function inline(
  of: INotebookName,
  definition: FunctionDef,
  node: Call,
  machine: Machine
): Value {
  const arguments_ = boundArguments(definition, node, machine);
  const home = machine.cells.find(cell => cell.text === of.text);
  const caller = machine.cell;
  const outer = new Map(machine.env);
  const before = machine.inlined;
  if (!home || before) {
    throw LiftRefusal.at(
      node,
      'A function that calls such a function is not understood.'
    );
  }
  arguments_.forEach((value, name) => machine.env.set(name, value));
  machine.inlined = { caller, returned: null };
  machine.cell = home;
  caller.inlined.add(of.name);
  try {
    runBody(definition.body, machine);
    return machine.inlined.returned ?? NOTHING;
  } catch (error) {
    if (error instanceof LiftRefusal) {
      error.cell ??= home.index;
    }
    throw error;
  } finally {
    machine.cell = caller;
    machine.inlined = null;
    machine.restore(outer);
  }
}

function runBody(body: readonly StmtNode[], machine: Machine): void {
  for (const statement of body) {
    machine.execute(statement);
    if (machine.inlined?.returned) {
      return;
    }
  }
}

/** The values of the parameters. */
function boundArguments(
  definition: FunctionDef,
  node: Call,
  machine: Machine
): Map<string, Value> {
  const { args, defaults, vararg, kwarg, kwonlyargs } = definition.args;
  if (vararg || kwarg || kwonlyargs.length > 0) {
    throw LiftRefusal.at(
      definition,
      'Parameters with stars are not understood.'
    );
  }
  const values = new Map<string, Value>();
  defaults.forEach((value, at) => {
    const { arg } = args[args.length - defaults.length + at];
    values.set(arg, machine.evaluate(value));
  });
  node.args.forEach((value, at) => {
    if (value.nodeType === 'Starred' || at >= args.length) {
      throw LiftRefusal.at(value, 'This argument is not understood.');
    }
    values.set(args[at].arg, machine.evaluate(value));
  });
  for (const { arg, value } of node.keywords) {
    if (arg === undefined) {
      throw LiftRefusal.at(value, '`**` arguments are not understood.');
    }
    values.set(arg, machine.evaluate(value));
  }
  const missing = args.find(({ arg }) => !values.has(arg));
  if (missing) {
    throw LiftRefusal.at(node, `The argument \`${missing.arg}\` is missing.`);
  }
  return values;
}
