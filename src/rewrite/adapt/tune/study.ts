/**
 * The lines of a search with Optuna: an objective, a study, and its result put to use.
 */
import { walk } from 'py-ast';
import type {
  ASTNodeUnion,
  Call,
  ExprNode,
  FunctionDef,
  StmtNode
} from 'py-ast';

import { loadedNames, storedNames } from '../../lifter/celltext';
import { type Loop, isCompound } from '../blocks';
import { rangeOf } from '../passes';
import { type CallGraph, type Definition, isDefinition } from './callgraph';
import { Copy, freeNames, indented } from './copy';
import { type IPlan, isMaking } from './plan';
import { isMinimised } from './score';
import { isIntersecting, namesIn, within } from './slice';
import { suggestion } from './spaces';
import type { ITraining } from './training';
import type { ITunable } from './tunables';

/** Names in the adapted script that are not in the original. */
export interface IOwnNames {
  tuned: string;
  original: string;
  objective: string;
  study: string;
  score: string;
  scores: string;
  validate: string;
  passes: string;
}

/** What the user chooses. */
export interface IStudyOptions {
  project: string;
  trials: number;
}

/** Packages that a study needs beside those of the script. */
export type Needed = Set<string>;

/** Writes a study. */
export class Study {
  constructor(
    private readonly _calls: CallGraph,
    private readonly _training: ITraining,
    private readonly _plan: IPlan,
    readonly names: IOwnNames,
    private readonly _options: IStudyOptions
  ) {}

  readonly imports: Needed = new Set(['optuna']);

  /** The lines before the statement that the search takes place before. */
  lines(): string[] {
    const { study } = this.names;
    const objective = this._objective();
    const random = this._random();
    return [
      ...this._early(),
      ...this._original(),
      ...random.save,
      ...this._gap,
      ...objective,
      ...this._gap,
      ...this._create(),
      ...this._optimize(),
      ...this._use(one => `${study}.best_params["${one.name}"]`),
      ...random.restore,
      ''
    ];
  }

  /** What is between a function and what is around it. */
  private get _gap(): string[] {
    return this._isModule ? ['', ''] : [''];
  }

  /** Entries of the dictionary of literals that are tuned. */
  get literals(): ITunable[] {
    return this._plan.tunables.filter(
      ({ holder }) => holder.kind === 'literal'
    );
  }

  /** Module variables that the training function sets. */
  get globals(): string[] {
    return this._plan.tunables.flatMap(({ holder }) =>
      holder.kind === 'variable' && holder.isGlobal ? [holder.name] : []
    );
  }

