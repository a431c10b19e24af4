/**
 * Counters: `kept += 1` in a loop over rows.
 */
import type { IIdiom } from '../idiom';
import { LiftRefusal } from '../refusal';

export const counting: IIdiom = {
  name: 'counting',

  statement(node, machine) {
    if (
      node.nodeType !== 'AugAssign' ||
      node.target.nodeType !== 'Name' ||
      node.op.nodeType !== 'Add' ||
      !machine.row
    ) {
      return false;
    }
    const { id } = node.target;
    const before = machine.env.get(id);
    if (before?.kind !== 'carried' && before?.kind !== 'counter') {
      return false;
    }
    if (node.value.nodeType !== 'Constant' || node.value.value !== 1) {
      throw LiftRefusal.at(node, `\`${id}\` adds up values from row to row.`);
    }
    machine.env.set(id, {
      kind: 'counter',
      name: id,
      plan: machine.row.plan
    });
    return true;
  }
};
