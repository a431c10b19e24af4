/**
 * Dictionaries with known keys, one a row: `{"id": i, ...}`, reading, changing and
 * copying them.
 */
import type { Call, ExprNode } from 'py-ast';

import { make } from '../expression';
import type { IIdiom } from '../idiom';
import { literalString } from '../literal';
import type { Machine } from '../machine';
import { LiftRefusal } from '../refusal';
import { scalar } from '../values';
import type { IRecord, Value } from '../values';

type Dict = Extract<ExprNode, { nodeType: 'Dict' }>;

export const records: IIdiom = {
  name: 'records',

  call(path, node, machine) {
    if (path !== 'dict' || node.args.length > 1) {
      return null;
    }
    const [first] = node.args;
    const copied = first ? machine.evaluate(first) : null;
    if (copied ? copied.kind !== 'record' : node.keywords.length === 0) {
      return null;
    }
    const record = copied?.kind === 'record' ? copied : EMPTY;
    const fields = new Map(record.fields);
    for (const { arg, value } of node.keywords) {
      if (arg === undefined) {
        throw LiftRefusal.at(node, '`**` arguments are not understood.');
      }
      fields.set(arg, machine.evaluate(value));
    }
    return { ...detached(record), fields };
  },

  expression(node, machine) {
    return node.nodeType === 'Dict' && node.keys.length > 0
      ? display(node, machine)
      : null;
  },

  subscript(object, node, machine) {
    if (object.kind !== 'record') {
      return null;
    }
    const name = literalString(machine.expr(node.slice));
    if (name === null) {
      throw LiftRefusal.at(
        node,
        'Which column this is cannot be told before running.'
      );
    }
    return fieldOf(object, name, node);
  },

  method(object, name, node, machine) {
    return object.kind === 'record'
      ? recordMethod(object, name, node, machine)
      : null;
  },

  operator(operator, operands) {
    const [left, right] = operands;
    if (right?.kind !== 'record' || !/^(not )?in$/.test(operator)) {
      return null;
    }
    const name = left.kind === 'scalar' ? literalString(left.expr) : null;
    if (name === null || right.rest) {
      return null;
    }
    return scalar(make.boolean(right.fields.has(name) === (operator === 'in')));
  },

  store(object, target, value, machine) {
    if (object.kind !== 'record') {
      return false;
    }
    const name = literalString(machine.expr(target.slice));
    if (name === null) {
      throw LiftRefusal.at(
        target,
        'Which field is set cannot be told before running.'
      );
    }
    const kept = machine.row?.remember(name, value, target.lineno ?? 1);
    change(
      target.value,
      { ...object, fields: new Map(object.fields).set(name, kept ?? value) },
      machine
    );
    return true;
  }
};

const EMPTY: IRecord = { kind: 'record', fields: new Map(), rest: null };

/** A copy is no element of a list any more. */
function detached(record: IRecord): IRecord {
  return { kind: 'record', fields: record.fields, rest: record.rest };
}

function display(node: Dict, machine: Machine): Value | null {
  const fields = new Map<string, Value>();
  let rest: IRecord['rest'] = null;
  for (const [at, key] of node.keys.entries()) {
    const value = machine.evaluate(node.values[at]);
    if (key === null || key === undefined) {
      if (value.kind !== 'record' || (rest && value.rest)) {
        return null;
      }
      rest ??= value.rest;
      value.fields.forEach((each, name) => fields.set(name, each));
      continue;
    }
    if (key.nodeType !== 'Constant' || typeof key.value !== 'string') {
      return null;
    }
    const name = key.value;
    fields.set(
      name,
      machine.row?.remember(name, value, node.lineno ?? 1) ?? value
    );
  }
  const constant = [...fields.values()].every(value => value.kind === 'scalar');
  return !machine.row && constant ? null : { kind: 'record', fields, rest };
}

/** The value of a field. */
export function fieldOf(
  record: IRecord,
  name: string,
  node: { lineno?: number }
): Value {
  const own = record.fields.get(name);
  if (own) {
    return own;
  }
  if (!record.rest) {
    throw LiftRefusal.at(node, `The dictionary has no key "${name}" here.`);
  }
  return record.rest.field(name);
}

function recordMethod(
  record: IRecord,
  name: string,
  node: Call,
  machine: Machine
): Value | null {
  const [first, second] = node.args;
  switch (name) {
    case 'copy':
      return detached(record);
    case 'get': {
      const key = literalString(machine.expr(first));
      if (key === null) {
        return null;
      }
      // The header of a file is taken to have what the original asks for.
      if (record.fields.has(key)) {
        return fieldOf(record, key, node);
      }
      if (record.rest) {
        const otherwise = second ? machine.evaluate(second) : scalar(NONE);
        return record.rest.field(key, otherwise);
      }
      return second ? machine.evaluate(second) : scalar(NONE);
    }
    case 'values':
      return record.rest
        ? null
        : { kind: 'tuple', shape: 'list', items: [...record.fields.values()] };
    case 'update':
      return updated(record, node, machine);
    default:
      throw LiftRefusal.at(
        node,
        `\`.${name}()\` of a dictionary of the row is not understood.`
      );
  }
}

const NONE = { kind: 'literal', text: 'None', type: 'none' } as const;

function updated(record: IRecord, node: Call, machine: Machine): Value {
  const fields = new Map(record.fields);
  for (const argument of node.args) {
    const value = machine.evaluate(argument);
    if (value.kind !== 'record' || value.rest) {
      throw LiftRefusal.at(node, 'This update cannot be followed.');
    }
    value.fields.forEach((each, name) => fields.set(name, each));
  }
  for (const { arg, value } of node.keywords) {
    if (arg === undefined) {
      throw LiftRefusal.at(node, '`**` arguments are not understood.');
    }
    fields.set(arg, machine.evaluate(value));
  }
  const { func } = node;
  if (func.nodeType !== 'Attribute') {
    throw LiftRefusal.at(node, 'This update cannot be followed.');
  }
  const next = { ...record, fields };
  change(func.value, next, machine);
  return next;
}

/** The variable that holds a record holds the changed one from here on. */
function change(node: ExprNode, next: IRecord, machine: Machine): void {
  if (node.nodeType !== 'Name') {
    throw LiftRefusal.at(node, 'This dictionary cannot be followed.');
  }
  const before = machine.env.get(node.id);
  for (const [name, value] of machine.env) {
    if (value === before) {
      machine.env.set(name, next);
    }
  }
}
