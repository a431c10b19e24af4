/**
 * What an objective repeats of a script, and on which part of the data.
 */
import { walk } from 'py-ast';
import type { ASTNodeUnion, StmtNode } from 'py-ast';

import { loadedNames, storedNames } from '../../lifter/celltext';
import { isCompound, ownExpressions, targetNames } from '../blocks';
import { type CallGraph, calledName, isDefinition } from './callgraph';
import { freeNames } from './copy';
import { fitName, isCounterpart, validName } from './data';
import type { IScore } from './score';
import { Slice, baseName, innerBlocks, namesIn, within } from './slice';
import type { ITraining } from './training';
import { type ITunable, tunablesOf } from './tunables';

/** A training variable that is split, with the parts of it. */
export interface ISplit {
  whole: string;
  fit: string;
  valid: string;
}

/** What becomes the objective. */
export interface IPlan {
  score: IScore;
  tunables: ITunable[];
  /** The statement before which the search takes place. */
  at: StmtNode;
  /** Statements that make data which the script makes only later. */
  early: StmtNode[];
  /** The statements of the objective. */
  copied: StmtNode[];
  kept: ReadonlySet<StmtNode>;
  splits: ISplit[];
  renames: Map<string, string>;
  /** Generators of random numbers that the objective needs copies of. */
  generators: string[];
}

/** Why a search by a score is not possible. */
export class NoPlan extends Error {}

/** Libraries whose calls wrap data for training; they belong into the objective. */
const WRAPPING =
  /^(torch\.utils\.data\.(DataLoader|TensorDataset)|xgboost\.DMatrix|xgboost\.QuantileDMatrix|lightgbm\.Dataset)$/;

/** Calls whose results are changed by training, or depend on settings. */
const MAKING =
  /^(sklearn\.(?!datasets|model_selection|metrics|utils|preprocessing|feature_extraction|impute)|torch\.(nn|optim)\.(?!functional|init)|xgboost\.XGB|lightgbm\.LGBM|keras\.(?!datasets|utils)|tensorflow\.keras\.(?!datasets|utils)|pytorch_lightning\.(?!seed)|lightning\.)/;

/** Calls that make a generator of random numbers, which remembers how often it was asked. */
const GENERATING =
  /^(torch\.Generator|numpy\.random\.(default_rng|RandomState)|random\.Random)$/;

/** Plan an objective that goes by a score. @throws {NoPlan} when there is none. */
export function planOf(
  calls: CallGraph,
  training: ITraining,
  score: IScore
): IPlan {
  return new Planner(calls, training, score).plan();
}

class Planner {
  constructor(
    private readonly _calls: CallGraph,
    private readonly _training: ITraining,
    private readonly _score: IScore
  ) {
    const { block } = _training;
    this._block = block.slice(0, block.indexOf(_score.outer) + 1);
    const candidates = this._block.filter(
      one => !isImport(one) && !(isDefinition(one) && this._isModule)
    );
    const { node } = _score;
    const seeds =
      typeof node === 'string'
        ? [/^\w+/.exec(node)?.[0] ?? '']
        : namesIn([node as ASTNodeUnion]);
    const shown = _score.shownIn
      ? loadedNames(_score.statement as ASTNodeUnion)
      : [];
    this._slice = new Slice(
      _calls,
      candidates,
      [...(_score.shownIn ? [] : seeds), ...shown],
      _score.statement,
      !_score.keepsStatement
    );
  }

  plan(): IPlan {
    const chosen = this._slice.outermost;
    const nodes = [...this._slice.kept].flatMap(one => ownNodes(one));
    const tunables = tunablesOf(this._calls, this._training, nodes);
    const start = this._start(chosen, tunables);
    const usable = tunables
      .map(one => this._asLiteral(one, start))
      .filter(one => this._isUsed(one, chosen, start));
    if (usable.length === 0) {
      throw new NoPlan('no hyper-parameter is known here');
    }
    const at = this._block[start];
    const late = chosen.filter(one => this._block.indexOf(one) >= start);
    const early = this._early(late, start);
    const copied = late.filter(one => !early.includes(one));
    const parts = this._parts(copied);
    return {
      score: this._score,
      tunables: usable,
      at,
      early: early.length > 0 ? this._earlySlice(early) : [],
      copied,
      kept: this._withoutDoubles(parts.renames),
      ...parts,
      generators: this._generators(copied)
    };
  }

