/**
 * What is known of the libraries that scripts train with; the facts are data.
 *
 * A framework is a file of `knowledge/frameworks` and a line here.
 */
import apis from './knowledge/apis.json';
import keras from './knowledge/frameworks/keras.json';
import lightgbm from './knowledge/frameworks/lightgbm.json';
import lightning from './knowledge/frameworks/lightning.json';
import sklearn from './knowledge/frameworks/sklearn.json';
import torch from './knowledge/frameworks/torch.json';
import xgboost from './knowledge/frameworks/xgboost.json';

/** A call that writes a file: which argument is the path. */
export interface IWriter {
  method?: string;
  dotted?: string;
  argument: number;
}

/** What adaptations need to know of a library that trains. */
export interface IFramework {
  /** How the dotted names of its classes and functions begin. */
  prefixes: string[];
  /** What MLflow calls its kind of model. */
  flavor: string;
  /** Classes and functions whose keyword arguments are hyper-parameters; a dot at the end stands for all below. */
  configured: string[];
  /** Those of them whose arguments are not. */
  notConfigured: string[];
  /** The names of arguments that are often given by position, by the end of the callee's name. */
  positional: Record<string, (string | null)[] | undefined>;
  /** Functions that train a model and return it. */
  trainFunctions: string[];
  /** Classes whose `fit` trains what it is given. */
  trainers?: string[];
  /** Methods by which a model of the library reports a metric: name, value. */
  logMethods?: string[];
  /** Where a trained `{model}` holds the values of each pass, by metric. */
  history?: string;
  /** Arguments that MLflow needs to store ordinary models. */
  formats: string;
  /** How a trained `{model}` is written to a `{path}`. */
  file: { extension: string; imports: string[]; save: string };
}

const FRAMEWORKS: readonly IFramework[] = [
  keras,
  lightning,
  torch,
  xgboost,
  lightgbm,
  sklearn
];

const NO_SETTINGS: ReadonlySet<string> = new Set(apis.noSettings);
const METRIC_WORDS: ReadonlySet<string> = new Set(apis.metricWords);
const NOT_METRIC_WORDS: ReadonlySet<string> = new Set(apis.notMetricWords);
const REPEATABLE_METHODS: ReadonlySet<string> = new Set(
  apis.repeatable.methods
);
const REPEATABLE_BUILTINS: ReadonlySet<string> = new Set(
  apis.repeatable.builtins
);

export const WRITERS: readonly IWriter[] = apis.writers;

/** The library that a dotted name belongs to. */
export function frameworkOf(dotted: string): IFramework | null {
  return FRAMEWORKS.find(({ prefixes }) => starts(dotted, prefixes)) ?? null;
}

/** The first of the libraries that is there; those that build on others come first. */
export function likelyFramework(
  isThere: (packageName: string) => boolean
): IFramework | null {
  return (
    FRAMEWORKS.find(({ prefixes }) =>
      prefixes.some(prefix => isThere(prefix.replace(/\.$/, '')))
    ) ?? null
  );
}

/** The model flavor of a library, by the dotted name of one of its classes. */
export function flavorOf(dotted: string): string | null {
  return frameworkOf(dotted)?.flavor ?? null;
}

/** Whether calling this name makes something that hyper-parameters configure. */
export function isConfigured(dotted: string): boolean {
  const isClass = /^[A-Z]/.test(dotted.split('.').at(-1) ?? '');
  return (
    (isClass || isTrainFunction(dotted)) &&
    FRAMEWORKS.some(({ configured }) => starts(dotted, configured)) &&
    !FRAMEWORKS.some(({ notConfigured }) => starts(dotted, notConfigured))
  );
}

/** The names of the arguments of a callee, by position; null for those that are no settings. */
export function positionalNames(dotted: string): (string | null)[] {
  const positional = frameworkOf(dotted)?.positional ?? {};
  return (
    positional[dotted.split('.').at(-1) ?? ''] ??
    positional[dotted.split('.').slice(0, -1).join('.')] ??
    []
  );
}

/** Whether an argument of this name holds data or objects. */
export function isNoSetting(name: string): boolean {
  return NO_SETTINGS.has(name);
}

/** Whether this function trains a model and returns it. */
export function isTrainFunction(dotted: string): boolean {
  return FRAMEWORKS.some(({ trainFunctions }) =>
    trainFunctions.includes(dotted)
  );
}

/** Whether objects of this class train what their `fit` is given. */
export function isTrainer(dotted: string): boolean {
  return FRAMEWORKS.some(({ trainers }) => trainers?.includes(dotted));
}

/** Whether a method of this name reports a metric in models of this class. */
export function isLogMethod(dotted: string, method: string): boolean {
  return frameworkOf(dotted)?.logMethods?.includes(method) ?? false;
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
