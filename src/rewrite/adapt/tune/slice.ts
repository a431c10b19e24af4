/**
 * The statements of a block that a value depends on.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, Call, ExprNode, StmtNode } from 'py-ast';

import { loadedNames, storedNames } from '../../lifter/celltext';
import { isCompound, ownExpressions } from '../blocks';
import { WRITERS } from '../knowledge';
import { printCall } from '../shown';
import { freeNames } from './copy';
import { type CallGraph, isDefinition, isKnownLibrary } from './callgraph';

/** Calls that only show or store something. */
const SHOWING_NAMES =
  /^(print|pprint|display|input)$|^(plot|save|show|draw|visuali[sz]e|log|print|display|report|export|dump|write)(_|$)/;
const SHOWING_LIBRARIES =
  /^(matplotlib|seaborn|wandb|mlflow|trackio|logging|json\.dump|pickle\.dump|joblib\.dump|os\.makedirs|os\.mkdir|sys\.|tqdm|warnings|shutil|torch\.save|numpy\.save|gc\.)/;
const SHOWING_METHODS =
  /^(add_scalar|add_image|savefig|imshow|plot|scatter|hist|bar|legend|write|writerow|writelines|flush|close|set_(title|xlabel|ylabel|postfix|description)|info|debug|warning|error|to_csv|to_json|to_parquet|mkdir|save|save_model|save_checkpoint|save_weights|summary|tight_layout|show)$/;
/** Calls that add to a collection, which matters only when that is read. */
const COLLECTING_METHODS =
  /^(append|extend|insert|add|update|setdefault|appendleft|items)$/;

/** The statements of a block, also inside its compound ones, that some values depend on. */
export class Slice {
  constructor(
    private readonly _calls: CallGraph,
    /** The statements to choose from. */
    readonly statements: readonly StmtNode[],
    seeds: Iterable<string>,
    /** A statement that belongs to the slice in any case. */
    private readonly _last: StmtNode | null = null,
    /** Whether something else will stand in its place. */
    private readonly _isReplaced = false
  ) {
    this._need(seeds);
    let size = -1;
    while (size !== this.kept.size + this.needed.size) {
      size = this.kept.size + this.needed.size;
      this._visit(statements);
    }
  }

  readonly kept = new Set<StmtNode>();
  readonly needed = new Set<string>();

  /** The outermost statements that are kept. */
  get outermost(): StmtNode[] {
    return this.statements.filter(one => this.kept.has(one));
  }

  private _visit(block: readonly StmtNode[]): boolean {
    let any = false;
    for (const statement of [...block].reverse()) {
      any = this._keeps(statement) || any;
    }
    return any;
  }

  /** Whether a statement is kept; notes what it needs. */
  private _keeps(statement: StmtNode): boolean {
    if (statement.nodeType === 'Break' || statement.nodeType === 'Continue') {
      this.kept.add(statement);
      return true;
    }
    const isNested = isCompound(statement) && !isDefinition(statement);
    const keeps = isNested
      ? this._keepsCompound(statement)
      : this._keepsSimple(statement);
    if (keeps) {
      this.kept.add(statement);
    }
    if (keeps && !(this._isReplaced && statement === this._last)) {
      const read = isNested
        ? namesIn(ownExpressions(statement))
        : loadedNames(statement as ASTNodeUnion);
      this._need(read);
      if (statement.nodeType === 'AugAssign') {
        this._need(storedNames([statement]));
      }
    }
    return keeps;
  }

  /** Names are needed, and what the functions of these names use of the script. */
  private _need(names: Iterable<string>): void {
    for (const name of names) {
      const isNew = !this.needed.has(name);
      this.needed.add(name);
      const definition = this._calls.definitions.get(name);
      if (isNew && definition) {
        this._need(freeNames(definition as ASTNodeUnion));
      }
    }
  }

  private _keepsCompound(statement: StmtNode): boolean {
    const inner = innerBlocks(statement).map(block => this._visit(block));
    if (!inner.includes(true)) {
      return statement === this._last;
    }
    const isLoop =
      statement.nodeType === 'For' || statement.nodeType === 'While';
    return !isLoop || this._doesSomething(statement);
  }

  private _doesSomething(statement: StmtNode): boolean {
    return innerBlocks(statement).some(block =>
      block.some(
        one =>
          this.kept.has(one) &&
          !['Break', 'Continue', 'Pass'].includes(one.nodeType) &&
          (!isCompound(one) || isDefinition(one) || this._doesSomething(one))
      )
    );
  }

