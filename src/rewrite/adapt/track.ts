/**
 * Experiment tracking: a run with its hyper-parameters, metrics, files and models.
 */
import type { StmtNode } from 'py-ast';

import { Anchors } from './anchors';
import { type IPlace, type Loop, isCompound, mainBlock } from './blocks';
import type { IDialect } from './dialects';
import type { IAdaptation } from './program';
import type { IParameters } from './settings';
import { Splice } from './splice';
import type { IModel } from './trained';

/** What the user chooses. */
export interface ITrackOptions {
  project: string;
}

/** Add tracking to a script. */
export function track(
  source: string,
  dialect: IDialect,
  options: ITrackOptions
): IAdaptation {
  const anchors = new Anchors(source);
  if (anchors.names.has(dialect.package)) {
    return { code: source, changed: false, notes: [] };
  }
  const nested = nestTries(anchors, dialect, options.project);
  return new Tracking(new Anchors(nested), dialect, options).adapt();
}

/**
 * Give each try of many a run of its own: the parameters of a run do not change.
 */
function nestTries(
  anchors: Anchors,
  dialect: IDialect,
  project: string
): string {
  const splice = new Splice(anchors.text);
  const blocks = new Set<readonly StmtNode[]>();
  for (const { place } of [...anchors.parameters, ...anchors.models]) {
    const block = place.loops[0]?.body ?? place.function?.body;
    if (anchors.repeats(place) && block && splice.isAlone(block[0])) {
      blocks.add(block);
    }
  }
  for (const block of blocks) {
    splice.wrap(block, dialect.nested(project));
  }
  return splice.toString();
}

class Tracking {
  constructor(
    private readonly _anchors: Anchors,
    private readonly _dialect: IDialect,
    private readonly _options: ITrackOptions
  ) {
    this._splice = new Splice(_anchors.text);
  }

  adapt(): IAdaptation {
    this._parameters();
    this._metrics();
    this._files();
    this._models();
    this._run();
    return {
      code: this._splice.toString(),
      changed: true,
      notes: this._notes
    };
  }

  /** Import the tool, begin a run and end it. */
  private _run(): void {
    const { _dialect: dialect, _anchors: anchors } = this;
    const { project } = this._options;
    const head = [`import ${dialect.package}`];
    const begin = [...dialect.setUp(project), ...dialect.begin(project)];
    const main = mainBlock(anchors.text.module.body);
    if (main) {
      // What the module defines is known before the run begins.
      this._splice.before(main[0], [...begin, ...this._early]);
      this._splice.after(main[main.length - 1], dialect.end());
    } else {
      head.push('', ...begin, '');
      this._splice.atEnd(dialect.end());
    }
    const { lastImport } = anchors;
    if (lastImport) {
      this._splice.after(lastImport, head);
    } else {
      this._splice.atStart(head);
    }
  }

  private _parameters(): void {
    for (const { place, entries, all } of together(this._anchors.parameters)) {
      const lines = all
        ? this._dialect.allParameters(all)
        : this._dialect.parameters(entries);
      const isTried = this._isTried(place);
      if (this._anchors.repeats(place) && !isTried) {
        this._note(place, 'its settings change from one pass to the next');
        continue;
      }
      const isEarly =
        mainBlock(this._anchors.text.module.body) !== null &&
        !place.inMain &&
        place.function === null;
      if (isEarly) {
        this._early.push(...lines);
        continue;
      }
      this._after(place, lines);
    }
  }

  private _metrics(): void {
    for (const { place, metrics } of this._anchors.metrics) {
      const logged = metrics.map(metric => {
        if (metric.repeatable) {
          return metric;
        }
        this._splice.before(place.statement, [
          `${metric.name} = ${metric.source}`
        ]);
        this._splice.replace(metric.node as never, metric.name);
        return { name: metric.name, source: metric.name };
      });
      this._after(place, this._dialect.metrics(logged, this._step(place)));
    }
  }

