/**
 * Which cell makes the result of a stage.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion } from 'py-ast';

import type { ICodeCell, Role } from '../rewrite/interfaces';
import { parseCell } from '../rewrite/syntax';
import type { ICase } from './cases';
import { STAGES, isVariable } from './cases';

/**
 * The cell of each stage: the last one that binds its variable or writes its file.
 *
 * #### Notes
 * A later stage may bind the variable again, as in `X = X[train]`: the cell that
 * trains is asked for another result only when no other cell makes it.
 */
export function cellsOfStages(
  cells: readonly ICodeCell[],
  { stages }: ICase
): ReadonlyMap<Role, string> {
  const found = new Map<Role, string>();
  for (const role of [...STAGES].reverse()) {
    const stage = stages[role];
    if (!stage) {
      continue;
    }
    const makers = cells.filter(({ originalSource, source }) =>
      makes(originalSource ?? source, stage.output)
    );
    const trains = found.get('train');
    const cell = makers.filter(({ id }) => id !== trains).at(-1) ?? makers[0];
    if (cell) {
      found.set(role, cell.id);
    }
  }
  return found;
}

function makes(source: string, output: string): boolean {
  const parsed = parseCell(source);
  if (!parsed.ok) {
    return false;
  }
  const nodes = parsed.module.body.flatMap(statement => [...walk(statement)]);
  return isVariable(output)
    ? nodes.some(node => binds(node, output))
    : nodes.some(node => writes(node, output));
}

function binds(node: ASTNodeUnion, name: string): boolean {
  return (
    node.nodeType === 'Name' &&
    node.ctx?.nodeType === 'Store' &&
    node.id === name
  );
}

/** A mode of `open` in which it writes. */
const MODE = /^[wax][bt+]*$/;

/** A call such as `open(path, "w")` or `frame.to_csv(path)`. */
function writes(node: ASTNodeUnion, file: string): boolean {
  if (node.nodeType !== 'Call') {
    return false;
  }
  const texts = [...node.args, ...node.keywords.map(each => each.value)].map(
    each => (each.nodeType === 'Constant' ? each.value : null)
  );
  if (!texts.includes(file)) {
    return false;
  }
  const called =
    node.func.nodeType === 'Attribute'
      ? node.func.attr
      : node.func.nodeType === 'Name'
        ? node.func.id
        : '';
  return (
    called.startsWith('to_') ||
    texts.some(text => typeof text === 'string' && MODE.test(text))
  );
}