  /** The first statement that has to be repeated. */
  private _start(
    chosen: readonly StmtNode[],
    tunables: readonly ITunable[]
  ): number {
    const index = (one: StmtNode) => this._block.indexOf(one);
    const calls = new Set(
      tunables.flatMap(({ holder }) =>
        holder.kind === 'literal' ? [holder.call as unknown] : []
      )
    );
    let start = Math.min(
      ...chosen.filter(one => this._isRepeated(one, calls)).map(index)
    );
    for (let before = -1; before !== start;) {
      before = start;
      const repeated = chosen.filter(one => index(one) >= start);
      const changed = this._changedBy(repeated);
      for (const one of chosen) {
        const stored = [...storedNames([one])];
        if (
          index(one) < start &&
          stored.some(
            name => changed.has(name) && this._calls.partOf(name) === null
          )
        ) {
          start = index(one);
        }
      }
    }
    return start;
  }

  /** Whether a statement makes something that training changes, or trains, or has a setting. */
  private _isRepeated(
    statement: StmtNode,
    calls: ReadonlySet<unknown>
  ): boolean {
    if (isDefinition(statement)) {
      return false;
    }
    if (this._calls.trains([statement]) || statement === this._score.outer) {
      return true;
    }
    const nodes = [...walk(statement as ASTNodeUnion)];
    if (nodes.some(node => calls.has(node))) {
      return true;
    }
    const wraps = nodes.some(
      node =>
        node.nodeType === 'Call' &&
        WRAPPING.test(calledName(node, this._calls) ?? '') &&
        this._wrapsPart(node)
    );
    const stored = [...storedNames([statement])];
    return (
      wraps ||
      (isMaking(statement, this._calls) &&
        (stored.length === 0 ||
          stored.some(one => this._calls.partOf(one) === null)))
    );
  }

  private _wrapsPart(node: ASTNodeUnion): boolean {
    return [...namesIn([node])].some(name => this._calls.partOf(name) !== null);
  }

  /** The names that statements assign or change. */
  private _changedBy(statements: readonly StmtNode[]): Set<string> {
    const names = new Set<string>();
    for (const outer of statements) {
      for (const statement of within(outer)) {
        if (!this._slice.kept.has(statement)) {
          continue;
        }
        if (!isCompound(statement)) {
          storedNames([statement]).forEach(name => names.add(name));
        }
        const call = statement.nodeType === 'Expr' ? statement.value : null;
        const base = call?.nodeType === 'Call' ? baseName(call.func) : null;
        if (
          call?.nodeType === 'Call' &&
          call.func.nodeType === 'Attribute' &&
          base !== null &&
          this._calls.anchors.names.dotted(call.func) === null
        ) {
          names.add(base);
        }
        const target =
          statement.nodeType === 'Assign'
            ? statement.targets[0]
            : statement.nodeType === 'AugAssign'
              ? statement.target
              : null;
        if (target) {
          names.add(baseName(target) ?? '');
        }
      }
    }
    return names;
  }

  /** A variable that is assigned only in what is repeated is tuned there. */
  private _asLiteral(tunable: ITunable, start: number): ITunable {
    const { holder } = tunable;
    const assigned =
      holder.kind === 'variable'
        ? this._block
            .slice(start)
            .find(
              one =>
                one.nodeType === 'Assign' &&
                targetNames(one).includes(holder.name)
            )
        : undefined;
    return assigned?.nodeType === 'Assign'
      ? {
          ...tunable,
          holder: { kind: 'literal', node: assigned.value, call: null },
          source: this._calls.anchors.text.source(assigned.value)
        }
      : tunable;
  }

  /** Whether a setting has a say in what is repeated. */
  private _isUsed(
    { holder }: ITunable,
    chosen: readonly StmtNode[],
    start: number
  ): boolean {
    const late = chosen.filter(one => this._block.indexOf(one) >= start);
    if (holder.kind === 'literal') {
      return true;
    }
    const name = holder.kind === 'variable' ? holder.name : holder.base;
    const reached = this._calls.reached(late as ASTNodeUnion[]);
    const text = (one: StmtNode) =>
      this._calls.anchors.text.source(one as never);
    return [...late, ...(reached as StmtNode[])].some(one =>
      holder.kind === 'variable'
        ? loadedNames(one as ASTNodeUnion).has(name)
        : text(one).includes(holder.source) ||
          loadedNames(one as ASTNodeUnion).has(name)
    );
  }

