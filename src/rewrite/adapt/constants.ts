/**
 * The constants that a script sets up: numbers, words, dictionaries and classes of them.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, ClassDef, ExprNode, StmtNode } from 'py-ast';

import type { CellText } from '../lifter/celltext';
import { isLiteral, isPlain } from './expressions';

/** A name and the source of its value. */
export interface IConstant {
  name: string;
  source: string;
  /** Its value, when that is written down. */
  literal?: string;
}

const CONFIG_NAME =
  /^(config|cfg|conf|params?|hparams?|hp|hyper_?param(eter)?s|settings|options|args)$|(config|params|settings)$/i;

/** Whether a name says that it holds settings. */
export function isConfigName(name: string): boolean {
  return CONFIG_NAME.test(name);
}

/** The constants that an assignment makes. */
export function constantsOf(
  statement: StmtNode,
  script: CellText
): IConstant[] {
  const pairs: [ExprNode, ExprNode][] = [];
  if (statement.nodeType === 'AnnAssign' && statement.value) {
    pairs.push([statement.target, statement.value]);
  } else if (
    statement.nodeType === 'Assign' &&
    statement.targets.length === 1
  ) {
    const [target] = statement.targets;
    const { value } = statement;
    if (target.nodeType === 'Tuple' && value.nodeType === 'Tuple') {
      target.elts.forEach((one, at) => pairs.push([one, value.elts[at]]));
    } else {
      pairs.push([target, value]);
    }
  }
  return pairs.flatMap(([target, value]) =>
    target.nodeType === 'Name' && isLiteral(value) && !isText(value)
      ? [{ name: target.id, source: target.id, literal: script.source(value) }]
      : []
  );
}

/** A path or a long text is no setting. */
function isText(value: ExprNode): boolean {
  return (
    value.nodeType === 'Constant' &&
    (value.value === null ||
      (typeof value.value === 'string' &&
        (/[/\\\n]/.test(value.value) || value.value.length > 100)))
  );
}

/** Whether a dictionary has plain values, also in dictionaries inside it. */
export function isPlainMapping(value: ExprNode): boolean {
  return (
    value.nodeType === 'Dict' &&
    value.values.length > 0 &&
    value.values.every(one => isPlain(one) || isPlainMapping(one))
  );
}

/** The values of dictionaries inside a dictionary, each by its own key. */
export function nestedEntries(value: ExprNode, source: string): IConstant[] {
  if (value.nodeType !== 'Dict') {
    return [];
  }
  return value.keys.flatMap((key, at) => {
    const inner = value.values[at];
    if (inner.nodeType !== 'Dict' || key?.nodeType !== 'Constant') {
      return [];
    }
    const path = `${source}[${JSON.stringify(key.value)}]`;
    const own = inner.keys.flatMap((one, index) =>
      one?.nodeType === 'Constant' && inner.values[index].nodeType !== 'Dict'
        ? [
            {
              name: String(one.value),
              source: `${path}[${JSON.stringify(one.value)}]`
            }
          ]
        : []
    );
    return [...own, ...nestedEntries(inner, path)];
  });
}

/** The keys of a dictionary, or of a call of `dict`. */
export function mappingKeys(value: ExprNode): string[] {
  if (value.nodeType === 'Call') {
    return value.keywords.flatMap(({ arg }) => (arg ? [arg] : []));
  }
  return value.nodeType === 'Dict'
    ? value.keys.flatMap(key =>
        key?.nodeType === 'Constant' ? [String(key.value)] : []
      )
    : [];
}

/** Whether a class is a dataclass. */
export function isDataclass(definition: ClassDef): boolean {
  return definition.decorator_list.some(decorator => {
    const called = decorator.nodeType === 'Call' ? decorator.func : decorator;
    return (
      (called.nodeType === 'Name' && called.id === 'dataclass') ||
      (called.nodeType === 'Attribute' && called.attr === 'dataclass')
    );
  });
}

/** The literal attributes of a class that is only a collection of settings. */
export function classSettings(
  definition: ClassDef,
  script: CellText
): IConstant[] {
  const isCollection = definition.body.every(
    ({ nodeType }) =>
      nodeType === 'Assign' || nodeType === 'AnnAssign' || nodeType === 'Expr'
  );
  return isCollection && !isDataclass(definition)
    ? definition.body
        .flatMap(statement => constantsOf(statement, script))
        .map(constant => ({
          ...constant,
          source: `${definition.name}.${constant.name}`
        }))
    : [];
}

/** How often each name of a script is stored to. */
export function storeCounts(script: CellText): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of walk(script.module as ASTNodeUnion)) {
    if (node.nodeType === 'Name' && node.ctx.nodeType === 'Store') {
      counts.set(node.id, (counts.get(node.id) ?? 0) + 1);
    }
  }
  return counts;
}
