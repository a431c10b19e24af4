/**
 * A test that looks at a raw value although a cleaned one is at hand, and it is the
 * cleaned one that goes into the result.
 */
import type { Call, ExprNode, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import type { CellText, IPlaced } from '../celltext';
import type { IFinding } from '../../interfaces';
import { innerBlocks, textsOf } from './code';
import { marked } from './finding';
import type { FindingRule, IFindingContext } from './finding';

export const rawTests: FindingRule = context => [
  ...searchBlock(context.text.module.body, new Map(), context)
];

/** What a cleaned value was made from, and how. */
interface ICleaned {
  /** Source of the place that holds the cleaned value. */
  name: string;
  /** Applied to it, a constant that could be meant stays what it is. */
  methods: readonly string[];
  line: number;
}

const CLEANING: Readonly<Record<string, (text: string) => string>> = {
  strip: text => text.trim(),
  lstrip: text => text.trimStart(),
  rstrip: text => text.trimEnd(),
  lower: text => text.toLowerCase(),
  casefold: text => text.toLowerCase(),
  upper: text => text.toUpperCase(),
  title: text =>
    text.replace(
      /\p{L}+/gu,
      word => word[0].toUpperCase() + word.slice(1).toLowerCase()
    )
};

/** Statements in order, with what was cleaned before them. */
function* searchBlock(
  statements: readonly StmtNode[],
  before: ReadonlyMap<string, ICleaned>,
  context: IFindingContext
): Generator<IFinding> {
  const cleaned = new Map(before);
  for (const statement of statements) {
    for (const test of testsIn(statement)) {
      yield* inTest(test, cleaned, context);
    }
    remember(statement, cleaned, context.text);
    for (const block of innerBlocks(statement)) {
      yield* searchBlock(block, cleaned, context);
    }
  }
}

function remember(
  statement: StmtNode,
  cleaned: Map<string, ICleaned>,
  text: CellText
): void {
  if (statement.nodeType !== 'Assign') {
    return;
  }
  for (const target of statement.targets) {
    const name = text.source(target);
    cleaned.delete(name);
    const chain = isPlace(target) ? cleaningChain(statement.value) : null;
    const raw = chain && text.source(chain.of);
    if (chain && raw !== null && raw !== name) {
      const { methods } = chain;
      cleaned.set(raw, { name, methods, line: statement.lineno ?? 1 });
    }
  }
}

/** `raw.strip().lower()`, also `df["raw"].str.strip()`. */
function cleaningChain(
  node: ExprNode
): { of: ExprNode; methods: string[] } | null {
  const methods: string[] = [];
  let inner = node;
  while (inner.nodeType === 'Call' && inner.func.nodeType === 'Attribute') {
    const { attr, value } = inner.func;
    if (!(attr in CLEANING) || inner.args.length > 0) {
      return null;
    }
    methods.unshift(attr);
    inner =
      value.nodeType === 'Attribute' && value.attr === 'str'
        ? value.value
        : value;
  }
  return methods.length > 0 && isPlace(inner) ? { of: inner, methods } : null;
}

/** A variable, or a column or field by its name. */
function isPlace(node: ExprNode): boolean {
  return (
    node.nodeType === 'Name' ||
    (node.nodeType === 'Subscript' &&
      node.value.nodeType === 'Name' &&
      node.slice.nodeType === 'Constant' &&
      typeof node.slice.value === 'string')
  );
}

/** The conditions that decide which rows go on: tests, and masks of frames. */
function testsIn(statement: StmtNode): ExprNode[] {
  if (statement.nodeType === 'If' || statement.nodeType === 'While') {
    return [statement.test];
  }
  if (statement.nodeType !== 'Assign' && statement.nodeType !== 'Expr') {
    return [];
  }
  return [...walk(statement)].flatMap(node =>
    node.nodeType === 'Subscript' && node.slice.nodeType !== 'Constant'
      ? [node.slice]
      : []
  );
}

function* inTest(
  test: ExprNode,
  cleaned: ReadonlyMap<string, ICleaned>,
  context: IFindingContext
): Generator<IFinding> {
  const { text } = context;
  const places = [...walk(test)].filter(
    (node): node is ExprNode => 'lineno' in node && isPlace(node as ExprNode)
  );
  const sources = new Set(places.map(place => text.source(place)));
  for (const [raw, clean] of cleaned) {
    if (sources.has(clean.name)) {
      continue;
    }
    const asked = [...walk(test)]
      .map(node => askedIn(node as ExprNode, context))
      .find(found => found !== null && text.source(found.place) === raw);
    if (
      asked &&
      asked.texts.every(each => isClean(each, clean)) &&
      isUsedOnlyCleaned(raw, clean, test, context)
    ) {
      yield findingOf(raw, clean, test, asked.place, context);
    }
  }
}

/** What is asked of a place in terms of texts: compared, looked up, searched in. */
function askedIn(
  node: ExprNode,
  context: IFindingContext
): { place: ExprNode; texts: string[] } | null {
  const asked =
    node.nodeType === 'Compare'
      ? ofCompare(node)
      : node.nodeType === 'Call'
        ? ofCall(node)
        : null;
  if (!asked || !isPlace(asked.place)) {
    return null;
  }
  const texts = textsOf(asked.constant, context.analysis.cells);
  return texts && texts.length > 0 && texts.every(each => each.trim() !== '')
    ? { place: asked.place, texts }
    : null;
}

interface IAsked {
  place: ExprNode;
  constant: ExprNode;
}

function ofCompare({
  left,
  ops,
  comparators
}: Extract<ExprNode, { nodeType: 'Compare' }>): IAsked | null {
  const [operator] = ops;
  const [right] = comparators;
  if (ops.length !== 1) {
    return null;
  }
  const isMember = operator.nodeType === 'In' || operator.nodeType === 'NotIn';
  if (isMember && left.nodeType === 'Constant') {
    return { place: right, constant: left };
  }
  return isMember || operator.nodeType === 'Eq' || operator.nodeType === 'NotEq'
    ? { place: left, constant: right }
    : null;
}

function ofCall({ func, args }: Call): IAsked | null {
  if (func.nodeType !== 'Attribute' || args.length !== 1) {
    return null;
  }
  if (!/^(startswith|endswith|isin|contains)$/.test(func.attr)) {
    return null;
  }
  const { value } = func;
  const place =
    value.nodeType === 'Attribute' && value.attr === 'str'
      ? value.value
      : value;
  return { place, constant: args[0] };
}

/** Whether cleaning leaves a constant alone, so that the cleaned value can equal it. */
function isClean(text: string, { methods }: ICleaned): boolean {
  return methods.reduce((value, name) => CLEANING[name](value), text) === text;
}

/** Whether the result has the cleaned value and nothing but the test the raw one. */
function isUsedOnlyCleaned(
  raw: string,
  clean: ICleaned,
  test: IPlaced,
  { analysis, cell, text }: IFindingContext
): boolean {
  const { start, end } = text.range(test);
  const uses = (name: string): number =>
    analysis.cells.reduce((count, { index, text: other }) => {
      const own = index === cell.index;
      const found = other ? placesIn(other, name) : [];
      return (
        count + found.filter(at => !(own && at >= start && at < end)).length
      );
    }, 0);
  // The one other use of the raw value is its cleaning; a column stays in its table.
  return uses(raw) === 1 && (clean.name.endsWith(']') || uses(clean.name) > 0);
}

/** Where a place is read in a cell. */
function placesIn(text: CellText, name: string): number[] {
  return [...walk(text.module)].flatMap(node =>
    'ctx' in node &&
    node.ctx.nodeType === 'Load' &&
    isPlace(node as ExprNode) &&
    text.source(node) === name
      ? [text.range(node).start]
      : []
  );
}

function findingOf(
  raw: string,
  clean: ICleaned,
  test: ExprNode,
  place: ExprNode,
  context: IFindingContext
): IFinding {
  const { text } = context;
  const edits = [...walk(test)]
    .filter(
      node => isPlace(node as ExprNode) && text.source(node as IPlaced) === raw
    )
    .map(node => ({ ...text.range(node as IPlaced), text: clean.name }));
  const code = context.fixed(edits);
  return {
    kind: 'raw-test',
    severity: 'warning',
    message: `The test looks at \`${raw}\`, while \`${clean.name}\` (line ${clean.line}) is what goes on: rows that only differ by ${clean.methods.map(name => `${name}()`).join(', ')} are treated otherwise. Was \`${clean.name}\` meant?`,
    line: place.lineno ?? 1,
    column: place.col_offset,
    ...(code === null
      ? {}
      : {
          fix: {
            title: `Test \`${clean.name}\``,
            code: marked(code, `tests \`${clean.name}\` instead of \`${raw}\``)
          }
        })
  };
}
