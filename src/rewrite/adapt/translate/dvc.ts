/**
 * From Git alone to DVC: binary files that a script versions with GitPython go to DVC's cache and
 * remote, and Git gets what points to them. Revisions, branches and tags stay as they are.
 */
import type { Call, ExprNode, StmtNode } from 'py-ast';

import { Anchors } from '../anchors';
import { type IPlace, ownExpressions } from '../blocks';
import type { IAdaptation, INote } from '../program';
import { Splice } from '../splice';
import { DVC_HELPERS, DVC_IMPORTS } from './dvchelpers';

/** Methods of `repo.git` and of branches after which the files are those of another revision. */
const MOVES: ReadonlySet<string> = new Set([
  'checkout',
  'switch',
  'reset',
  'merge',
  'pull',
  'revert',
  'cherry_pick',
  'stash',
  'rebase'
]);

/** Flags with which everything is staged. */
const EVERYTHING: ReadonlySet<string> = new Set([
  '.',
  '-A',
  '--all',
  '-u',
  '*'
]);

/** Whether a script versions files with GitPython. */
export function canUseDvc(source: string): boolean {
  return translateToDvc(source).changed;
}

/** Let DVC keep the binary files of a script's repositories. */
export function translateToDvc(source: string): IAdaptation {
  const anchors = new Anchors(source);
  const unchanged = (notes: INote[]): IAdaptation => ({
    code: source,
    changed: false,
    notes
  });
  if (anchors.names.has('dvc')) {
    return unchanged([]);
  }
  const translation = new Translation(anchors);
  if (!anchors.names.has('git') || !translation.run()) {
    const message =
      'Not translated: no file is staged with GitPython in this script.';
    return unchanged([{ line: 1, message }]);
  }
  return { code: translation.code, changed: true, notes: translation.notes };
}

class Translation {
  constructor(private readonly _anchors: Anchors) {
    this._splice = new Splice(_anchors.text);
    for (const { statement } of _anchors.places) {
      if (statement.nodeType !== 'Assign') {
        continue;
      }
      const { value, targets } = statement;
      const [target] = targets;
      if (value.nodeType === 'Attribute' && value.attr === 'index') {
        this._indexes.set(this._text(target), this._text(value.value));
      }
      if (this._isRepo(value)) {
        this._repos.push(this._text(target));
      }
    }
  }

  readonly notes: INote[] = [];

  /** Translate all statements; false when none stages a file. */
  run(): boolean {
    for (const place of this._anchors.places) {
      this._statement(place);
    }
    if (!this._used.has('add_files')) {
      return false;
    }
    const head = [
      ...DVC_IMPORTS.filter(line => !this._isImported(line)),
      '',
      '',
      ...Object.entries(DVC_HELPERS)
        .filter(([name]) => this._used.has(name))
        .flatMap(([, lines]) => [...lines, '', ''])
    ];
    const { lastImport } = this._anchors;
    if (lastImport) {
      this._splice.after(lastImport, head);
    } else {
      this._splice.atStart(head);
    }
    return true;
  }

  get code(): string {
    return this._splice.toString();
  }

  private _isImported(line: string): boolean {
    const own = this._anchors.text.lines;
    return own.includes(line);
  }

  private _text(node: ExprNode): string {
    return this._anchors.text.source(node);
  }

  private _use(name: string): string {
    this._used.add(name);
    return name;
  }

  /** Whether an expression makes a repository that has files. */
  private _isRepo(value: ExprNode): value is Call {
    if (value.nodeType !== 'Call') {
      return false;
    }
    const dotted = this._anchors.names.dotted(value.func);
    const isBare = value.keywords.some(({ arg }) => arg === 'bare');
    return (
      !isBare &&
      (/^git\.(repo\.)?Repo(\.init|\.clone_from)?$/.test(dotted ?? '') ||
        (value.func.nodeType === 'Attribute' &&
          value.func.attr === 'clone' &&
          this._repos.includes(this._text(value.func.value))))
    );
  }

  private _statement(place: IPlace): void {
    const { statement } = place;
    if (statement.nodeType === 'Assign' && this._isRepo(statement.value)) {
      this._made(statement, this._text(statement.targets[0]), statement.value);
    }
    for (const node of ownExpressions(statement)) {
      if (node.nodeType === 'Call' && node.func.nodeType === 'Attribute') {
        this._call(node, statement);
      }
    }
  }

  /** A repository is opened, made or cloned. */
  private _made(statement: StmtNode, repo: string, call: Call): void {
    const clones =
      call.func.nodeType === 'Attribute' && /^clone/.test(call.func.attr);
    this._splice.after(statement, [
      clones
        ? `${this._use('pull_files')}(${repo})`
        : `${this._use('start_dvc')}(${repo})`
    ]);
  }

