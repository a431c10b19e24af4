/**
 * Which parts of a feature computation sum all rows up and have to be learned once,
 * and which are computed row by row.
 */
import type { ExprNode, FunctionDef, StmtNode } from 'py-ast';
import { walk } from 'py-ast';

import type { CellText } from '../celltext';
import type { INotebookName } from '../expression';
import { LiftRefusal } from '../refusal';
import type { Kind } from './kinds';
import {
  BESIDE,
  ELEMENTWISE,
  ROW_ATTRIBUTES,
  ROW_METHODS,
  SUMMARIES,
  SUMMARY_METHODS
} from './kinds';
import {
  appendedIn,
  carriedNames,
  consultedIn,
  isAlways,
  storedInto
} from './loopbodies';
import {
  directParts,
  elementOf,
  isExpr,
  isPosition,
  isWhole,
  joinKinds,
  partOf,
  rootName
} from './parts';

/** A place in the source where something is put in. */
export interface IInsertion {
  at: number;
  text: string;
}

/** What the analysis needs to know of the notebook. */
export interface IContext {
  /** The qualified name of a function; null for anything else. */
  path(node: ExprNode): string | null;
  /** Whether a name is a constant, an import or a function. */
  isKept(name: string): boolean;
  /** A function that the notebook defines. */
  definition(node: ExprNode): INotebookName | null;
}

type For = Extract<StmtNode, { nodeType: 'For' }>;
type Call = Extract<ExprNode, { nodeType: 'Call' }>;
type Comprehension = Extract<
  ExprNode,
  { nodeType: 'ListComp' | 'SetComp' | 'GeneratorExp' | 'DictComp' }
>;

/** Whether an expression makes a list or dictionary that nothing else knows. */
function isMadeAnew(node: ExprNode): boolean {
  switch (node.nodeType) {
    case 'List':
    case 'Dict':
    case 'ListComp':
    case 'DictComp':
      return true;
    case 'BinOp':
      return isMadeAnew(node.left) || isMadeAnew(node.right);
    case 'Call':
      return (
        (node.func.nodeType === 'Name' &&
          /^(list|dict|set)$/.test(node.func.id)) ||
        (node.func.nodeType === 'Attribute' &&
          /^(zeros|ones|full|copy)$/.test(node.func.attr))
      );
    default:
      return false;
  }
}

function isSorting(method: string): boolean {
  return method === 'sort' || method === 'reverse';
}

function isPrint(node: ExprNode): boolean {
  return (
    node.nodeType === 'Call' &&
    node.func.nodeType === 'Name' &&
    node.func.id === 'print'
  );
}

/** Goes through statements in order. */
export class Binding {
  constructor(
    private readonly _context: IContext,
    given: ReadonlyMap<string, Kind>
  ) {
    this._kinds = new Map(given);
  }

  /** Where `learned(lambda: ...)` goes, by the text that it is in. */
  readonly insertions = new Map<CellText, IInsertion[]>();
  /** Loops that are learned as a whole, with the names that they give. */
  readonly learnedLoops = new Map<StmtNode, string[]>();

  kindOf(name: string): Kind | null {
    return this._kinds.get(name) ?? null;
  }

  get learns(): boolean {
    return this.insertions.size > 0 || this.learnedLoops.size > 0;
  }

  private readonly _kinds: Map<string, Kind>;
  private _text: CellText | null = null;
  private readonly _loops: { names: ReadonlySet<string> }[] = [];

  run(statement: StmtNode, text: CellText): void {
    this._text = text;
    this._statement(statement);
  }

  // --- statements -------------------------------------------------------------------

  private _statement(node: StmtNode): void {
    switch (node.nodeType) {
      case 'Assign':
        this._assign(node);
        return;
      case 'AugAssign':
        this._augment(node);
        return;
      case 'Expr':
        this._effect(node);
        return;
      case 'For':
        this._for(node);
        return;
      case 'If':
        this._if(node);
        return;
      case 'Try':
        this._try(node);
        return;
      case 'While':
        this._while(node);
        return;
      case 'Break':
        this._break(node);
        return;
      case 'Pass':
      case 'Continue':
        return;
      default:
        throw LiftRefusal.at(
          node,
          'This statement cannot be kept in a function of rows.'
        );
    }
  }

