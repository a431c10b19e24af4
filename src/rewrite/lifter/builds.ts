/**
 * Collections while the original fills them row by row: lists, dictionaries,
 * sets and files. What is added for different branches of one `if` is brought
 * together again into one value a row.
 */
import { Column, make } from './expression';
import type { Expr } from './expression';
import { negate } from './logic';
import { nameHints } from './naming';
import type { IPath, IUnion, Plan } from './plan';
import { LiftRefusal } from './refusal';
import { chooseLine, templateOf } from './template';
import { typeOf } from './typing';
import type { IRecord, Value } from './values';
import { sameExpr } from './traversal';

/** A condition on the way to a statement, and the rows before it. */
export interface IStep {
  condition: Expr;
  before: Plan;
}

/** Something that was added to a collection for each row that got there. */
export interface IEntry<T> {
  loop: number;
  plan: Plan;
  path: readonly IStep[];
  line: number;
  added: T;
}

/** What a finished collection holds: for every row of the plan, one addition. */
export interface IContents<T> {
  plan: Plan;
  added: T;
  line: number;
}

/** A collection that loops add to. */
export abstract class Build<T> {
  constructor(
    /** The variable it was first bound to; empty until then. */
    public name: string,
    readonly line: number
  ) {}

  readonly entries: IEntry<T>[] = [];
  /** Whether it went into something else than the result. */
  consumed = false;
  /** Why its contents cannot be known. */
  spoiled: LiftRefusal | null = null;

  add(entry: IEntry<T>): void {
    this._contents = null;
    this.entries.push(entry);
  }

  /** What it holds after the loops. */
  contents(): IContents<T> {
    if (this.spoiled) {
      throw this.spoiled;
    }
    this._contents ??= this._merge();
    return this._contents;
  }

  /** Whether it can be said what it holds. */
  isKnown(): boolean {
    try {
      this.contents();
      return true;
    } catch (error) {
      if (error instanceof LiftRefusal) {
        return false;
      }
      throw error;
    }
  }

  /** Go on with other rows that hold the same. */
  become(contents: IContents<T>): void {
    this._contents = contents;
  }

  /** The addition that is `a` where the test holds and `b` elsewhere. */
  protected abstract choose(test: Expr, a: T, b: T, line: number): T;

  /** Two additions for the same row that make one; null when they are two. */
  protected join(first: T, second: T): T | null {
    return null;
  }

  private _contents: IContents<T> | null = null;

  private _merge(): IContents<T> {
    const [first] = this.entries;
    if (!first) {
      throw new LiftRefusal(
        this.line,
        `Nothing is ever added to \`${this.name}\`.`
      );
    }
    const loops = new Set(this.entries.map(entry => entry.loop));
    if (loops.size > 1) {
      return this.unite(
        [...loops].map(loop =>
          this._mergeLoop(this.entries.filter(entry => entry.loop === loop))
        )
      );
    }
    return this._mergeLoop(this.entries);
  }

  /** What was added in several loops, one after the other. */
  protected unite(parts: readonly IContents<T>[]): IContents<T> {
    const [first, other] = parts;
    throw new LiftRefusal(
      other.line,
      `\`${this.name}\` is filled in more than one loop (line ${first.line} is another).`
    );
  }

  private _mergeLoop(added: readonly IEntry<T>[]): IContents<T> {
    let entries = this._joinSamePath(added);
    while (entries.length > 1) {
      entries = this._mergePair(entries);
    }
    const [entry] = entries;
    return { plan: entry.plan, added: entry.added, line: entry.line };
  }

  private _joinSamePath(entries: readonly IEntry<T>[]): IEntry<T>[] {
    const joined: IEntry<T>[] = [];
    for (const entry of entries) {
      const last = joined[joined.length - 1];
      const both =
        last && samePath(last.path, entry.path)
          ? this.join(last.added, entry.added)
          : null;
      if (both === null) {
        joined.push(entry);
      } else {
        joined[joined.length - 1] = { ...last, added: both };
      }
    }
    return joined;
  }

  /** Bring the two entries together whose paths part last. */
  private _mergePair(entries: readonly IEntry<T>[]): IEntry<T>[] {
    let best = 0;
    for (let at = 1; at + 1 < entries.length; at++) {
      if (
        shared(entries[at].path, entries[at + 1].path) >
        shared(entries[best].path, entries[best + 1].path)
      ) {
        best = at;
      }
    }
    const merged = this._either(entries[best], entries[best + 1]);
    return [...entries.slice(0, best), merged, ...entries.slice(best + 2)];
  }

  private _either(a: IEntry<T>, b: IEntry<T>): IEntry<T> {
    const depth = shared(a.path, b.path);
    const [stepA, ...deeperA] = a.path.slice(depth);
    const [stepB, ...deeperB] = b.path.slice(depth);
    const exclusive =
      stepA && stepB && sameExpr(stepA.condition, negate(stepB.condition));
    if (!exclusive) {
      throw new LiftRefusal(
        b.line,
        `\`${this.name}\` gets more than one element for some rows (line ${a.line} adds another).`
      );
    }
    if (deeperA.length > 0 || deeperB.length > 0) {
      throw new LiftRefusal(
        b.line,
        `What is added to \`${this.name}\` depends on nested conditions in two branches (line ${a.line} is the other).`
      );
    }
    return {
      loop: a.loop,
      plan: stepA.before,
      path: a.path.slice(0, depth),
      line: a.line,
      added: this.choose(stepA.condition, a.added, b.added, b.line)
    };
  }
}