  private _call(call: Call, statement: StmtNode): void {
    const { func } = call;
    if (func.nodeType !== 'Attribute') {
      return;
    }
    const owner = this._ownerOf(func.value);
    if (owner && func.attr === 'add') {
      this._add(call, owner);
    } else if (owner && func.attr === 'commit') {
      this._commit(call, statement, owner.repo);
    } else if (this._moves(func, owner)) {
      this._move(call, statement, owner?.repo ?? this._only(func.value));
    } else if (func.attr === 'read') {
      this._read(call, func.value);
    }
  }

  /** The repository of `repo.index` and `repo.git`. */
  private _ownerOf(node: ExprNode): { repo: string; via: string } | null {
    if (node.nodeType === 'Attribute' && /^(index|git)$/.test(node.attr)) {
      return { repo: this._text(node.value), via: node.attr };
    }
    const repo =
      node.nodeType === 'Name' ? this._indexes.get(node.id) : undefined;
    return repo === undefined ? null : { repo, via: 'index' };
  }

  private _add(call: Call, { repo, via }: { repo: string; via: string }): void {
    const add = this._use('add_files');
    const [first] = call.args;
    const texts = call.args.map(arg =>
      arg.nodeType === 'Constant' ? String(arg.value) : ''
    );
    const isAll =
      via === 'git' &&
      (call.keywords.length > 0 || texts.some(text => EVERYTHING.has(text)));
    const paths = isAll
      ? ''
      : via === 'index'
        ? first
          ? `, ${this._text(first)}`
          : ''
        : `, [${call.args.map(arg => this._text(arg)).join(', ')}]`;
    this._splice.replace(call, `${add}(${repo}${paths})`);
  }

  private _commit(call: Call, statement: StmtNode, repo: string): void {
    const stages =
      call.args.some(
        arg =>
          arg.nodeType === 'Constant' && /^-\w*a\w*$/.test(String(arg.value))
      ) || call.keywords.some(({ arg }) => arg === 'a' || arg === 'all');
    if (stages) {
      this._splice.before(statement, [`${this._use('add_files')}(${repo})`]);
    }
    const push = `${this._use('push_files')}(${repo})`;
    if (statement.nodeType === 'Return') {
      const message =
        'What is committed here is returned at once: push it to the remote of DVC afterwards (push_files).';
      this.notes.push({ line: statement.lineno ?? 1, message });
      return;
    }
    this._splice.after(statement, [push]);
  }

  private _moves(
    func: Extract<ExprNode, { nodeType: 'Attribute' }>,
    owner: { repo: string; via: string } | null
  ): boolean {
    if (owner) {
      return MOVES.has(func.attr);
    }
    const { value } = func;
    const isHead = value.nodeType === 'Attribute' && value.attr === 'head';
    return (
      (func.attr === 'reset' && isHead) ||
      (func.attr === 'checkout' && this._repos.length > 0)
    );
  }

  private _move(call: Call, statement: StmtNode, repo: string | null): void {
    if (repo === null) {
      return;
    }
    const at = call.args.findIndex(
      arg => arg.nodeType === 'Constant' && arg.value === '--'
    );
    if (at >= 0 && at + 1 < call.args.length) {
      const paths = call.args.slice(at + 1);
      const named = paths.map(path => this._text(path)).join(', ');
      const before = call.args.slice(0, at + 1).map(arg => this._text(arg));
      this._splice.replace(
        call,
        `${this._text(call.func)}(${before.join(', ')}, *${this._use('pointers')}(${repo}, [${named}]))`
      );
    }
    this._splice.after(statement, [`${this._use('checkout_files')}(${repo})`]);
  }

  /** `(commit.tree / path).data_stream.read()` and `commit.tree[path].data_stream.read()`. */
  private _read(call: Call, stream: ExprNode): void {
    const blob =
      stream.nodeType === 'Attribute' && stream.attr === 'data_stream'
        ? stream.value
        : null;
    const [tree, path] =
      blob?.nodeType === 'BinOp'
        ? [blob.left, blob.right]
        : blob?.nodeType === 'Subscript'
          ? [blob.value, blob.slice as ExprNode]
          : [null, null];
    if (tree?.nodeType === 'Attribute' && tree.attr === 'tree' && path) {
      const repo = this._only(tree.value);
      if (repo !== null) {
        this._splice.replace(
          call,
          `${this._use('read_file')}(${repo}, ${this._text(tree.value)}, ${this._text(path)})`
        );
      }
    }
  }

  /** The repository that an expression begins with, or the only one that there is. */
  private _only(node: ExprNode): string | null {
    const text = this._text(node);
    const begun = this._repos.find(
      repo => text === repo || text.startsWith(`${repo}.`)
    );
    const all = [...new Set(this._repos)];
    return begun ?? (all.length === 1 ? all[0] : null);
  }

  private readonly _splice: Splice;
  private readonly _repos: string[] = [];
  private readonly _indexes = new Map<string, string>();
  private readonly _used = new Set<string>();
}