  private _assign(node: Extract<StmtNode, { nodeType: 'Assign' }>): void {
    const learned = this._learn(node.value);
    // What each turn makes anew belongs to its row.
    const isOwn = this._loops.length > 0 && isMadeAnew(node.value);
    const kind = isOwn && learned === 'constant' ? 'element' : learned;
    for (const target of node.targets) {
      this._bind(target, kind, node.value);
    }
  }

  private _bind(target: ExprNode, kind: Kind, value: ExprNode): void {
    if (target.nodeType === 'Name') {
      this._kinds.set(target.id, kind);
      return;
    }
    if (target.nodeType === 'Tuple' || target.nodeType === 'List') {
      const parts = value.nodeType === 'Tuple' ? value.elts : [];
      target.elts.forEach((part, at) => {
        const own = parts[at] ? this._kind(parts[at]) : partOf(kind);
        this._bind(part, own, parts[at] ?? value);
      });
      return;
    }
    const root = rootName(target);
    const held = root === null ? null : this._kinds.get(root);
    if (root === null || !held) {
      throw LiftRefusal.at(target, 'This assignment cannot be kept.');
    }
    if (held === 'rows' || held === 'element') {
      this._store(target, kind);
      return;
    }
    if (held === 'constant' && kind === 'constant') {
      return;
    }
    throw LiftRefusal.at(
      target,
      `\`${root}\` gets values of rows in a way that cannot be kept.`
    );
  }

  /** `X[i, k] = v`, `X[:, k] = v`, `df["c"] = v`. */
  private _store(target: ExprNode, kind: Kind): void {
    if (target.nodeType !== 'Subscript') {
      throw LiftRefusal.at(target, 'This assignment cannot be kept.');
    }
    const index = this._kind(target.slice);
    const fine =
      kind === 'rows' ||
      kind === 'constant' ||
      kind === 'element' ||
      (kind === 'some' && index === 'rows');
    if (!fine || index === 'some' || index === 'summary') {
      throw LiftRefusal.at(target, 'This assignment mixes rows.');
    }
  }

  private _augment(node: Extract<StmtNode, { nodeType: 'AugAssign' }>): void {
    const kind = this._learn(node.value);
    const { target } = node;
    if (target.nodeType === 'Name') {
      const held = this._kinds.get(target.id);
      this._refuseCarried(target.id, node);
      this._kinds.set(target.id, joinKinds([held ?? 'constant', kind], node));
      return;
    }
    this._bind(target, kind, node.value);
  }

  /** `rows.append(x)` and methods that change nothing. */
  private _effect(node: Extract<StmtNode, { nodeType: 'Expr' }>): void {
    const { value } = node;
    if (value.nodeType === 'Constant' || isPrint(value)) {
      return;
    }
    const call = value.nodeType === 'Call' ? value : null;
    const func = call?.func.nodeType === 'Attribute' ? call.func : null;
    if (!call || !func || func.value.nodeType !== 'Name') {
      throw LiftRefusal.at(node, 'This statement cannot be kept.');
    }
    const name = func.value.id;
    const held = this._kinds.get(name);
    const [argument] = call.args;
    if (isSorting(func.attr) && (held === 'constant' || held === 'element')) {
      this._refuseShared(name, held, node);
      return;
    }
    if (!held || !argument || !/^(append|extend)$/.test(func.attr)) {
      throw LiftRefusal.at(node, 'This statement cannot be kept.');
    }
    const kind = this._learn(argument);
    if (held === 'element') {
      return;
    }
    const loop = this._loops[this._loops.length - 1];
    if (loop && !loop.names.has(name) && held === 'constant') {
      throw LiftRefusal.at(node, 'What is appended here cannot be told.');
    }
    this._kinds.set(
      name,
      loop ? held : kind === 'rows' || held === 'columns' ? 'columns' : held
    );
  }

