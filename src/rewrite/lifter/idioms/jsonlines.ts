/**
 * JSON lines: `json.loads(line)` for each line of a file.
 */
import { make } from '../expression';
import type { IIdiom } from '../idiom';
import { LiftRefusal } from '../refusal';
import { scalar } from '../values';

export const jsonLines: IIdiom = {
  name: 'JSON lines',

  call(path, node, machine) {
    if (path !== 'json.loads' || node.args.length !== 1) {
      return null;
    }
    const line = machine.evaluate(node.args[0]);
    if (line.kind !== 'line') {
      return null;
    }
    if (line.source.kind !== 'scan') {
      throw LiftRefusal.at(node, 'Only a file from outside can be read so.');
    }
    const { layout } = line.source.scan;
    if (layout.separator !== null && layout.separator !== SEPARATOR) {
      throw LiftRefusal.at(node, 'The same lines are split, too.');
    }
    // A character that JSON cannot contain: a line is one field.
    layout.separator = SEPARATOR;
    layout.width = 1;
    const column = layout.field(0);
    column.suggest('line');
    return scalar({
      kind: 'call',
      callee: machine.expr(node.func),
      args: [{ name: null, value: make.column(column) }]
    });
  }
};

const SEPARATOR = '\u001f';