  /** The text that stands for tuned literals, by their nodes. */
  replacedLiterals(): Map<unknown, string> {
    const replaced = new Map<unknown, string>();
    const added = new Map<Call, string[]>();
    for (const { name, holder } of this.literals) {
      if (holder.kind !== 'literal') {
        continue;
      }
      const text = `${this.names.tuned}["${name}"]`;
      if (holder.node) {
        replaced.set(holder.node, text);
      } else if (holder.call) {
        const keyword = name.replace(/_\d+$/, '');
        const there = added.get(holder.call) ?? [];
        added.set(holder.call, [...there, `${keyword}=${text}`]);
      }
    }
    const { text } = this._calls.anchors;
    for (const [call, keywords] of added) {
      const source = text.source(call).replace(/,?\s*\)$/, '');
      const comma = source.endsWith('(') ? '' : ', ';
      replaced.set(call, `${source}${comma}${keywords.join(', ')})`);
    }
    return replaced;
  }

  private _early(): string[] {
    const copy = new Copy(this._calls.anchors.text, {
      keeps: () => true,
      renames: new Map(),
      replaced: new Map()
    });
    return copy.lines(this._plan.early);
  }

  /** The values that the script begins with. */
  private _original(): string[] {
    const { tuned, original } = this.names;
    const others = this._plan.tunables.filter(
      ({ holder }) => holder.kind !== 'literal'
    );
    const pairs = others.map(({ name, source }) => `"${name}": ${source}`);
    if (this.literals.length > 0) {
      pairs.unshift(`**${tuned}`);
    }
    return [`${original} = {${pairs.join(', ')}}`];
  }

  /** Save and restore the state of random numbers, so that the script goes on as without a search. */
  private _random(): { save: string[]; restore: string[]; seed: string[] } {
    const save: string[] = [];
    const restore: string[] = [];
    const seed: string[] = [];
    for (const one of GENERATORS) {
      if (!one.uses.some(library => this._calls.anchors.names.has(library))) {
        continue;
      }
      const name = this._module(one.module);
      save.push(`${one.state} = ${name}.${one.get}()`);
      restore.push(`${name}.${one.set}(${one.state})`);
      seed.push(`${name}.${one.seed}(0)`);
    }
    if (this._calls.anchors.names.has('keras')) {
      restore.unshift(`${this._module('keras')}.utils.clear_session()`);
    }
    return { save, restore, seed };
  }

  /** The name of a module in the script, imported if it is not there. */
  private _module(module: string): string {
    const name = this._calls.anchors.names.nameOf(module);
    if (name === null) {
      this.imports.add(module);
    }
    return name ?? module;
  }

  private _objective(): string[] {
    const { score } = this._plan;
    const globals = this.globals;
    const body = this._body();
    return [
      `def ${this.names.objective}(trial):`,
      ...indented([
        `"""Train with other settings and return the ${score.name.replace(/_/g, ' ')}${this._onWhat()}."""`,
        ...(globals.length > 0 ? [`global ${globals.join(', ')}`] : []),
        ...this._use(one => this._suggestion(one)),
        ...this._random().seed,
        ...this._plan.generators.map(
          name => `${name}_copy = ${this._module('copy')}.deepcopy(${name})`
        ),
        ...this._split(),
        ...body
      ])
    ];
  }

  private _onWhat(): string {
    const { splits, renames, score } = this._plan;
    return splits.length > 0
      ? ' on a part of the training data'
      : score.part === 'valid' || [...renames.values()].length > 0
        ? ' on the validation data'
        : '';
  }

  private _suggestion(one: ITunable): string {
    const start = `${this.names.original}["${one.name}"]`;
    return suggestion(one.name, one.space, start, one.value) ?? start;
  }

  /** Set each hyper-parameter to a value. */
  private _use(value: (one: ITunable) => string): string[] {
    return this._plan.tunables.map(one => {
      const { holder } = one;
      const target =
        holder.kind === 'literal'
          ? `${this.names.tuned}["${one.name}"]`
          : holder.kind === 'variable'
            ? holder.name
            : holder.source;
      return `${target} = ${value(one)}`;
    });
  }

  /** Cut the training data into a part to train on and one to score on. */
  private _split(): string[] {
    const { splits } = this._plan;
    if (splits.length === 0) {
      return [];
    }
    const kinds = splits.map(({ whole }) => this._kindOf(whole));
    if (kinds.every(kind => kind === 'loader')) {
      return splits.flatMap(({ whole, fit, valid }) => {
        const torch = this._module('torch');
        const data = `${torch}.utils.data`;
        return [
          `${fit}_set, ${valid}_set = ${data}.random_split(`,
          `    ${whole}.dataset, [0.8, 0.2], generator=${torch}.Generator().manual_seed(0)`,
          ')',
          `${fit} = ${data}.DataLoader(`,
          `    ${fit}_set, batch_size=${whole}.batch_size, shuffle=True, collate_fn=${whole}.collate_fn`,
          ')',
          `${valid} = ${data}.DataLoader(`,
          `    ${valid}_set, batch_size=${whole}.batch_size, collate_fn=${whole}.collate_fn`,
          ')'
        ];
      });
    }
    if (kinds.includes('dataset')) {
      return splits.flatMap(({ whole, fit, valid }) => {
        const torch = this._module('torch');
        return [
          `${fit}, ${valid} = ${torch}.utils.data.random_split(`,
          `    ${whole}, [0.8, 0.2], generator=${torch}.Generator().manual_seed(0)`,
          ')'
        ];
      });
    }
    if (this._calls.anchors.names.has('sklearn')) {
      const split = this._calls.anchors.names.nameOf(
        'sklearn.model_selection.train_test_split'
      );
      if (split === null) {
        this.imports.add(
          'from sklearn.model_selection import train_test_split'
        );
      }
      const targets = splits.map(({ fit, valid }) => `${fit}, ${valid}`);
      return [
        `${targets.join(', ')} = ${split ?? 'train_test_split'}(`,
        `    ${splits.map(({ whole }) => whole).join(', ')}, test_size=0.2, random_state=0`,
        ')'
      ];
    }
    const [first] = splits;
    return [
      `fit_size = int(0.8 * len(${first.whole}))`,
      ...splits.map(
        ({ whole, fit, valid }) =>
          `${fit}, ${valid} = ${whole}[:fit_size], ${whole}[fit_size:]`
      )
    ];
  }

  private _kindOf(name: string): 'loader' | 'dataset' | 'rows' {
    if (/load|_dl$|batches|_iter$/i.test(name)) {
      return 'loader';
    }
    const made =
      this._calls.madeBy({ nodeType: 'Name', id: name } as never) ?? '';
    const isGiven = [...walk(this._calls.anchors.text.module)].some(
      node =>
        node.nodeType === 'Call' &&
        this._calls.anchors.names.dotted(node.func) ===
          'torch.utils.data.DataLoader' &&
        node.args[0]?.nodeType === 'Name' &&
        node.args[0].id === name
    );
    return isGiven || /^torch\.utils\.data\.|^torchvision\.datasets/.test(made)
      ? 'dataset'
      : 'rows';
  }

  /** What of the script the objective repeats, with the score at its end. */
  private _body(): string[] {
    const { score, copied } = this._plan;
    const loop = this._loop();
    const after = loop ? this._afterwards(loop) : [];
    if (loop !== null && after.length > 0 && this._canRepeat(after)) {
      return this._validating(loop, after);
    }
    const isIn = loop !== null && [...within(loop)].includes(score.statement);
    const isTries = isIn && this._makesModel(loop);
    const value = this._value(this._copy({}));
    const name = this.names.score;
    const isTop = score.statement === score.outer;
    const lines = isTries
      ? [`${this.names.scores}.append(${value})`]
      : isIn
        ? [`${name} = ${value}`, ...this._report(name, this._step(loop))]
        : isTop
          ? [`return ${value}`]
          : [`${name} = ${value}`];
    const place = new Map([[score.statement, lines]]);
    const copy = this._copy(
      score.keepsStatement ? { after: place } : { instead: place }
    );
    return [
      ...this._nested(),
      ...(isTries ? [`${this.names.scores} = []`] : []),
      ...(isIn && !isTries ? this._counter(loop) : []),
      ...(isIn && !isTries
        ? this._copy({
            ...(score.keepsStatement ? { after: place } : { instead: place }),
            atEndOf: new Map([[loop, this._count(loop)]])
          }).lines(copied)
        : copy.lines(copied)),
      ...(isTries
        ? [`return sum(${this.names.scores}) / len(${this.names.scores})`]
        : isTop && !isIn
          ? []
          : [`return ${name}`])
    ];
  }

  /** An objective that scores after every few passes of the loop that trains. */
  private _validating(loop: Loop, after: readonly StmtNode[]): string[] {
    const { copied, score } = this._plan;
    const plain = this._copy({});
    const { validate } = this.names;
    const scored = after.filter(
      one => one !== score.statement || score.keepsStatement
    );
    const value = this._value(plain);
    const back = this._backToTraining(loop, after);
    const step = this._step(loop);
    const every = this._every(loop, step);
    const report = this._report(`${validate}()`, step);
    const copy = this._copy({
      atEndOf: new Map([
        [
          loop,
          [
            ...(every === null
              ? report
              : [`if ${every}:`, ...indented(report)]),
            ...this._count(loop)
          ]
        ]
      ])
    });
    const result = back.length > 0 ? this.names.score : null;
    return [
      ...this._nested(),
      ...this._counter(loop),
      '',
      `def ${validate}():`,
      ...indented([
        ...plain.lines(scored),
        ...(result
          ? [`${result} = ${value}`, ...back, `return ${result}`]
          : [`return ${value}`])
      ]),
      '',
      ...copy.lines(copied.filter(one => !after.includes(one))),
      `return ${validate}()`
    ];
  }

  private _copy(more: Partial<ConstructorParameters<typeof Copy>[1]>): Copy {
    const { kept, renames, score, generators } = this._plan;
    const all = new Map(renames);
    generators.forEach(name => all.set(name, `${name}_copy`));
    return new Copy(this._calls.anchors.text, {
      keeps: statement =>
        kept.has(statement) &&
        (statement !== score.statement || score.keepsStatement),
      renames: all,
      replaced: this.replacedLiterals(),
      ...more
    });
  }

  /** The source of the score as a number. */
  private _value(copy: Copy): string {
    const { node: shown, shownIn, statement } = this._plan.score;
    const node = typeof shown === 'string' ? shown : exact(shown);
    const source =
      typeof node === 'string'
        ? node
        : shownIn && statement.nodeType === 'Expr'
          ? copy.text(statement.value)
          : copy.text(node);
    return /^float\(.*\)$|\.item\(\)$/.test(source)
      ? source
      : `float(${source})`;
  }

  private _report(value: string, step: string): string[] {
    return [
      `trial.report(${value}, ${step})`,
      'if trial.should_prune():',
      '    raise optuna.TrialPruned()'
    ];
  }

  /** The loop that trains, if there is one. */
  private _loop(): Loop | null {
    for (const outer of this._plan.copied) {
      for (const statement of within(outer)) {
        if (
          (statement.nodeType === 'For' || statement.nodeType === 'While') &&
          this._plan.kept.has(statement) &&
          this._calls.trains([statement])
        ) {
          return statement;
        }
      }
    }
    return null;
  }

  /** What is repeated after the loop, up to the score. */
  private _afterwards(loop: StmtNode): StmtNode[] {
    const { copied, score } = this._plan;
    const outer = copied.findIndex(one => [...within(one)].includes(loop));
    const after = copied.slice(outer + 1);
    return after.includes(score.statement) ? after : [];
  }

  /** Whether statements can run many times during training: they load nothing and keep names apart. */
  private _canRepeat(after: readonly StmtNode[]): boolean {
    const { text } = this._calls.anchors;
    const own = new Set<string>();
    const before = storedNames(
      this._plan.copied.filter(one => !after.includes(one))
    );
    for (const one of after) {
      const isOdd =
        /\bload|\.fit\(|\.train\(/.test(text.source(one as never)) ||
        this._calls.trains([one]);
      const counted =
        one.nodeType === 'For'
          ? namesIn([one.target as ASTNodeUnion])
          : new Set<string>();
      const stored = [...storedNames([one])].filter(name => !counted.has(name));
      const read = loadedNames(one as ASTNodeUnion);
      const clashes = stored.some(
        name => before.has(name) && read.has(name) && !own.has(name)
      );
      if (isOdd || clashes) {
        return false;
      }
      stored.forEach(name => own.add(name));
    }
    return true;
  }

  private _makesModel(loop: StmtNode): boolean {
    return [...within(loop)].some(
      one => !isCompound(one) && isMaking(one, this._calls)
    );
  }

  /** Set models back to training that scoring sets to evaluation, when the loop does not. */
  private _backToTraining(
    loop: StmtNode,
    after: readonly StmtNode[]
  ): string[] {
    const { text } = this._calls.anchors;
    const training = [
      loop,
      ...(this._calls.reached([loop as ASTNodeUnion]) as StmtNode[])
    ];
    if (training.some(one => /\.train\(/.test(text.source(one as never)))) {
      return [];
    }
    return after.flatMap(one => {
      const found = /^(\w+)\.eval\(\)$/.exec(text.source(one as never).trim());
      return found ? [`${found[1]}.train()`] : [];
    });
  }

  /** The number of a pass of a loop. */
  private _step(loop: Loop): string {
    if (loop.nodeType === 'For') {
      const { target } = loop;
      const name = rangeOf(loop.iter) ? target : null;
      const first =
        loop.iter.nodeType === 'Call' &&
        loop.iter.func.nodeType === 'Name' &&
        loop.iter.func.id === 'enumerate' &&
        target.nodeType === 'Tuple'
          ? target.elts[0]
          : name;
      if (first?.nodeType === 'Name') {
        return first.id;
      }
    }
    return this.names.passes;
  }

  /** How often to score: about ten times, and after each pass when there are few. */
  private _every(loop: Loop, step: string): string | null {
    const range = loop.nodeType === 'For' ? rangeOf(loop.iter) : null;
    const last =
      range && (range.args.length > 1 ? range.args[1] : range.args[0]);
    if (!last) {
      return null;
    }
    if (last.nodeType === 'Constant' && typeof last.value === 'number') {
      const every = Math.ceil(last.value / 10);
      return last.value <= 20 ? null : `${step} % ${every} == 0`;
    }
    const source = this._calls.anchors.text.source(last);
    const total = /^([\w.]+)( \+ 1)?$/.exec(source)?.[1];
    return total === undefined ? null : `${step} % max(1, ${total} // 10) == 0`;
  }

  private _counter(loop: Loop): string[] {
    const { passes } = this.names;
    return this._step(loop) === passes ? [`${passes} = 0`] : [];
  }

  private _count(loop: Loop): string[] {
    const { passes } = this.names;
    return this._step(loop) === passes ? [`${passes} += 1`] : [];
  }

  /** Functions that use variables of the script which are other ones in the objective. */
  private _nested(): string[] {
    const { shownIn, node } = this._plan.score;
    const copy = this._copy({
      keeps: () => true,
      ...(shownIn && typeof node !== 'string'
        ? {
            instead: new Map([
              [shownIn.statement, [`return ${this._copy({}).text(node)}`]]
            ])
          }
        : {})
    });
    return this._nestedDefinitions().flatMap(one => [
      '',
      ...copy.definition(one as FunctionDef),
      ''
    ]);
  }

  private _nestedDefinitions(): Definition[] {
    const { copied, kept, renames, score } = this._plan;
    const changed = new Set([
      ...storedNames(copied.filter(one => kept.has(one))),
      ...renames.keys(),
      ...this._plan.generators
    ]);
    const { block } = this._training;
    const reached = this._calls.reached(copied as ASTNodeUnion[]);
    const local = block.filter(
      one => isDefinition(one) && !copied.includes(one) && !this._isModule
    ) as unknown as Definition[];
    const known = this._isModule ? reached : local;
    const found = new Set<Definition>();
    if (score.shownIn) {
      found.add(score.shownIn.function);
    }
    for (let size = -1; size !== found.size;) {
      size = found.size;
      for (const one of known) {
        if (
          !found.has(one) &&
          isIntersecting(freeNames(one as ASTNodeUnion), changed)
        ) {
          found.add(one);
          changed.add(one.name);
        }
      }
    }
    return [
      ...known,
      ...(score.shownIn ? [score.shownIn.function] : [])
    ].filter((one, index, all) => found.has(one) && all.indexOf(one) === index);
  }

  private _create(): string[] {
    const { study, original } = this.names;
    const { project } = this._options;
    const direction = isMinimised(this._plan.score.name)
      ? 'minimize'
      : 'maximize';
    return [
      `${study} = optuna.create_study(`,
      ...indented([
        `study_name="${project}",`,
        'storage="sqlite:///optuna.db",',
        `direction="${direction}",`,
        'pruner=optuna.pruners.MedianPruner(n_startup_trials=3),',
        'load_if_exists=True,'
      ]),
      ')',
      '# Another seed when the study goes on, or it would try the same values again.',
      `${study}.sampler = optuna.samplers.TPESampler(seed=len(${study}.trials))`,
      `${study}.enqueue_trial(${original}, skip_if_exists=True)`
    ];
  }

  private _optimize(): string[] {
    const { study, objective } = this.names;
    const finished = `sum(trial.state.is_finished() for trial in ${study}.trials)`;
    const optimize = [
      `${study}.optimize(`,
      `    ${objective}, n_trials=max(0, ${this._options.trials} - ${finished})`,
      ')'
    ];
    if (!this._speaks()) {
      return optimize;
    }
    const { names } = this._calls.anchors;
    const quiet = `with ${this._module('contextlib')}.redirect_stdout(${this._module('io')}.StringIO()):`;
    const logging = names.nameOf('logging');
    return logging
      ? [
          `${logging}.disable(${logging}.INFO)`,
          quiet,
          ...indented(optimize),
          `${logging}.disable(${logging}.NOTSET)`
        ]
      : [quiet, ...indented(optimize)];
  }

  /** Whether trials could print. */
  private _speaks(): boolean {
    const { names } = this._calls.anchors;
    return (
      this._calls.reached(this._plan.copied as ASTNodeUnion[]).length > 0 ||
      ['keras', 'pytorch_lightning', 'lightning', 'xgboost', 'lightgbm'].some(
        one => names.has(one)
      ) ||
      this._calls.hasOwnModules
    );
  }

  private get _isModule(): boolean {
    return this._training.function === null;
  }
}

/** Where random numbers come from. */
const GENERATORS = [
  {
    module: 'random',
    uses: ['random', 'keras', 'pytorch_lightning', 'lightning'],
    state: 'random_before',
    get: 'getstate',
    set: 'setstate',
    seed: 'seed'
  },
  {
    module: 'numpy',
    uses: ['numpy', 'sklearn', 'keras'],
    state: 'numpy_before',
    get: 'random.get_state',
    set: 'random.set_state',
    seed: 'random.seed'
  },
  {
    module: 'torch',
    uses: ['torch', 'keras'],
    state: 'torch_before',
    get: 'get_rng_state',
    set: 'set_rng_state',
    seed: 'manual_seed'
  }
];

/** A value that was rounded to be shown, as it was before. */
function exact(node: ExprNode): ExprNode {
  return node.nodeType === 'Call' &&
    node.func.nodeType === 'Name' &&
    node.func.id === 'round' &&
    node.args.length > 0
    ? node.args[0]
    : node;
}