  private _if(node: Extract<StmtNode, { nodeType: 'If' }>): void {
    const kind = this._learn(node.test);
    if (kind !== 'element' && kind !== 'constant') {
      throw LiftRefusal.at(node, 'This condition is about all rows.');
    }
    const before = new Map(this._kinds);
    node.body.forEach(each => this._statement(each));
    const after = new Map(this._kinds);
    this._kinds.clear();
    before.forEach((value, name) => this._kinds.set(name, value));
    node.orelse.forEach(each => this._statement(each));
    for (const [name, value] of after) {
      const other = this._kinds.get(name);
      if (other !== value) {
        this._kinds.set(
          name,
          joinKinds([value, other ?? 'constant', kind], node)
        );
      }
    }
  }

  /** Both ways through a `try` leave what either of them does. */
  private _try(node: Extract<StmtNode, { nodeType: 'Try' }>): void {
    if (this._loops.length === 0) {
      throw LiftRefusal.at(node, 'This `try` is about all rows.');
    }
    const before = new Map(this._kinds);
    [...node.body, ...node.orelse].forEach(each => this._statement(each));
    for (const handler of node.handlers) {
      const after = new Map(this._kinds);
      this._kinds.clear();
      before.forEach((value, name) => this._kinds.set(name, value));
      if ('body' in handler) {
        handler.body.forEach(each => this._statement(each));
      }
      for (const [name, value] of after) {
        const other = this._kinds.get(name) ?? 'constant';
        this._kinds.set(name, joinKinds([value, other, 'element'], node));
      }
    }
    node.finalbody.forEach(each => this._statement(each));
  }

  /** A loop for as long as something holds of the row. */
  private _while(node: Extract<StmtNode, { nodeType: 'While' }>): void {
    const kind = this._learn(node.test);
    if (
      this._loops.length === 0 ||
      (kind !== 'element' && kind !== 'constant')
    ) {
      throw LiftRefusal.at(node, 'This loop cannot be kept.');
    }
    this._inner += 1;
    node.body.forEach(each => this._statement(each));
    node.body.forEach(each => this._statement(each));
    this._inner -= 1;
  }

  /** Leaving a loop over rows would leave the later ones out. */
  private _break(node: StmtNode): void {
    if (this._loops.length === 0 || this._inner === 0) {
      throw LiftRefusal.at(node, '`break` cannot be kept here.');
    }
  }

  /** How many loops of the row are running inside the loop over rows. */
  private _inner = 0;

  // --- loops ------------------------------------------------------------------------

  private _for(node: For): void {
    const kind = this._kind(node.iter);
    switch (kind) {
      case 'constant':
      case 'columns':
      case 'element':
        this._insertLearned(node.iter);
        this._bindLoop(node.target, kind === 'columns' ? 'rows' : kind, node);
        this._inner += 1;
        this._constantLoop(node, kind);
        this._inner -= 1;
        return;
      case 'rows':
      case 'count':
        this._rowLoop(node);
        return;
      default:
        throw LiftRefusal.at(node, 'This loop cannot be kept.');
    }
  }

  /** A list that is appended to once for each column is a list of columns. */
  private _constantLoop(node: For, kind: Kind): void {
    for (const name of appendedIn(node.body)) {
      const held = this._kinds.get(name);
      if (held === 'constant' && kind !== 'element') {
        this._kinds.set(name, 'columns');
      }
    }
    // Twice, so that what one turn leaves is seen by the next.
    const marks = new Map(
      [...this.insertions].map(([text, list]) => [text, list.length])
    );
    node.body.forEach(each => this._statement(each));
    const first = new Map(this._kinds);
    for (const [text, list] of this.insertions) {
      list.length = marks.get(text) ?? 0;
    }
    node.body.forEach(each => this._statement(each));
    for (const [name, value] of first) {
      if (this._kinds.get(name) !== value) {
        throw LiftRefusal.at(node, `\`${name}\` changes from turn to turn.`);
      }
    }
  }