  /** Statements that only make data, and come after the search has to begin. */
  private _early(late: readonly StmtNode[], start: number): StmtNode[] {
    const first = this._block.indexOf(this._training.statements[0]);
    const found: StmtNode[] = [];
    const known = new Set<string>(
      [...storedNames(this._block.slice(0, start))].filter(
        one => this._calls.partOf(one) !== null
      )
    );
    for (const one of late) {
      const stored = [...storedNames([one])];
      const isData =
        stored.length > 0 &&
        stored.every(name => this._calls.partOf(name) !== null);
      if (
        isData &&
        this._block.indexOf(one) < first &&
        stored.every(name => !known.has(name)) &&
        !this._isRepeated(one, new Set()) &&
        ![...loadedNames(one as ASTNodeUnion)].some(
          name => this._calls.partOf(name) !== null
        )
      ) {
        found.push(one);
      }
    }
    return found;
  }

  private _earlySlice(early: readonly StmtNode[]): StmtNode[] {
    const last = this._block.indexOf(early[early.length - 1]);
    const start = this._block
      .slice(0, last + 1)
      .filter(one => !isImport(one) && !isDefinition(one));
    const slice = new Slice(this._calls, start, storedNames(early));
    return slice.outermost.filter(one => this._block.indexOf(one) >= 0);
  }

  /** Which names hold training and test data, and what stands for them in the objective. */
  private _parts(copied: readonly StmtNode[]): {
    splits: ISplit[];
    renames: Map<string, string>;
  } {
    const renames = new Map<string, string>();
    const { free: all, own } = this._names(copied);
    const { names } = this._calls.anchors;
    const free = all.filter(
      name =>
        !this._calls.definitions.has(name) &&
        names.dotted({ nodeType: 'Name', id: name } as never) === null
    );
    const tests = free.filter(name => this._calls.partOf(name) === 'test');
    const trains = free.filter(name => this._calls.partOf(name) === 'train');
    const visible = storedNames(this._block);
    this._refuseTestData(copied);
    for (const name of own) {
      if (this._calls.partOf(name) === 'test' || /(^|_)test(_|$)/.test(name)) {
        renames.set(name, validName(name));
      }
    }
    if (tests.length === 0) {
      if (this._score.part === 'test' && renames.size === 0) {
        throw new NoPlan('its metric needs the test data');
      }
      return { splits: [], renames };
    }
    const isThere = (name: string) =>
      [...visible].find(
        one =>
          this._calls.partOf(one) === 'valid' &&
          sameBesides(one, validName(name))
      );
    if (tests.every(isThere)) {
      tests.forEach(name => renames.set(name, isThere(name) ?? ''));
      return { splits: [], renames };
    }
    const unused = (name: string) =>
      visible.has(name) ? `${name}_part` : name;
    const splits = tests.map(test => {
      const whole =
        trains.find(one => isCounterpart(one, test)) ??
        trains.find(one => this._calls.isSplitPair(one, test));
      if (!whole) {
        throw new NoPlan(`there is no training part for '${test}'`);
      }
      return { whole, fit: fitName(whole), valid: unused(validName(test)) };
    });
    // Training data whose test part the score does not need is cut all the same.
    for (const whole of trains) {
      if (!splits.some(one => one.whole === whole)) {
        splits.push({
          whole,
          fit: fitName(whole),
          valid: `${fitName(whole)}_rest`
        });
      }
    }
    splits.forEach(({ whole, fit }) => renames.set(whole, fit));
    tests.forEach(test => renames.set(test, unused(validName(test))));
    return { splits, renames };
  }

  /** What is kept, less statements that make test data that has become validation data. */
  private _withoutDoubles(renames: ReadonlyMap<string, string>): Set<StmtNode> {
    const made = storedNames([...this._slice.kept]);
    return new Set(
      [...this._slice.kept].filter(
        one => !targetNames(one).some(name => made.has(renames.get(name) ?? ''))
      )
    );
  }

  private _generators(copied: readonly StmtNode[]): string[] {
    return this._names(copied).free.filter(name =>
      GENERATING.test(
        this._calls.madeBy({ nodeType: 'Name', id: name } as never) ?? ''
      )
    );
  }

