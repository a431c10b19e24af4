/**
 * Dictionaries and sets while they are filled: values that are set for a key, and
 * values that are added up for it.
 */
import { Build, chooseValue, pathCondition } from './builds';
import type { IContents, IStep } from './builds';
import { Column, make } from './expression';
import type { Expr } from './expression';
import { nameHints } from './naming';
import type { Aggregation, IAggregate, IDistinct, IGroup, Plan } from './plan';
import { LiftRefusal } from './refusal';
import { availableIn, isOverRows } from './row';
import { sameExpr } from './traversal';
import { isNumeric, typeOf } from './typing';
import { scalar } from './values';
import type { Value } from './values';

export interface IKeyValue {
  key: Expr;
  /** Null in a set. */
  value: Value | null;
}

/** One value that is brought up to date for a key, row after row. */
export interface IUpdate {
  key: Expr;
  how: Aggregation | 'list';
  value: Value;
}

/** What a key has before anything is added up for it. */
export interface IStart {
  loop: number;
  key: Expr;
  value: Value;
  plan: Plan;
  path: readonly IStep[];
}

/** The updates of one place in the values of a dictionary. */
class Accumulator extends Build<IUpdate> {
  protected choose(test: Expr, a: IUpdate, b: IUpdate, line: number): IUpdate {
    if (a.how !== b.how || !sameExpr(a.key, b.key)) {
      throw new LiftRefusal(
        line,
        `\`${this.name}\` is brought up to date in two ways.`
      );
    }
    return { ...a, value: chooseValue(test, a.value, b.value, line) };
  }
}

/** A dictionary or set whose keys come from rows; the last row of a key wins. */
export class Keyed extends Build<IKeyValue> {
  constructor(
    name: string,
    line: number,
    readonly shape: 'dict' | 'set',
    /** What a key that is not there has, as in a `defaultdict`. */
    readonly fallback: Value | null = null
  ) {
    super(name, line);
  }

  /** What new keys begin with. */
  start: IStart | null = null;
  /** Whether its rows were put in another order than that of the original. */
  reordered = false;
  /** By the place in the value, such as `["count"]`. */
  readonly accumulators = new Map<string, Accumulator>();

  /** The updates of a place in the values. */
  accumulator(path: readonly string[], line: number): Accumulator {
    const place = path.join('\u0000');
    const known = this.accumulators.get(place);
    if (known) {
      return known;
    }
    const made = new Accumulator(this.name, line);
    this.accumulators.set(place, made);
    this._groups = null;
    return made;
  }

  /** Whether its values are not final yet in this loop. */
  isBeingFilledIn(loop: number): boolean {
    const added = this._additions();
    return (
      added.every(entry => entry.loop === loop) &&
      (added.length > 0 || !this.isKnown())
    );
  }

  /** Whether a loop has put something in already. */
  isTouchedIn(loop: number): boolean {
    return this._additions().some(entry => entry.loop === loop);
  }

  isEmpty(): boolean {
    return this._additions().length === 0 && !this.isKnown();
  }

  override contents(): IContents<IKeyValue> {
    if (this.accumulators.size === 0 || this.spoiled) {
      const { start } = this;
      return start && this.entries.length === 0
        ? firstContents(start, this.line)
        : super.contents();
    }
    this._groups ??= groupContents(this);
    return this._groups;
  }

  private _additions(): { loop: number }[] {
    return [
      ...(this.start ? [this.start] : []),
      ...this.entries,
      ...[...this.accumulators.values()].flatMap(each => each.entries)
    ];
  }

  private _groups: IContents<IKeyValue> | null = null;

  protected choose(
    test: Expr,
    a: IKeyValue,
    b: IKeyValue,
    line: number
  ): IKeyValue {
    const key = sameExpr(a.key, b.key)
      ? a.key
      : make.conditional(test, a.key, b.key);
    return {
      key,
      value: a.value && b.value && chooseValue(test, a.value, b.value, line)
    };
  }
}

/** A dictionary that keeps what it got for a key first. */
function firstContents(
  { plan, key, value }: IStart,
  line: number
): IContents<IKeyValue> {
  const first: IDistinct = {
    op: 'distinct',
    input: plan,
    key,
    keep: 'first',
    line
  };
  return { plan: first, added: { key, value }, line };
}

// --- groups -----------------------------------------------------------------------

interface IPlaced {
  place: string;
  plan: Plan;
  path: readonly IStep[];
  update: IUpdate;
  line: number;
}