  private _rowLoop(node: For): void {
    const carried = [...carriedNames(node), ...consultedIn(node.body)];
    const adds = carried.filter(name => this._kinds.has(name));
    const tables = [...storedInto(node.body)].filter(
      name => this._kinds.get(name) === 'constant'
    );
    if (adds.length > 0 || tables.length > 0) {
      this._learnLoop(node, [...new Set([...adds, ...tables])]);
      return;
    }
    const lists = appendedIn(node.body);
    const collected = [...lists].filter(
      name => this._kinds.get(name) === 'constant'
    );
    const once = collected.map(name => ({
      name,
      always: isAlways(node.body, name)
    }));
    collected.forEach(name => this._kinds.set(name, 'rows'));
    this._loops.push({ names: new Set(collected) });
    const inner = this._inner;
    this._inner = 0;
    this._bindLoop(node.target, 'element', node);
    node.body.forEach(each => this._statement(each));
    this._inner = inner;
    this._loops.pop();
    once.forEach(({ name, always }) =>
      this._kinds.set(name, always ? 'rows' : 'some')
    );
  }

  /** A loop that adds values up is learned as a whole. */
  private _learnLoop(node: For, names: string[]): void {
    const filled = [...appendedIn(node.body)].filter(name =>
      this._kinds.has(name)
    );
    if (filled.some(name => !names.includes(name))) {
      throw LiftRefusal.at(
        node,
        'This loop adds values up and makes values of rows at the same time.'
      );
    }
    this.learnedLoops.set(node, names);
    names.forEach(name => this._kinds.set(name, 'constant'));
  }

  private _bindLoop(target: ExprNode, kind: Kind, node: For): void {
    for (const part of walk(target)) {
      if (part.nodeType === 'Name') {
        this._kinds.set(part.id, kind);
      } else if (!['Tuple', 'List', 'Store'].includes(part.nodeType)) {
        throw LiftRefusal.at(node, 'This loop cannot be kept.');
      }
    }
  }

  /** What all rows share must not be put in another order by one of them. */
  private _refuseShared(name: string, held: Kind, node: StmtNode): void {
    if (this._loops.length > 0 && held === 'constant') {
      throw LiftRefusal.at(node, `\`${name}\` is changed from row to row.`);
    }
  }

  private _refuseCarried(name: string, node: StmtNode): void {
    const held = this._kinds.get(name);
    if (this._loops.length > 0 && held !== undefined && held !== 'element') {
      throw LiftRefusal.at(node, `\`${name}\` is added up from row to row.`);
    }
  }

  // --- expressions --------------------------------------------------------------------

  /** The kind of an expression; what sums rows up in it is learned. */
  private _learn(node: ExprNode): Kind {
    const kind = this._kind(node);
    this._insertLearned(node);
    if (kind === 'summary') {
      return 'constant';
    }
    return kind;
  }

  /** Put `learned` around the outermost summaries in an expression. */
  private _insertLearned(node: ExprNode): void {
    if (this._loops.length > 0) {
      const inner = [...walk(node)].some(
        part => isExpr(part) && this._quiet(part) === 'summary'
      );
      if (inner) {
        throw LiftRefusal.at(node, 'All rows are summed up for each row.');
      }
      return;
    }
    const isList = node.nodeType === 'Tuple' || node.nodeType === 'List';
    if (!isList && this._quiet(node) === 'summary') {
      this._insert(node, 'learned(lambda: ', ')');
      return;
    }
    if (node.nodeType === 'Call' && this._learnedCall(node)) {
      node.args.slice(1).forEach(part => this._insertLearned(part));
      return;
    }
    for (const part of directParts(node)) {
      this._insertLearned(part);
    }
  }

