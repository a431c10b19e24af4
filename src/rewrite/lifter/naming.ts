/**
 * Names for columns that the original gave none.
 */
import type { Expr } from './expression';

/** What a value could be called, best first: after its variable or its inputs. */
export function nameHints(expr: Expr): readonly string[] {
  switch (expr.kind) {
    case 'let':
      return [expr.binding.name, ...nameHints(expr.binding.expr)];
    case 'column':
      return expr.column.hints;
    case 'call': {
      const [only] = expr.args;
      if (expr.callee.kind === 'name' && expr.callee.of.origin !== 'builtin') {
        return [expr.callee.of.name];
      }
      return expr.args.length === 1 ? nameHints(only.value) : [];
    }
    case 'method':
    case 'slice':
      return nameHints(expr.object);
    case 'text':
      return nameHints(expr.operand);
    case 'block':
      return [expr.block.result];
    default:
      return [];
  }
}

/** The first of `name`, `name_2`, ... that is not taken. */
export function unused(name: string, taken: ReadonlySet<string>): string {
  let candidate = name;
  for (let at = 2; taken.has(candidate); at++) {
    candidate = `${name}_${at}`;
  }
  return candidate;
}