  /** The pass of the loop that a statement is in, if there is a number for it. */
  private _step(place: IPlace): string | null {
    const counters = place.loops.map(loop => this._counter(loop));
    const [outer] = counters;
    const inner = counters.at(-1) ?? null;
    if (counters.length < 2 || outer === null || inner === null) {
      return inner ?? outer ?? null;
    }
    const length = this._length(place.loops[place.loops.length - 1]);
    return length === null ? null : `${outer} * ${length} + ${inner}`;
  }

  /** The number of a pass of a loop: its variable over a range or an enumeration. */
  private _counter(loop: Loop): string | null {
    if (loop.nodeType !== 'For' || loop.iter.nodeType !== 'Call') {
      return null;
    }
    const { func } = loop.iter;
    const name = func.nodeType === 'Name' ? func.id : '';
    if (/^(range|trange)$/.test(name) && loop.target.nodeType === 'Name') {
      return loop.target.id;
    }
    const first = loop.target.nodeType === 'Tuple' ? loop.target.elts[0] : null;
    return name === 'enumerate' && first?.nodeType === 'Name' ? first.id : null;
  }

  /** How many passes a loop over an enumeration or range of a name has. */
  private _length(loop: Loop): string | null {
    if (loop.nodeType !== 'For' || loop.iter.nodeType !== 'Call') {
      return null;
    }
    const { func, args } = loop.iter;
    if (func.nodeType !== 'Name' || args[0]?.nodeType !== 'Name') {
      return null;
    }
    return func.id === 'enumerate'
      ? `len(${args[0].id})`
      : func.id === 'range' && args.length === 1
        ? args[0].id
        : null;
  }

  private _files(): void {
    for (const { place, path } of this._anchors.files) {
      this._after(place, this._dialect.file(path));
    }
  }

  /** Log each model where its block ends: it is trained then. */
  private _models(): void {
    for (const model of this._anchors.models) {
      const { place } = model;
      if (this._anchors.repeats(place) && !this._isTried(place)) {
        this._note(place, 'many models are trained here; none is logged');
        continue;
      }
      const lines = this._dialect.model(model.flavor, model.variable);
      this._atEndOfBlock(model, lines);
    }
  }

  private _atEndOfBlock({ place }: IModel, lines: string[]): void {
    const block = this._isTried(place)
      ? place.block
      : (place.function?.body ?? place.block);
    const last = block[block.length - 1];
    if (last.nodeType === 'Return') {
      this._splice.before(last, lines);
    } else {
      this._splice.after(last, lines);
    }
  }

  /** Whether a place is in a block that is a run of its own. */
  private _isTried(place: IPlace): boolean {
    const header = this._dialect.nested(this._options.project);
    return place.withs.some(statement =>
      this._anchors.text.source(statement as never).startsWith(header)
    );
  }

  private _after(place: IPlace, lines: string[]): void {
    const { statement } = place;
    if (isCompound(statement) || !this._splice.isAlone(statement)) {
      this._note(place, 'it shares its line with other statements');
      return;
    }
    if (statement.nodeType === 'Return') {
      this._note(place, 'it is returned at once');
      return;
    }
    this._splice.after(statement, lines);
  }

  private _note({ statement }: { statement: StmtNode }, why: string): void {
    this._notes.push({
      line: statement.lineno ?? 0,
      message: `Not tracked: ${why}.`
    });
  }

  private readonly _splice: Splice;
  private readonly _notes: IAdaptation['notes'] = [];
  /** Lines about what the module defines outside its main block. */
  private readonly _early: string[] = [];
}

/** Parameters of statements that follow each other are logged together. */
function together(parameters: readonly IParameters[]): IParameters[] {
  const merged: IParameters[] = [];
  for (const one of parameters) {
    const last = merged.at(-1);
    if (last && !last.all && !one.all && follows(last.place, one.place)) {
      merged[merged.length - 1] = {
        place: one.place,
        entries: [...last.entries, ...one.entries]
      };
    } else {
      merged.push(one);
    }
  }
  return merged;
}

function follows(first: IPlace, second: IPlace): boolean {
  const { block } = first;
  return (
    block === second.block &&
    block.indexOf(second.statement) === block.indexOf(first.statement) + 1
  );
}