  /** Fitted transformers and one-hot columns are learned, too. */
  private _learnedCall(node: Call): boolean {
    const { func } = node;
    if (
      func.nodeType === 'Attribute' &&
      func.attr === 'fit_transform' &&
      node.args.length === 1
    ) {
      const rows = this._source(node.args[0]);
      const { start } = this._range(func.value);
      this._put(start, 'learned(lambda: ');
      const { end } = this._range(func.value);
      this._put(end, `.fit(${rows})).transform(${rows})`);
      this._cut(end, this._range(node).end);
      return true;
    }
    if (this._context.path(func) === 'pandas.get_dummies') {
      const { end } = this._range(node);
      this._put(
        end,
        `.reindex(columns=learned(lambda: ${this._source(node)}.columns), fill_value=False)`
      );
      return true;
    }
    return false;
  }

  private _quiet(node: ExprNode): Kind | null {
    try {
      return this._kind(node);
    } catch (error) {
      if (error instanceof LiftRefusal) {
        return null;
      }
      throw error;
    }
  }

  private _kind(node: ExprNode): Kind {
    switch (node.nodeType) {
      case 'Constant':
      case 'Lambda':
        return 'constant';
      case 'Name':
        return this._name(node);
      case 'Call':
        return this._call(node);
      case 'Attribute':
        return this._attribute(node);
      case 'Subscript':
        return this._subscript(node);
      case 'ListComp':
      case 'SetComp':
      case 'GeneratorExp':
      case 'DictComp':
        return this._comprehension(node);
      case 'List':
      case 'Tuple':
        return this._display(node);
      case 'Starred':
        return this._kind(node.value);
      default: {
        const parts = directParts(node);
        return joinKinds(
          parts.map(part => this._kind(part)),
          node
        );
      }
    }
  }

  private _name(node: Extract<ExprNode, { nodeType: 'Name' }>): Kind {
    const known = this._kinds.get(node.id);
    if (known) {
      return known;
    }
    if (this._context.isKept(node.id)) {
      return 'constant';
    }
    throw LiftRefusal.at(node, `What \`${node.id}\` is here is not known.`);
  }

  private _display(
    node: Extract<ExprNode, { nodeType: 'List' | 'Tuple' }>
  ): Kind {
    const kinds = node.elts.map(item => this._kind(item));
    const rowKinds = kinds.filter(kind => kind === 'rows');
    if (rowKinds.length > 0) {
      if (kinds.some(kind => kind !== 'rows' && kind !== 'constant')) {
        throw LiftRefusal.at(node, 'This list mixes rows.');
      }
      return 'columns';
    }
    if (kinds.includes('count') && kinds.every(kind => kind !== 'summary')) {
      return 'count';
    }
    return joinKinds(kinds, node);
  }

  private _comprehension(node: Comprehension): Kind {
    const before = new Map(this._kinds);
    let outer: Kind = 'constant';
    try {
      for (const [at, { target, iter, ifs }] of node.generators.entries()) {
        const kind = this._kind(iter);
        if (at === 0) {
          outer = kind;
        }
        const element = elementOf(kind, iter);
        for (const part of walk(target)) {
          if (part.nodeType === 'Name') {
            this._kinds.set(part.id, element);
          }
        }
        if (ifs.length > 0) {
          ifs.forEach(test => this._kind(test));
          outer = outer === 'rows' || outer === 'count' ? 'some' : outer;
        }
        if (at > 0 && (outer === 'rows' || outer === 'count')) {
          outer = 'some';
        }
      }
      const elts =
        node.nodeType === 'DictComp' ? [node.key, node.value] : [node.elt];
      const inner = joinKinds(
        elts.map(elt => this._kind(elt)),
        node
      );
      if (outer === 'rows' || outer === 'count') {
        return node.nodeType === 'SetComp' || node.nodeType === 'DictComp'
          ? 'summary'
          : 'rows';
      }
      if (outer === 'some') {
        return node.nodeType === 'SetComp' || node.nodeType === 'DictComp'
          ? 'summary'
          : 'some';
      }
      if (outer === 'columns') {
        return inner === 'rows' ? 'columns' : inner;
      }
      return inner === 'rows' ? 'columns' : joinKinds([outer, inner], node);
    } finally {
      this._kinds.clear();
      before.forEach((value, name) => this._kinds.set(name, value));
    }
  }

