/**
 * What is known of the libraries that scripts train with; the facts are data.
 */
import apis from './knowledge/apis.json';

/** A call that writes a file: which argument is the path. */
export interface IWriter {
  method?: string;
  dotted?: string;
  argument: number;
}

const METRIC_WORDS: ReadonlySet<string> = new Set(apis.metricWords);
const NOT_METRIC_WORDS: ReadonlySet<string> = new Set(apis.notMetricWords);
const REPEATABLE_METHODS: ReadonlySet<string> = new Set(
  apis.repeatable.methods
);
const REPEATABLE_BUILTINS: ReadonlySet<string> = new Set(
  apis.repeatable.builtins
);

export const WRITERS: readonly IWriter[] = apis.writers;

/** The model flavor of a library, by the dotted name of one of its classes. */
export function flavorOf(dotted: string): string | null {
  return (
    apis.flavors.find(({ prefix }) => dotted.startsWith(prefix))?.flavor ?? null
  );
}

/** Whether calling this name makes something that hyper-parameters configure. */
export function isConfigured(dotted: string): boolean {
  const isClass = /^[A-Z]/.test(dotted.split('.').at(-1) ?? '');
  return (
    (isClass || isTrainFunction(dotted)) &&
    starts(dotted, apis.configured) &&
    !starts(dotted, apis.notConfigured)
  );
}

/** Whether this function trains a model and returns it. */
export function isTrainFunction(dotted: string): boolean {
  return apis.trainFunctions.includes(dotted);
}

/** Whether a method of this name trains its object. */
export function isTrainMethod(method: string): boolean {
  return apis.training.includes(method);
}

/** Whether calling it again gives the same and changes nothing. */
export function isRepeatable(call: {
  dotted: string | null;
  method: string | null;
  builtin: string | null;
}): boolean {
  return (
    (call.builtin !== null && REPEATABLE_BUILTINS.has(call.builtin)) ||
    (call.dotted !== null && starts(call.dotted, apis.repeatable.prefixes)) ||
    (call.method !== null &&
      call.dotted === null &&
      REPEATABLE_METHODS.has(call.method))
  );
}

/** What the words of a name say: a metric, not one, or nothing. */
export function metricByName(name: string): boolean | null {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '');
  if (words.some(word => METRIC_WORDS.has(word))) {
    return true;
  }
  return words.some(word => NOT_METRIC_WORDS.has(word)) ? false : null;
}

function starts(dotted: string, prefixes: readonly string[]): boolean {
  return prefixes.some(prefix =>
    prefix.endsWith('.') ? dotted.startsWith(prefix) : dotted === prefix
  );
}