function shared(a: readonly IStep[], b: readonly IStep[]): number {
  let depth = 0;
  while (depth < a.length && depth < b.length && a[depth] === b[depth]) {
    depth += 1;
  }
  return depth;
}

function samePath(a: readonly IStep[], b: readonly IStep[]): boolean {
  return a.length === b.length && shared(a, b) === a.length;
}

/** A list that is appended to. */
export class ListBuild extends Build<Value> {
  protected override unite(
    parts: readonly IContents<Value>[]
  ): IContents<Value> {
    const [first] = parts;
    const union: IUnion = {
      op: 'union',
      parts: parts.map(({ plan }) => plan),
      columns: [],
      whole: false,
      line: first.line
    };
    const added = united(
      parts.map(part => part.added),
      union,
      null
    );
    return { plan: union, added, line: first.line };
  }

  protected choose(test: Expr, a: Value, b: Value, line: number): Value {
    return chooseValue(test, a, b, line);
  }
}

/** A text file that is written; its additions are pieces of text. */
export class FileBuild extends Build<Expr[]> {
  constructor(
    readonly path: IPath,
    /** Index of the cell that writes it. */
    readonly cell: number,
    line: number
  ) {
    super(path.text, line);
  }

  /** Text written before the first row. */
  readonly header: string[] = [];

  protected choose(test: Expr, a: Expr[], b: Expr[], line: number): Expr[] {
    const lines = chooseLine(
      test,
      a.flatMap(templateOf),
      b.flatMap(templateOf)
    );
    if (!lines) {
      throw new LiftRefusal(
        line,
        `The branches write different numbers of fields to ${this.path.text}.`
      );
    }
    return [lines];
  }

  protected override join(first: Expr[], second: Expr[]): Expr[] {
    return [...first, ...second];
  }
}

/** `a` where the test holds, else `b`, item by item. */
export function chooseValue(
  test: Expr,
  a: Value,
  b: Value,
  line: number
): Value {
  if (a === b) {
    return a;
  }
  if (a.kind === 'scalar' && b.kind === 'scalar') {
    return {
      kind: 'scalar',
      expr: sameExpr(a.expr, b.expr)
        ? a.expr
        : make.conditional(test, a.expr, b.expr)
    };
  }
  if (
    a.kind === 'tuple' &&
    b.kind === 'tuple' &&
    a.items.length === b.items.length
  ) {
    return {
      ...a,
      items: a.items.map((item, at) =>
        chooseValue(test, item, b.items[at], line)
      )
    };
  }
  if (a.kind === 'record' && b.kind === 'record' && a.rest === b.rest) {
    return chooseRecord(test, a, b, line);
  }
  throw new LiftRefusal(line, 'The branches give values of different kinds.');
}

function chooseRecord(test: Expr, a: IRecord, b: IRecord, line: number): Value {
  const fields = new Map<string, Value>();
  for (const name of new Set([...a.fields.keys(), ...b.fields.keys()])) {
    const [one, other] = [a, b].map(
      record => record.fields.get(name) ?? record.rest?.field(name)
    );
    if (!one || !other) {
      throw new LiftRefusal(
        line,
        `Only some of the rows have a field \`${name}\`.`
      );
    }
    fields.set(name, chooseValue(test, one, other, line));
  }
  return { ...a, fields };
}

/** The value over the rows of all parts. */
function united(
  values: readonly Value[],
  union: IUnion,
  name: string | null
): Value {
  const [first] = values;
  const kinds = new Set(values.map(({ kind }) => kind));
  if (kinds.size === 1 && first.kind === 'tuple') {
    const items = first.items.map((_, at) =>
      united(
        values.map(value => (value.kind === 'tuple' ? value.items[at] : value)),
        union,
        null
      )
    );
    return { ...first, items };
  }
  if (kinds.size === 1 && first.kind === 'record') {
    return unitedRecords(
      values.filter(value => value.kind === 'record'),
      union
    );
  }
  const exprs = values.flatMap(value =>
    value.kind === 'scalar' ? [value.expr] : []
  );
  if (exprs.length < values.length) {
    throw new LiftRefusal(
      union.line,
      'The loops add values of different kinds.'
    );
  }
  const types = new Set(exprs.map(typeOf));
  const [type] = types;
  const column = new Column(types.size === 1 ? type : 'unknown');
  if (name !== null) {
    column.suggest(name);
  }
  nameHints(exprs[0]).forEach(hint => column.fallBackOn(hint));
  union.columns.push({ column, exprs, name });
  return { kind: 'scalar', expr: make.column(column) };
}

function unitedRecords(records: readonly IRecord[], union: IUnion): Value {
  const [first] = records;
  const field = (name: string): Value => {
    const known = read.get(name);
    if (known) {
      return known;
    }
    const values = records.map(
      record => record.fields.get(name) ?? record.rest?.field(name)
    );
    if (values.includes(undefined)) {
      throw new LiftRefusal(
        union.line,
        `Only some of the rows have a field \`${name}\`.`
      );
    }
    const value = united(
      values.filter(each => each !== undefined),
      union,
      name
    );
    read.set(name, value);
    return value;
  };
  const read = new Map<string, Value>();
  const fields = new Map(
    [...first.fields.keys()].map(name => [name, field(name)])
  );
  const isOpen = records.some(({ rest }) => rest !== null);
  union.whole = isOpen;
  return {
    kind: 'record',
    fields,
    rest: isOpen ? { plan: union, field } : null
  };
}

/** The conjunction of the conditions on a path. */
export function pathCondition(path: readonly IStep[]): Expr {
  return make.and(path.map(step => step.condition));
}