  private _attribute(node: Extract<ExprNode, { nodeType: 'Attribute' }>): Kind {
    const path = this._context.path(node);
    if (path !== null) {
      return 'constant';
    }
    const kind = this._kind(node.value);
    if (kind === 'constant' || kind === 'element') {
      return kind;
    }
    if (node.attr === 'T') {
      return kind === 'rows' ? 'columns' : 'rows';
    }
    if (node.attr === 'shape') {
      return 'count';
    }
    if (kind === 'rows' && /^(columns|dtypes|ndim)$/.test(node.attr)) {
      return 'constant';
    }
    if (kind === 'rows') {
      // Columns of frames are attributes, too.
      if (/^(size|index|iat|at)$/.test(node.attr)) {
        throw LiftRefusal.at(node, `\`.${node.attr}\` cannot be kept.`);
      }
      return 'rows';
    }
    throw LiftRefusal.at(node, `\`.${node.attr}\` cannot be kept.`);
  }

  private _subscript(node: Extract<ExprNode, { nodeType: 'Subscript' }>): Kind {
    if (this._context.path(node.value) === 'numpy.c_') {
      return 'rows';
    }
    if (
      node.value.nodeType === 'Attribute' &&
      node.value.attr === 'shape' &&
      node.slice.nodeType === 'Constant'
    ) {
      const kind = this._kind(node.value.value);
      const own = kind === 'columns' ? 1 : 0;
      return node.slice.value === own ? 'count' : 'constant';
    }
    const kind = this._kind(node.value);
    if (kind === 'rows') {
      return this._rowsAt(node.slice, node);
    }
    if (kind === 'columns') {
      return node.slice.nodeType === 'Slice' ? 'columns' : 'rows';
    }
    const index = this._kind(node.slice);
    return kind === 'constant' && index === 'rows'
      ? 'rows'
      : joinKinds([kind, index], node);
  }

  /** `X[:, k]`, `X[i]`, `df["c"]`, `X[mask]`. */
  private _rowsAt(index: ExprNode, node: ExprNode): Kind {
    if (index.nodeType === 'Tuple') {
      const [first, ...others] = index.elts;
      if (
        others.some(
          other =>
            other.nodeType !== 'Slice' && this._kind(other) !== 'constant'
        )
      ) {
        const kinds = index.elts.map(each => this._kind(each));
        if (kinds.every(kind => kind === 'element' || kind === 'constant')) {
          return 'element';
        }
      }
      if (isWhole(first)) {
        return 'rows';
      }
      const kind = this._kind(first);
      return kind === 'element' ? 'element' : 'some';
    }
    if (index.nodeType === 'Slice') {
      return isWhole(index) ? 'rows' : 'some';
    }
    const kind = this._kind(index);
    switch (kind) {
      case 'element':
        return 'element';
      case 'constant':
        return isPosition(index) ? 'some' : 'rows';
      case 'rows':
        return 'some';
      default:
        throw LiftRefusal.at(node, 'This choice of rows cannot be kept.');
    }
  }

  // --- calls --------------------------------------------------------------------------

  private _call(node: Call): Kind {
    const path = this._context.path(node.func);
    const args = [...node.args, ...node.keywords.map(keyword => keyword.value)];
    if (path !== null) {
      return this._function(path, node, args);
    }
    if (node.func.nodeType === 'Attribute') {
      return this._method(node.func, node, args);
    }
    const kinds = args.map(arg => this._kind(arg));
    if (kinds.includes('rows') || kinds.includes('columns')) {
      return this._helper(node, kinds);
    }
    const callee = this._kind(node.func);
    if (callee !== 'constant') {
      throw LiftRefusal.at(node, 'This call cannot be kept.');
    }
    return joinKinds(kinds.length > 0 ? kinds : ['constant'], node, true);
  }

