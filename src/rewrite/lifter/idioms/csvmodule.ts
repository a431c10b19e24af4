/**
 * The csv module: `csv.reader` and `csv.DictReader` over an open file.
 */
import type { Call } from 'py-ast';

import { make } from '../expression';
import type { IIdiom } from '../idiom';
import { literalString } from '../literal';
import type { Machine } from '../machine';
import type { IScan } from '../plan';
import { LiftRefusal } from '../refusal';
import { tableOf } from '../tables';
import { typeOf } from '../typing';
import { describe, scalar } from '../values';
import type { IFieldSource, Value } from '../values';

export const csvModule: IIdiom = {
  name: 'csv module',

  call(path, node, machine) {
    if (path === 'csv.reader') {
      const scan = csvScan(node, machine);
      return {
        kind: 'rows',
        plan: scan,
        element: {
          kind: 'fields',
          source: {
            kind: 'scan',
            scan,
            line: scan.line,
            rewinds: false,
            used: true
          },
          // Its lines come without their ends.
          trims: [{ method: 'rstrip', characters: '"\\n"' }],
          separator: scan.layout.separator ?? ',',
          each: []
        }
      };
    }
    if (path === 'csv.DictReader') {
      const own = ownTable(node, machine);
      if (own) {
        return own;
      }
      const scan = csvScan(node, machine);
      scan.layout.named = new Map();
      scan.layout.blank = 'skipped';
      const rest: IFieldSource = {
        plan: scan,
        field: name => scalar(make.column(scan.layout.column(name)))
      };
      const element: Value = { kind: 'record', fields: new Map(), rest };
      return { kind: 'rows', plan: scan, element };
    }
    return path === 'next' ? skipHeader(node, machine) : null;
  }
};

/** A file that the notebook wrote with a header, as the table that it is. */
function ownTable(node: Call, machine: Machine): Value | null {
  const file = machine.evaluate(node.args[0]);
  if (file.kind !== 'reader' || file.source.kind !== 'table') {
    return null;
  }
  const table = tableOf(file.source.file, ',');
  const names = table.made.file?.header ?? [];
  const rest: IFieldSource = {
    plan: table.scan,
    field: name => {
      const stored = table.columns[names.indexOf(name)];
      if (!stored) {
        throw LiftRefusal.at(node, `The file has no column "${name}".`);
      }
      const natural = make.column(stored.column);
      const specification = stored.rendering?.specification ?? '';
      return scalar(
        typeOf(natural) === 'str'
          ? natural
          : { kind: 'text', operand: natural, specification }
      );
    }
  };
  return {
    kind: 'rows',
    plan: table.scan,
    element: { kind: 'record', fields: new Map(), rest }
  };
}

/** The file that a reader of the csv module reads. */
function csvScan(node: Call, machine: Machine): IScan {
  const [file, ...others] = node.args;
  const value = machine.evaluate(file);
  if (value.kind !== 'reader' || value.source.kind !== 'scan') {
    throw LiftRefusal.at(
      node,
      `The csv module on ${describe(value)} is not understood.`
    );
  }
  const { source } = value;
  if (source.used) {
    throw LiftRefusal.at(node, 'The file is read twice.');
  }
  source.used = true;
  const { layout } = source.scan;
  layout.quoted = true;
  layout.separator = ',';
  for (const { arg, value: option } of node.keywords) {
    const text = literalString(machine.expr(option));
    if (arg !== 'delimiter' || text?.length !== 1) {
      throw LiftRefusal.at(node, `The argument \`${arg}\` is not understood.`);
    }
    layout.separator = text;
  }
  if (others.length > 0) {
    throw LiftRefusal.at(
      node,
      'Field names given to the reader are not understood.'
    );
  }
  return source.scan;
}

/** `next(reader)` before the loop. */
function skipHeader(node: Call, machine: Machine): Value | null {
  if (machine.row || node.args.length !== 1) {
    return null;
  }
  const value = machine.evaluate(node.args[0]);
  if (value.kind !== 'rows' || value.plan.op !== 'scan') {
    return null;
  }
  value.plan.layout.skip += 1;
  return { kind: 'header', scan: value.plan };
}
