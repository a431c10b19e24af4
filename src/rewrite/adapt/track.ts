/**
 * Experiment tracking: a run with its hyper-parameters, metrics, files and models.
 */
import type { ExprNode, StmtNode } from 'py-ast';

import { Anchors } from './anchors';
import { type IPlace, isCompound, mainBlock } from './blocks';
import { ownModules } from './classes';
import type { IDialect } from './dialects';
import { isMadeOften, keptModels } from './keptmodels';
import { stepOf } from './passes';
import type { IAdaptation, IProgram } from './program';
import type { IParameter, IParameters } from './settings';
import { Splice } from './splice';

/** What the user chooses. */
export interface ITrackOptions {
  project: string;
}

/** Add tracking to a script. */
export function track(
  source: string,
  dialect: IDialect,
  options: ITrackOptions,
  program?: IProgram
): IAdaptation {
  const anchors = new Anchors(source, program);
  if (anchors.names.has(dialect.package)) {
    return { code: source, changed: false, notes: [] };
  }
  const nested = dialect.nested
    ? nestTries(anchors, dialect.nested, program)
    : anchors;
  return new Tracking(nested, dialect, options, program).adapt();
}

/** Log the metrics that a module beside the script shows, into the run of the script. */
export function trackMetrics(source: string, dialect: IDialect): IAdaptation {
  const anchors = new Anchors(source);
  if (anchors.names.has(dialect.package) || anchors.metrics.length === 0) {
    return { code: source, changed: false, notes: [] };
  }
  return new Tracking(anchors, dialect, { project: '' }).adaptModule();
}

/**
 * Give each try of many a run of its own: the parameters of a run do not change.
 */
function nestTries(
  anchors: Anchors,
  header: string,
  program?: IProgram
): Anchors {
  const splice = new Splice(anchors.text);
  const blocks = new Set<readonly StmtNode[]>();
  for (const model of anchors.models) {
    const { place } = model;
    const block = place.loops[0]?.body ?? place.function?.body;
    if (block && isMadeOften(model, anchors) && splice.isAlone(block[0])) {
      blocks.add(block);
    }
  }
  for (const block of blocks) {
    splice.wrap(block, header);
  }
  return blocks.size === 0 ? anchors : new Anchors(splice.toString(), program);
}

class Tracking {
  constructor(
    private readonly _anchors: Anchors,
    private readonly _dialect: IDialect,
    private readonly _options: ITrackOptions,
    private readonly _program?: IProgram
  ) {
    this._splice = new Splice(_anchors.text);
    this._main = this._runsInMain()
      ? mainBlock(_anchors.text.module.body)
      : null;
  }

  adapt(): IAdaptation {
    this._parameters();
    this._metrics();
    this._files();
    this._models();
    this._run();
    return this._result();
  }

  adaptModule(): IAdaptation {
    this._metrics();
    this._head([`import ${this._dialect.package}`]);
    return this._result();
  }

  private _result(): IAdaptation {
    return {
      code: this._splice.toString(),
      changed: true,
      notes: this._notes
    };
  }

  /** Whether all that is tracked happens in the main block and what it calls. */
  private _runsInMain(): boolean {
    const { metrics, files, models } = this._anchors;
    return [...metrics, ...files, ...models].every(
      ({ place }) => place.function !== null || place.inMain
    );
  }

  /** Import the tool, begin a run and end it. */
  private _run(): void {
    const { _dialect: dialect, _main: main } = this;
    const imports = [...this._imports]
      .filter(name => !this._anchors.names.hasAs(name))
      .map(name => `import ${name}`);
    const head = [...imports, `import ${dialect.package}`];
    const begin = dialect.begin(this._options.project, this._hoisted);
    if (main) {
      // What the module defines is known before the run begins.
      this._splice.before(main[0], [...begin, ...this._early]);
      this._splice.after(main[main.length - 1], dialect.end());
    } else {
      head.push('', ...begin, '');
      this._splice.atEnd(dialect.end());
    }
    this._head(head);
  }

  private _head(lines: string[]): void {
    const { lastImport } = this._anchors;
    if (lastImport) {
      this._splice.after(lastImport, lines);
    } else {
      this._splice.atStart(lines);
    }
  }

  private _parameters(): void {
    for (const { place, entries, all } of together(this._anchors.parameters)) {
      const isTry = this._anchors.repeats(place) && !this._isNested(place);
      const isTried = isTry && !this._dialect.nested;
      if (all) {
        const isLate = this._isLate(place);
        this._put(place, this._dialect.allParameters(all, isTried || isLate));
        continue;
      }
      // What is the same each time can be logged each time.
      const fixed = entries.filter(entry => entry.literal !== undefined);
      const logged = isTry && this._dialect.nested ? fixed : entries;
      if (logged.length < entries.length) {
        this._note(place, 'its settings change from one pass to the next');
      }
      this._putEntries(place, logged, isTried);
    }
  }