  /** A function of the notebook that is given all rows at once. */
  private _helper(node: Call, kinds: readonly Kind[]): Kind {
    const of = this._context.definition(node.func);
    const { definition, text } = of ?? {};
    if (!of || !definition || !text || node.keywords.length > 0) {
      throw LiftRefusal.at(node, 'This call with all rows cannot be kept.');
    }
    const signature = kinds.join();
    const known = this.helpers.get(of.name);
    if (known) {
      if (known.signature !== signature) {
        throw LiftRefusal.at(
          node,
          `\`${of.name}\` is called with different kinds of values.`
        );
      }
      return known.result;
    }
    const inner = new Binding(
      this._context,
      new Map(
        definition.args.args.map(({ arg }, at) => [
          arg,
          kinds[at] ?? 'constant'
        ])
      )
    );
    let result: Kind = 'constant';
    for (const statement of definition.body) {
      if (statement.nodeType === 'Return' && statement.value) {
        result = inner.result(statement.value, text);
      } else {
        inner.run(statement, text);
      }
    }
    if (inner.learnedLoops.size > 0) {
      throw LiftRefusal.at(node, `\`${of.name}\` adds values up.`);
    }
    inner.insertions.forEach((list, own) =>
      this.insertions.set(own, [...(this.insertions.get(own) ?? []), ...list])
    );
    inner.cuts.forEach((list, own) =>
      this.cuts.set(own, [...(this.cuts.get(own) ?? []), ...list])
    );
    inner.helpers.forEach((helper, name) => this.helpers.set(name, helper));
    this.helpers.set(of.name, {
      signature,
      result,
      definition,
      text,
      learns: inner.learns
    });
    return result;
  }

  /** The kind of what a function returns. */
  result(node: ExprNode, text: CellText): Kind {
    this._text = text;
    return this._learn(node);
  }

  /** Functions of the notebook that are given all rows, by name. */
  readonly helpers = new Map<
    string,
    {
      signature: string;
      result: Kind;
      definition: FunctionDef;
      text: CellText;
      learns: boolean;
    }
  >();

  private _function(path: string, node: Call, args: ExprNode[]): Kind {
    const kinds = args.map(arg => this._kind(arg));
    const [first] = kinds;
    if (kinds.every(kind => kind === 'constant')) {
      return 'constant';
    }
    if (kinds.every(kind => kind === 'constant' || kind === 'element')) {
      return 'element';
    }
    if (path === 'len') {
      return first === 'some'
        ? 'summary'
        : first === 'columns'
          ? 'constant'
          : 'count';
    }
    if (SUMMARIES.has(path)) {
      return this._axis(node) === 'rows' ? 'rows' : 'summary';
    }
    if (path === 'enumerate' || path === 'range' || path === 'numpy.arange') {
      return first === 'columns' ? 'columns' : 'rows';
    }
    if (path === 'zip') {
      const [only] = node.args;
      if (only.nodeType === 'Starred') {
        return first === 'rows' ? 'columns' : 'rows';
      }
      return first === 'columns' ? 'columns' : joinKinds(kinds, node);
    }
    if (/^numpy\.(zeros|ones|full|empty)$/.test(path)) {
      return 'rows';
    }
    if (BESIDE.has(path) || path === 'numpy.stack') {
      return this._beside(path, node, kinds);
    }
    if (/^numpy\.(insert|append)$/.test(path)) {
      return this._widened(node, kinds);
    }
    if (path === 'numpy.vstack') {
      return 'columns';
    }
    if (path === 'numpy.transpose') {
      return first === 'rows' ? 'columns' : 'rows';
    }
    if (path === 'pandas.get_dummies') {
      return 'rows';
    }
    if (ELEMENTWISE.test(path)) {
      return joinKinds(kinds, node, true);
    }
    throw LiftRefusal.at(
      node,
      `Whether \`${path}\` works row by row is not known.`
    );
  }

  /** `np.insert(X, 0, 1, axis=1)`: a further column. */
  private _widened(node: Call, kinds: Kind[]): Kind {
    if (this._axis(node) !== 'rows' || kinds[0] !== 'rows') {
      throw LiftRefusal.at(node, 'Rows below rows cannot be kept.');
    }
    return joinKinds(kinds, node, true);
  }