  /** The names that statements read before they assign them, and those they assign. */
  private _names(copied: readonly StmtNode[]): {
    free: string[];
    own: Set<string>;
  } {
    const free = new Set<string>();
    const own = new Set<string>();
    const visit = (statement: StmtNode) => {
      if (!this._slice.kept.has(statement)) {
        return;
      }
      const isNested = isCompound(statement) && !isDefinition(statement);
      const read =
        statement === this._score.statement && !this._score.keepsStatement
          ? this._scoreNames()
          : isNested
            ? namesIn(ownExpressions(statement))
            : loadedNames(statement as ASTNodeUnion);
      this._withFunctions(read).forEach(name => {
        if (!own.has(name)) {
          free.add(name);
        }
      });
      if (isNested) {
        headNames(statement).forEach(name => own.add(name));
        innerBlocks(statement).flat().forEach(visit);
      } else {
        storedNames([statement]).forEach(name => own.add(name));
      }
    };
    copied.forEach(visit);
    return { free: [...free], own };
  }

  /** Test data that is made inside the objective would be what it is scored on. */
  private _refuseTestData(copied: readonly StmtNode[]): void {
    for (const statement of copied.flatMap(one => [...within(one)])) {
      const isMade =
        this._slice.kept.has(statement) &&
        !isCompound(statement) &&
        [...storedNames([statement])].some(
          one => this._calls.partOf(one) === 'test'
        ) &&
        ![...loadedNames(statement as ASTNodeUnion)].some(
          one => this._calls.partOf(one) !== null
        );
      if (isMade) {
        throw new NoPlan(
          `test data is made after what is tuned, in line ${statement.lineno}`
        );
      }
    }
  }

  /** Names, and those that the functions of these names use. */
  private _withFunctions(names: ReadonlySet<string>): Set<string> {
    const used = [...names].map(id => ({ nodeType: 'Name', id }) as never);
    const all = new Set(names);
    for (const definition of this._calls.reached(used)) {
      freeNames(definition as ASTNodeUnion).forEach(name => all.add(name));
    }
    return all;
  }

  private _scoreNames(): Set<string> {
    const { node, shownIn, statement } = this._score;
    return shownIn
      ? loadedNames(statement as ASTNodeUnion)
      : typeof node === 'string'
        ? new Set()
        : namesIn([node as ASTNodeUnion]);
  }

  private get _isModule(): boolean {
    return this._training.function === null;
  }

  private readonly _block: readonly StmtNode[];
  private readonly _slice: Slice;
}

/** Whether a statement makes a model or an optimizer. */
export function isMaking(statement: StmtNode, calls: CallGraph): boolean {
  return [...walk(statement as ASTNodeUnion)].some(node => {
    const name = node.nodeType === 'Call' ? calledName(node, calls) : null;
    return (
      name !== null &&
      (MAKING.test(name) ||
        (calls.definitions.get(name)?.nodeType === 'ClassDef' &&
          !isSettings(name, calls)))
    );
  });
}

/** What a statement says itself: all of it, or the header of a compound one. */
function ownNodes(statement: StmtNode): ASTNodeUnion[] {
  return isCompound(statement) && !isDefinition(statement)
    ? [...ownExpressions(statement)]
    : [statement as ASTNodeUnion];
}

/** The names that the header of a compound statement assigns. */
function headNames(statement: StmtNode): Set<string> {
  return statement.nodeType === 'For'
    ? namesIn([statement.target as ASTNodeUnion])
    : statement.nodeType === 'With'
      ? namesIn(
          statement.items.flatMap(one =>
            one.optional_vars ? [one.optional_vars as ASTNodeUnion] : []
          )
        )
      : new Set();
}

function isImport(statement: StmtNode): boolean {
  return statement.nodeType === 'Import' || statement.nodeType === 'ImportFrom';
}

/** Whether a class only holds settings. */
function isSettings(name: string, calls: CallGraph): boolean {
  const definition = calls.definitions.get(name);
  return (
    definition?.nodeType === 'ClassDef' &&
    !definition.body.some(one => one.nodeType === 'FunctionDef')
  );
}

/** Whether two names for validation data mean the same, however they say it. */
function sameBesides(one: string, other: string): boolean {
  const plain = (name: string) =>
    name.toLowerCase().replace(/valid(ation)?|val|va|dev/, '');
  return plain(one) === plain(other);
}