  private _putEntries(
    place: IPlace,
    entries: readonly IParameter[],
    isTried: boolean
  ): void {
    const isLate = this._isLate(place);
    const hoisted = isLate || isTried ? entries.filter(isKnown) : [];
    if (this._dialect.settingsComeFirst) {
      this._hoisted.push(
        ...hoisted.map(({ name, literal }) => ({ name, source: literal! }))
      );
    }
    const rest = this._dialect.settingsComeFirst
      ? entries.filter(entry => !hoisted.includes(entry))
      : entries;
    if (rest.length > 0) {
      this._put(place, this._dialect.parameters(rest, isTried || isLate));
    }
  }

  /** Whether a tool that wants settings first may have got metrics before this place. */
  private _isLate(place: IPlace): boolean {
    if (!this._dialect.settingsComeFirst) {
      return false;
    }
    const at = this._anchors.places.indexOf(place);
    return this._anchors.metrics.some(
      metric => this._anchors.places.indexOf(metric.place) < at
    );
  }

  /** Insert lines about settings: where the run begins when they are known before. */
  private _put(place: IPlace, lines: string[]): void {
    const isEarly =
      this._main !== null && !place.inMain && place.function === null;
    if (isEarly) {
      this._early.push(...lines);
    } else if (place.statement.nodeType === 'Return') {
      this._splice.before(place.statement, lines);
    } else {
      this._after(place, lines);
    }
  }

  private _metrics(): void {
    for (const { place, metrics } of this._anchors.metrics) {
      const logged = metrics.map(metric => {
        if (metric.repeatable) {
          return metric;
        }
        const name = this._freeName(metric.name);
        this._splice.before(place.statement, [`${name} = ${metric.source}`]);
        this._splice.replace(metric.node as never, name);
        return { name: metric.name, source: name };
      });
      const step = stepOf(place, this._anchors);
      this._after(place, this._dialect.metrics(logged, step));
    }
  }

  /** A name that is not one of the script's. */
  private _freeName(wanted: string): string {
    const base = /^[A-Za-z_]/.test(wanted) ? wanted : `value_${wanted}`;
    let name = base.replace(/\W/g, '_');
    while (new RegExp(`\\b${name}\\b`).test(this._anchors.text.text)) {
      name += '_shown';
    }
    return name;
  }

  private _files(): void {
    for (const { place, path } of this._anchors.files) {
      this._after(place, this._dialect.file(path));
    }
  }

  private _models(): void {
    for (const { model, after } of keptModels(this._anchors)) {
      const { variable, framework } = model;
      const modules = this._program
        ? ownModules(this._anchors.text.module, this._program)
        : [];
      const { imports, lines } = this._dialect.model({
        variable,
        framework,
        modules
      });
      imports.forEach(name => this._imports.add(name));
      const { history } = framework;
      const passes =
        history &&
        model.fit?.func.nodeType === 'Attribute' &&
        model.fit.func.attr === 'fit'
          ? this._dialect.history(history.replace('{model}', variable))
          : [];
      if (passes.length > 0) {
        this._after(model.place, passes);
      }
      if (after.nodeType === 'Return') {
        this._splice.before(after, lines);
      } else {
        this._splice.after(after, lines);
      }
    }
  }

  /** Whether a place is in a block that is a run of its own. */
  private _isNested(place: IPlace): boolean {
    const header = this._dialect.nested;
    return (
      header !== null &&
      place.withs.some(statement =>
        this._anchors.text
          .source(statement as unknown as ExprNode)
          .startsWith(header)
      )
    );
  }

  private _after(place: IPlace, lines: string[]): void {
    const { statement } = place;
    if (statement.nodeType === 'ClassDef') {
      this._splice.after(statement, lines);
    } else if (isCompound(statement) || !this._splice.isAlone(statement)) {
      this._note(place, 'it shares its line with other statements');
    } else if (statement.nodeType === 'Return') {
      this._note(place, 'it is returned at once');
    } else {
      this._splice.after(statement, lines);
    }
  }

  private _note({ statement }: { statement: StmtNode }, why: string): void {
    this._notes.push({
      line: statement.lineno ?? 0,
      message: `Not tracked: ${why}.`
    });
  }

  private readonly _splice: Splice;
  /** The block in which the run begins and ends, if it is not the whole script. */
  private readonly _main: readonly StmtNode[] | null;
  private readonly _notes: IAdaptation['notes'] = [];
  private readonly _imports = new Set<string>();
  /** Lines about what the module defines outside its main block. */
  private readonly _early: string[] = [];
  /** Settings that are told when the run begins. */
  private readonly _hoisted: IParameter[] = [];
}

function isKnown({ literal }: IParameter): boolean {
  return literal !== undefined;
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
    second.statement.nodeType !== 'Return' &&
    block === second.block &&
    block.indexOf(second.statement) === block.indexOf(first.statement) + 1
  );
}