  private _beside(path: string, node: Call, kinds: Kind[]): Kind {
    const axis = node.keywords.find(keyword => keyword.arg === 'axis')?.value;
    const along = axis
      ? this._source(axis)
      : node.args[1] && this._source(node.args[1]);
    const needs = /^(numpy\.(concatenate|stack)|pandas\.concat)$/.test(path);
    if (needs && !['1', '-1', '"columns"', "'columns'"].includes(along ?? '')) {
      throw LiftRefusal.at(node, 'Rows below rows cannot be kept.');
    }
    if (kinds[0] !== 'columns') {
      throw LiftRefusal.at(
        node,
        'What stands side by side here cannot be told.'
      );
    }
    return 'rows';
  }

  private _method(
    func: Extract<ExprNode, { nodeType: 'Attribute' }>,
    node: Call,
    args: ExprNode[]
  ): Kind {
    const object = this._kind(func.value);
    const kinds = args.map(arg => this._kind(arg));
    const { attr } = func;
    if (object === 'summary') {
      return joinKinds(['summary', ...kinds], node);
    }
    if (object === 'constant') {
      if (attr === 'fit_transform') {
        return 'rows';
      }
      if (attr === 'fromkeys' && kinds.includes('rows')) {
        return 'summary';
      }
      if (
        kinds.includes('rows') &&
        !/^(transform|predict|get|index)$/.test(attr)
      ) {
        throw LiftRefusal.at(node, `\`.${attr}()\` of rows cannot be kept.`);
      }
      return joinKinds(['constant', ...kinds], node);
    }
    if (object === 'element') {
      return joinKinds(['element', ...kinds], node);
    }
    if (object === 'some' && SUMMARY_METHODS.has(attr)) {
      return 'summary';
    }
    if (object === 'columns' && SUMMARY_METHODS.has(attr)) {
      return this._source(node).includes('axis=1') ? 'summary' : 'rows';
    }
    if (object !== 'rows') {
      throw LiftRefusal.at(node, `\`.${attr}()\` cannot be kept here.`);
    }
    if (SUMMARY_METHODS.has(attr)) {
      return this._axis(node) === 'rows' ? 'rows' : 'summary';
    }
    if (attr === 'reshape' || attr === 'transpose') {
      return attr === 'transpose' ? 'columns' : 'rows';
    }
    if (!ROW_METHODS.test(attr) && !ROW_ATTRIBUTES.test(attr)) {
      throw LiftRefusal.at(
        node,
        `Whether \`.${attr}()\` works row by row is not known.`
      );
    }
    return 'rows';
  }

  /** Whether something is summed up along each row. */
  private _axis(node: Call): 'rows' | 'all' {
    const axis = node.keywords.find(keyword => keyword.arg === 'axis')?.value;
    return axis && ['1', '-1'].includes(this._source(axis)) ? 'rows' : 'all';
  }

  // --- source --------------------------------------------------------------------------

  private get _current(): CellText {
    if (!this._text) {
      throw new Error('No statement is being looked at.');
    }
    return this._text;
  }

  private _source(node: ExprNode): string {
    return this._current.source(node);
  }

  private _range(node: ExprNode): { start: number; end: number } {
    return this._current.range(node);
  }

  private _insert(node: ExprNode, before: string, after: string): void {
    const { start, end } = this._range(node);
    this._put(start, before);
    this._put(end, after);
  }

  private _put(at: number, text: string): void {
    const list = this.insertions.get(this._current) ?? [];
    list.push({ at, text });
    this.insertions.set(this._current, list);
  }

  /** Leave out a piece of the source. */
  private _cut(from: number, to: number): void {
    const list = this.cuts.get(this._current) ?? [];
    list.push({ from, to });
    this.cuts.set(this._current, list);
  }

  /** Pieces of the source that are left out. */
  readonly cuts = new Map<CellText, { from: number; to: number }[]>();
}
