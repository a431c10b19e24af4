/**
 * The metrics that a script shows: which values of which print statements.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, ExprNode } from 'py-ast';

import type { CellText } from '../lifter/celltext';
import type { IPlace, IScript } from './blocks';
import { calleeOf, isPure } from './expressions';
import { isLogMethod, metricByName } from './knowledge';
import type { ImportedNames } from './names';
import { type IShown, shownBy } from './shown';

/** A value that is shown and is a metric. */
export interface IMetric {
  name: string;
  /** The source of its value. */
  source: string;
  node: ExprNode;
  /** Whether its source can be evaluated a second time. */
  repeatable: boolean;
  /** Whether it is kept in a list, not shown. */
  isKept: boolean;
}

/** A statement that shows metrics. */
export interface IMetricPrint {
  place: IPlace;
  metrics: IMetric[];
}

/** All statements of a script that show metrics. */
export function metricPrints(
  { places, text, names }: IScript,
  bases: ReadonlyMap<string, string>
): IMetricPrint[] {
  const computed = metricVariables(places, names);
  const reports = (place: IPlace, method: string) =>
    isLogMethod(bases.get(place.class?.name ?? '') ?? '', method);
  const prints = places.map(place => ({
    place,
    metrics: metricsOf(place, text, names, computed, reports)
  }));
  return withoutKeptTwice(prints).filter(({ metrics }) => metrics.length > 0);
}

/** Without values that are kept in a list and shown in the same block. */
function withoutKeptTwice(prints: readonly IMetricPrint[]): IMetricPrint[] {
  return prints.map(({ place, metrics }) => ({
    place,
    metrics: metrics.filter(
      metric =>
        !metric.isKept ||
        !prints.some(
          other =>
            other.place.block === place.block &&
            other.metrics.some(
              ({ source, isKept }) => source === metric.source && !isKept
            )
        )
    )
  }));
}

function metricsOf(
  place: IPlace,
  script: CellText,
  names: ImportedNames,
  computed: ReadonlySet<string>,
  reports: (place: IPlace, method: string) => boolean
): IMetric[] {
  const counters = loopVariables(place);
  const metrics = new Map<string, IMetric>();
  const values = shownBy(place.statement, method => reports(place, method));
  for (const shown of values) {
    const name = nameOf(shown, script);
    const known = loadedNames(shown.node);
    const repeatable = isPure(shown.node, names);
    if (
      name === '' ||
      // What is kept or reported stays as it is written, so its value must be there twice.
      (shown.isNamed && !repeatable) ||
      (shown.node.nodeType === 'Name' && counters.has(shown.node.id)) ||
      !isMetric(shown, name, known, computed)
    ) {
      continue;
    }
    const unique = metrics.has(name) ? `${name}_${metrics.size + 1}` : name;
    metrics.set(unique, {
      name: unique,
      source: script.source(shown.node),
      node: shown.node,
      repeatable,
      isKept: shown.isKept ?? false
    });
  }
  return [...metrics.values()];
}

/** What a shown value is called: by its variable, else by the words before it. */
function nameOf(shown: IShown, script: CellText): string {
  const { node, label } = shown;
  if (shown.isNamed) {
    return label;
  }
  const words = slug(label.split(/[|,;\n]/).at(-1) ?? '');
  if (node.nodeType === 'Name') {
    // A one-letter name says less than the words before it.
    return node.id.length > 2 || words === '' ? node.id : words;
  }
  if (words !== '') {
    return words;
  }
  const names = [...loadedNames(node)];
  return slug(
    node.nodeType === 'Attribute'
      ? node.attr
      : (names.at(-1) ?? script.source(node))
  );
}

/** Words as a name: lower case, joined by underscores. */
export function slug(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60);
}

function isMetric(
  shown: IShown,
  name: string,
  known: ReadonlySet<string>,
  computed: ReadonlySet<string>
): boolean {
  const { node } = shown;
  if (node.nodeType === 'Constant') {
    return false;
  }
  const byName = [name, ...known].map(metricByName);
  if (metricByName(name) === false && !byName.includes(true)) {
    return false;
  }
  return (
    shown.isNamed ||
    shown.isNumber ||
    [...known].some(one => computed.has(one)) ||
    byName.includes(true)
  );
}

/** Variables that hold what a metric function gave. */
function metricVariables(
  places: readonly IPlace[],
  names: ImportedNames
): Set<string> {
  const variables = new Set<string>();
  for (const { statement } of places) {
    if (
      statement.nodeType !== 'Assign' ||
      statement.value.nodeType !== 'Call'
    ) {
      continue;
    }
    const { dotted, method } = calleeOf(statement.value.func, names);
    const isScore =
      (dotted?.startsWith('sklearn.metrics.') &&
        !/report|matrix|curve|display/i.test(dotted)) ||
      method === 'score';
    for (const target of statement.targets) {
      if (isScore && target.nodeType === 'Name') {
        variables.add(target.id);
      }
    }
  }
  return variables;
}

function loopVariables(place: IPlace): Set<string> {
  const variables = new Set<string>();
  for (const loop of place.loops) {
    if (loop.nodeType === 'For') {
      for (const node of walk(loop.target as ASTNodeUnion)) {
        if (node.nodeType === 'Name') {
          variables.add(node.id);
        }
      }
    }
  }
  return variables;
}

function loadedNames(node: ExprNode): Set<string> {
  const names = new Set<string>();
  for (const part of walk(node as ASTNodeUnion)) {
    if (part.nodeType === 'Name') {
      names.add(part.id);
    } else if (part.nodeType === 'Attribute') {
      names.add(part.attr);
    }
  }
  return names;
}