/** The rows that the updates sum up, one a key. */
function groupContents(build: Keyed): IContents<IKeyValue> {
  const placed = [...build.accumulators].map(([place, accumulator]) => {
    const { plan, added, line } = accumulator.contents();
    const [{ path }] = accumulator.entries;
    return { place, plan, path, update: added, line };
  });
  const [first] = placed;
  const base = build.start ?? {
    key: first.update.key,
    plan: first.plan,
    path: first.path
  };
  const stray = placed.find(({ update }) => !sameExpr(update.key, base.key));
  if (stray) {
    throw new LiftRefusal(
      stray.line,
      `\`${build.name}\` is brought up to date for different keys.`
    );
  }
  const column = new Column(typeOf(base.key));
  nameHints(base.key).forEach(hint => column.fallBackOn(hint));
  column.fallBackOn('key');
  const group: IGroup = {
    op: 'group',
    name: build.name,
    input: base.plan,
    key: { column, expr: base.key },
    aggregates: [],
    line: first.line
  };
  const values = new Map(
    placed.map(each => [each.place, valueOf(each, base, group, build)])
  );
  const template = build.start?.value ?? build.fallback;
  return {
    plan: group,
    line: first.line,
    added: {
      key: make.column(column),
      value: template ? filledIn(template, [], values, group) : values.get('')!
    }
  };
}

/** What a place in the values holds in the end. */
function valueOf(
  { plan, path, update, line }: IPlaced,
  base: { plan: Plan; path: readonly IStep[] },
  group: IGroup,
  build: Keyed
): Value {
  const { how, value } = update;
  const isBase = plan === base.plan;
  if (how === 'list') {
    if (!isBase) {
      throw new LiftRefusal(
        line,
        `Only some of the rows are added to the lists in \`${build.name}\`.`
      );
    }
    return { kind: 'bag', group, element: value, join: null };
  }
  if (value.kind !== 'scalar') {
    throw new LiftRefusal(
      line,
      `What is added up in \`${build.name}\` is no number.`
    );
  }
  const { expr } = value;
  if (isBase) {
    return aggregated(group, how, expr);
  }
  const condition = pathCondition(path.slice(base.path.length));
  const there = [condition, expr].every(each => availableIn(each, base.plan));
  if (how !== 'sum' || !there) {
    throw new LiftRefusal(
      line,
      `\`${build.name}\` is brought up to date for some of the rows only.`
    );
  }
  return aggregated(
    group,
    'sum',
    make.conditional(condition, expr, make.integer(0))
  );
}

/** A further aggregate of a group; the same one is computed once. */
export function aggregated(
  group: IGroup,
  how: Aggregation,
  expr: Expr | null
): Value {
  const counts = how === 'sum' && expr?.kind === 'literal' && expr.text === '1';
  const wanted: Aggregation = counts ? 'size' : how;
  const over = counts ? null : expr;
  const known = group.aggregates.find(
    each =>
      each.how === wanted &&
      (each.expr === over ||
        (each.expr !== null && over !== null && sameExpr(each.expr, over)))
  );
  if (known) {
    return scalar(make.column(known.column));
  }
  const column = new Column(typeOfAggregate(wanted, over));
  if (wanted === 'size') {
    column.fallBackOn('count');
  } else if (over) {
    nameHints(over).forEach(hint => column.fallBackOn(`${wanted}_${hint}`));
    column.fallBackOn(wanted);
  }
  const aggregate: IAggregate = { column, how: wanted, expr: over };
  group.aggregates.push(aggregate);
  return scalar(make.column(column));
}

function typeOfAggregate(how: Aggregation, expr: Expr | null) {
  if (how === 'size' || how === 'nunique') {
    return 'int';
  }
  if (how === 'mean' || how === 'median') {
    return 'float';
  }
  const type = expr ? typeOf(expr) : 'unknown';
  return how === 'sum' && type === 'bool' ? 'int' : type;
}

/** The start of a key with what was added up in its places. */
function filledIn(
  template: Value,
  path: readonly string[],
  values: ReadonlyMap<string, Value>,
  group: IGroup
): Value {
  const value = values.get(path.join('\u0000'));
  if (value) {
    return value.kind === 'scalar' && template.kind === 'scalar'
      ? scalar(fromStart(template.expr, value.expr, group))
      : value;
  }
  switch (template.kind) {
    case 'tuple':
      return {
        ...template,
        items: template.items.map((item, at) =>
          filledIn(item, [...path, String(at)], values, group)
        )
      };
    case 'record':
      return {
        ...template,
        fields: new Map(
          [...template.fields].map(([name, field]) => [
            name,
            filledIn(field, [...path, name], values, group)
          ])
        )
      };
    case 'scalar':
      return isOverRows(template.expr)
        ? aggregated(group, 'first', template.expr)
        : template;
    default:
      return template;
  }
}

/** What was added up, beginning with something. */
function fromStart(start: Expr, sum: Expr, group: IGroup): Expr {
  const column = sum.kind === 'column' ? sum.column : null;
  const how = group.aggregates.find(each => each.column === column)?.how;
  if (how === 'max' || how === 'min') {
    return make.call(how, start, sum);
  }
  if (start.kind !== 'literal' || !isNumeric(start.type)) {
    throw new LiftRefusal(
      group.line,
      'What is added up does not begin with a number.'
    );
  }
  return Number(start.text) === 0
    ? start.type === 'float' && typeOf(sum) === 'int'
      ? make.call('float', sum)
      : sum
    : { kind: 'binary', operator: '+', left: start, right: sum };
}