  private _keepsSimple(statement: StmtNode): boolean {
    if (statement === this._last) {
      return true;
    }
    switch (statement.nodeType) {
      case 'Expr':
        return (
          statement.value.nodeType === 'Call' &&
          !isShowing(statement, this._calls) &&
          this._hasEffect(statement.value)
        );
      case 'Return':
      case 'Assert':
      case 'Delete':
      case 'Pass':
        return false;
      case 'Global':
      case 'Nonlocal':
      case 'Raise':
        return statement.nodeType !== 'Raise';
      default:
        return this._stores(statement);
    }
  }

  private _stores(statement: StmtNode): boolean {
    if (isIntersecting(storedNames([statement]), this.needed)) {
      return true;
    }
    // An attribute or an entry of something that is needed.
    const targets =
      statement.nodeType === 'Assign'
        ? statement.targets
        : statement.nodeType === 'AugAssign'
          ? [statement.target]
          : [];
    return (
      targets.some(target => this.needed.has(baseName(target) ?? '')) ||
      this._trainsNeeded(statement)
    );
  }

  /** Whether a statement stores the loss, say, of a function that trains what is needed. */
  private _trainsNeeded(statement: StmtNode): boolean {
    const value =
      statement.nodeType === 'Assign' || statement.nodeType === 'AugAssign'
        ? statement.value
        : null;
    return (
      value?.nodeType === 'Call' &&
      this._calls.trains([value]) &&
      !isKnownLibrary(this._calls.anchors.names.dotted(value.func) ?? '') &&
      this._hasEffect(value)
    );
  }

  private _hasEffect(call: Call): boolean {
    const { func } = call;
    const base = baseName(func);
    if (func.nodeType !== 'Attribute' || base === null) {
      return true;
    }
    if (this._calls.anchors.names.dotted(func) !== null) {
      return true;
    }
    if (COLLECTING_METHODS.test(func.attr)) {
      return this.needed.has(base);
    }
    // Another model that is trained beside does not matter.
    return func.attr !== 'fit' || this.needed.has(base);
  }
}

/** Whether a statement only shows or stores something. */
export function isShowing(statement: StmtNode, calls: CallGraph): boolean {
  if (statement.nodeType !== 'Expr') {
    return false;
  }
  if (printCall(statement) || statement.value.nodeType !== 'Call') {
    return true;
  }
  const { func } = statement.value;
  const dotted = calls.anchors.names.dotted(func);
  if (dotted !== null) {
    return (
      SHOWING_LIBRARIES.test(dotted) ||
      WRITERS.some(one => one.dotted === dotted) ||
      SHOWING_NAMES.test(dotted.split('.').at(-1) ?? '')
    );
  }
  if (func.nodeType === 'Name') {
    const definition = calls.definitions.get(func.id);
    return (
      SHOWING_NAMES.test(func.id) &&
      !(definition && calls.trains([statement.value]))
    );
  }
  return func.nodeType === 'Attribute' && SHOWING_METHODS.test(func.attr);
}

/** The blocks directly inside a statement. */
export function innerBlocks(statement: StmtNode): StmtNode[][] {
  const blocks: StmtNode[][] = [];
  const holder = statement as unknown as Record<string, unknown>;
  for (const key of ['body', 'orelse', 'finalbody']) {
    if (Array.isArray(holder[key])) {
      blocks.push(holder[key] as StmtNode[]);
    }
  }
  if (statement.nodeType === 'Try') {
    statement.handlers.forEach(handler => blocks.push(handler.body));
  }
  return blocks;
}

/** A statement and all statements inside it, not those of functions in it. */
export function* within(statement: StmtNode): Generator<StmtNode> {
  yield statement;
  if (!isDefinition(statement)) {
    for (const block of innerBlocks(statement)) {
      for (const inner of block) {
        yield* within(inner);
      }
    }
  }
}

/** The variable that an attribute, entry or method chain begins with. */
export function baseName(node: ExprNode): string | null {
  switch (node.nodeType) {
    case 'Name':
      return node.id;
    case 'Attribute':
    case 'Subscript':
    case 'Starred':
      return baseName(node.value);
    case 'Call':
      return baseName(node.func);
    default:
      return null;
  }
}

/** The names that expressions read. */
export function namesIn(nodes: Iterable<ASTNodeUnion>): Set<string> {
  const names = new Set<string>();
  for (const root of nodes) {
    for (const node of walk(root)) {
      if (node.nodeType === 'Name') {
        names.add(node.id);
      }
    }
  }
  return names;
}

export function isIntersecting(
  one: ReadonlySet<string>,
  other: ReadonlySet<string>
): boolean {
  return [...one].some(name => other.has(name));
}
