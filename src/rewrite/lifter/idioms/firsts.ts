/**
 * Sets and dictionaries that let the first row of each key through:
 * `if key in seen: continue`, then `seen.add(key)`.
 */
import type { Expr } from '../expression';
import type { IIdiom } from '../idiom';
import { negate } from '../logic';
import { LiftRefusal } from '../refusal';
import type { Row } from '../row';
import { sameExpr } from '../traversal';
import { scalar } from '../values';

export const firsts: IIdiom = {
  name: 'firsts',

  operator(operator, operands, node, machine) {
    const [left, right] = operands;
    if (
      (operator !== 'in' && operator !== 'not in') ||
      right.kind !== 'keyed' ||
      !machine.row ||
      !right.build.isBeingFilledIn(machine.row.loop.number)
    ) {
      return null;
    }
    if (right.build.spoiled) {
      throw right.build.spoiled;
    }
    const item = machine.asExpr(left, node);
    const seen: Expr = { kind: 'seen', item, of: right.build };
    return scalar(operator === 'in' ? seen : negate(seen));
  }
};

/**
 * At the end of a loop: each key that was tested must have been added, for exactly
 * the rows that passed the test.
 */
export function checkFirsts(row: Row): void {
  for (const { of, plan } of row.loop.firsts) {
    const right = of.entries.filter(
      ({ plan: rows, added }) => rows === plan && sameExpr(added.key, plan.key)
    );
    if (right.length !== 1 || of.entries.length !== 1) {
      throw new LiftRefusal(
        plan.line,
        `\`${of.name}\` does not hold just the keys of the rows that were let through here.`
      );
    }
  }
}
