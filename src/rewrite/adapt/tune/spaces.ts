/**
 * Which values are worth trying for a hyper-parameter; the facts are data.
 */
import type { Call, ExprNode } from 'py-ast';

import spaces from '../knowledge/spaces.json';
import { slug } from '../metrics';

/** What is tried for a hyper-parameter, relative to the value that was there. */
export interface ISpace {
  type: string;
  low?: number;
  high?: number;
  /** From a factor below the value to a factor above it. */
  factor?: number;
  min?: number;
  max?: number;
  log?: boolean;
  /** Whether `None` is a value: it stays one of the choices. */
  none?: boolean;
  choices?: string[];
  calleeOnly?: boolean;
}

/** A call whose arguments are hyper-parameters. */
export interface IConfigured {
  parameters: readonly string[];
  positional: Readonly<Record<string, string>>;
  spaces?: Readonly<Record<string, string>>;
  defaults: Readonly<Record<string, number | null>>;
  onlyFor?: string;
}

interface ICalleeFacts extends IConfigured {
  prefixes: string[];
  notAt?: string[];
}

const NAMES: Readonly<Record<string, ISpace>> = spaces.names;
const ALIASES: Readonly<Record<string, string>> = spaces.aliases;
const CALLEES: readonly ICalleeFacts[] =
  spaces.callees as unknown as ICalleeFacts[];

/** The space of a variable, by what it is called. */
export function spaceByName(name: string): ISpace | null {
  const known = spaceOf(name);
  return known?.calleeOnly ? null : known;
}

function spaceOf(name: string): ISpace | null {
  for (const spelled of [name, name.toLowerCase(), slug(name)]) {
    const canonical = ALIASES[spelled] ?? spelled;
    if (canonical in NAMES) {
      return NAMES[canonical];
    }
  }
  return null;
}

/** What is known of a call, by the dotted name of what is called. */
export function configuredCall(dotted: string): IConfigured | null {
  return (
    CALLEES.find(
      ({ prefixes, notAt = [] }) =>
        prefixes.some(prefix => dotted.startsWith(prefix)) &&
        !notAt.some(part => dotted.includes(part))
    ) ?? null
  );
}

/** The space of an argument of a known call. */
export function spaceOfArgument(
  facts: IConfigured,
  argument: string
): ISpace | null {
  return facts.parameters.includes(argument)
    ? spaceOf(facts.spaces?.[argument] ?? argument)
    : null;
}

/** The arguments of a known call by name, also those given by position. */
export function namedArguments(
  call: Call,
  facts: IConfigured
): { name: string; value: ExprNode }[] {
  const named: { name: string; value: ExprNode }[] = [];
  call.args.forEach((value, index) => {
    const name = facts.positional[String(index)];
    if (name && value.nodeType !== 'Starred') {
      named.push({ name, value });
    }
  });
  for (const { arg, value } of call.keywords) {
    if (arg) {
      named.push({ name: arg, value });
    }
  }
  return named;
}

/** A literal value: what Python's literal says. */
export type Value = number | string | boolean | null;

/** The value of a literal, or undefined when it is not one. */
export function literalValue(node: ExprNode): Value | undefined {
  if (node.nodeType === 'Constant') {
    const { value } = node;
    return value === null ||
      ['number', 'string', 'boolean'].includes(typeof value)
      ? value
      : undefined;
  }
  if (node.nodeType === 'UnaryOp' && node.op.nodeType === 'USub') {
    const value = literalValue(node.operand);
    return typeof value === 'number' ? -value : undefined;
  }
  return undefined;
}

/**
 * The call that suggests a value.
 *
 * @param name - What the parameter is called in the study.
 * @param source - The source of the value that was there.
 * @param value - That value, when it is a literal; the range holds it in any case.
 * @returns null when no sensible range holds the value.
 */
export function suggestion(
  name: string,
  space: ISpace,
  source: string,
  value: Value | undefined
): string | null {
  const suggest = 'trial.suggest_';
  if (space.type === 'choice') {
    const { choices = [] } = space;
    return typeof value === 'string' && choices.includes(value)
      ? `${suggest}categorical("${name}", [${choices.map(one => `"${one}"`).join(', ')}])`
      : null;
  }
  if (value === null) {
    return space.none
      ? `${suggest}categorical("${name}", [None, ${middle(space).join(', ')}])`
      : null;
  }
  if (value !== undefined && typeof value !== 'number') {
    return null;
  }
  const whole = space.type === 'int';
  if (whole && value !== undefined && !Number.isInteger(value)) {
    return null;
  }
  const [low, high] =
    value === undefined
      ? openRange(space, source, whole)
      : closedRange(space, value, whole);
  const isLog = space.log && value !== 0;
  return `${suggest}${space.type}("${name}", ${low}, ${high}${isLog ? ', log=True' : ''})`;
}

function middle({ low = 2, high = 16 }: ISpace): number[] {
  return [low + 1, Math.round((low + high) / 2), high];
}

/** The range around a known value. */
function closedRange(
  space: ISpace,
  value: number,
  whole: boolean
): [string, string] {
  const number = (one: number) => (whole ? String(one) : floatText(one));
  if (space.factor !== undefined) {
    if (value === 0) {
      return [number(0), number(1)];
    }
    const low = Math.max(space.min ?? 0, value / space.factor);
    const high = Math.min(space.max ?? Infinity, value * space.factor);
    return whole
      ? [
          number(Math.max(space.min ?? 1, Math.round(low))),
          number(Math.max(value + 1, Math.round(high)))
        ]
      : [number(Math.min(low, value)), number(Math.max(high, value))];
  }
  return [
    number(Math.min(space.low ?? 0, value)),
    number(Math.max(space.high ?? 1, value))
  ];
}

/** The range around a value that is known only when the script runs. */
function openRange(
  space: ISpace,
  source: string,
  whole: boolean
): [string, string] {
  if (space.factor !== undefined) {
    return whole
      ? [
          `max(${space.min ?? 1}, ${source} // ${space.factor})`,
          `${source} * ${space.factor}`
        ]
      : [`${source} / ${space.factor}`, `${source} * ${space.factor}`];
  }
  const number = (one: number) => (whole ? String(one) : floatText(one));
  return [
    `min(${number(space.low ?? 0)}, ${source})`,
    `max(${number(space.high ?? 1)}, ${source})`
  ];
}

/** A number as Python writes floats, without the noise of binary fractions. */
function floatText(value: number): string {
  const text = String(Number(value.toPrecision(6)));
  return /[.e]/.test(text) ? text : `${text}.0`;
}
