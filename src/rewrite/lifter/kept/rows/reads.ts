/**
 * The files that kept statements open, handed in as tables instead: a text file as
 * its lines, a file of the csv module as its rows.
 */
import type { ASTNodeUnion, Call, ExprNode, FunctionDef } from 'py-ast';

import type { CellText } from '../../celltext';
import { quote } from '../../expression';
import type { Machine } from '../../machine';
import type { IPath, IScan, KeptHelper } from '../../plan';
import { Layout } from '../../plan';
import { LiftRefusal } from '../../refusal';
import { FileNames } from './filenames';
import {
  csvReader,
  handleOf,
  hasHeader,
  isRunThrough,
  readingOf
} from './handles';
import { listedFiles } from './listing';
import { openingOf } from './opening';
import type { IOpening } from './opening';
import { AS_LINES, argumentAt, runBy } from './scope';
import type { Definition, IEdit, IReading, IScopeOfCode } from './scope';

/** The variable with the files that are written on the way. */
export const MEMORY = 'in_memory';

/** Finds what is opened, and how to write it. */
export class Reads {
  constructor(
    private readonly _machine: Machine,
    scopes: readonly IScopeOfCode[],
    definition: (name: string) => Definition | null
  ) {
    this._names = new FileNames(_machine, scopes, definition);
  }

  private readonly _names: FileNames;

  readonly scans: IScan[] = [];
  readonly paths: IPath[] = [];
  readonly edits = new Map<CellText, IEdit[]>();
  /** Functions that open files which are their parameters. */
  readonly parameters = new Map<FunctionDef, Map<string, IReading>>();
  /** Helpers that the edited code calls. */
  readonly helpers = new Set<KeptHelper>();
  /** Readers of the csv module that go on reading lines. */
  private readonly _overLines = new Set<Call>();
  /** Files that are written on the way. */
  private readonly _written = new Set<string>();

  /** Note what a scope writes: that is read from memory. */
  write(scope: IScopeOfCode): void {
    for (const node of scope.nodes) {
      if (node.nodeType !== 'Call') {
        continue;
      }
      const opening = openingOf(node, this._machine);
      if (opening?.writes) {
        this._writing(opening.path, node, scope);
      } else if (
        node.func.nodeType === 'Attribute' &&
        node.func.attr === 'to_csv' &&
        node.args.length > 0
      ) {
        this._writing(node.args[0], node.args[0], scope);
      }
    }
  }

  private _writing(path: ExprNode, node: ExprNode, scope: IScopeOfCode): void {
    this._names.pathsOf(path, scope).forEach(each => this._written.add(each));
    this.helpers.add('in_memory');
    const key = this._key(path, scope);
    this._edit(scope.text, node, () => `${MEMORY}.writing(${key})`);
  }

  /** The key of a file that was written on the way; null for any other. */
  private _writtenKey(path: ExprNode, scope: IScopeOfCode): string | null {
    if (this._written.size === 0) {
      return null;
    }
    const paths = this._names.pathsOf(path, scope);
    if (!paths.some(each => this._written.has(each))) {
      return null;
    }
    if (!paths.every(each => this._written.has(each))) {
      throw LiftRefusal.at(
        path,
        'Some of these files are written here, others are not.'
      );
    }
    return this._key(path, scope);
  }

  /** Note what a scope opens. */
  open(scope: IScopeOfCode): void {
    for (const node of scope.nodes) {
      const opening =
        node.nodeType === 'Call' ? openingOf(node, this._machine) : null;
      if (opening && !opening.writes && node.nodeType === 'Call') {
        this._open(node, opening, scope);
      }
    }
    for (const node of scope.nodes) {
      if (node.nodeType === 'Call') {
        this._csv(node, scope);
        this._pandas(node, scope);
        this._list(node, scope);
      }
    }
  }

  /** `pd.read_csv(path)` reads what is handed in under another name. */
  private _pandas(node: Call, scope: IScopeOfCode): void {
    const called = this._machine.path(node.func);
    if (!called?.startsWith('pandas.')) {
      return;
    }
    const { func } = node;
    if (
      func.nodeType !== 'Attribute' ||
      func.value.nodeType !== 'Name' ||
      func.value.id !== 'pd'
    ) {
      throw LiftRefusal.at(node, 'Pandas goes by another name than `pd` here.');
    }
    if (!/^pandas\.read_/.test(called)) {
      return;
    }
    const [file] = node.args;
    if (!file) {
      throw LiftRefusal.at(node, 'What is read here is not known.');
    }
    const written = this._writtenKey(file, scope);
    if (written !== null) {
      this._readBack(node, func.attr, written, scope);
      return;
    }
    const known = this._names
      .pathsOf(file, scope)
      .map(value => this._path(value));
    this._edit(scope.text, file, names =>
      chosen(
        this._key(file, scope),
        known.map(path => [path.value ?? '', names.path(path)])
      )
    );
  }

  /** `pd.read_csv(...)` of a file that was written on the way: it is no source. */
  private _readBack(
    node: Call,
    reader: string,
    key: string,
    { text }: IScopeOfCode
  ): void {
    this.helpers.add('pandas');
    const { end } = text.range(node.args[0]);
    const rest = text.text.slice(end, text.range(node).end);
    this._edit(
      text,
      node,
      () => `pd.DataFrame(pandas.${reader}(${MEMORY}.reading(${key})${rest})`
    );
  }

  /** What lists files: those that are known. */
  private _list(node: Call, scope: IScopeOfCode): void {
    const listing = listedFiles(node, this._machine, part =>
      this._names.pathsOf(part, scope)
    );
    if (listing) {
      const elements = listing.elements(part => scope.text.source(part));
      this._edit(scope.text, node, () => `[${elements.join(', ')}]`);
    }
  }

  /** A path as the text that it is known by. */
  private _key(path: ExprNode, scope: IScopeOfCode): string {
    const source = scope.text.source(path);
    return this._names.isPathObject(path, scope) ? `str(${source})` : source;
  }

  private _path(value: string): IPath {
    const known = this.paths.find(each => each.value === value);
    const path = known ?? { text: quote(value), value };
    if (!known) {
      this.paths.push(path);
    }
    return path;
  }

  /** Note the files that a scope hands to functions that open them. */
  hand(
    scope: IScopeOfCode,
    definition: (name: string) => Definition | null
  ): void {
    for (const node of scope.nodes) {
      const called =
        node.nodeType === 'Call' && node.func.nodeType === 'Name'
          ? runBy(definition(node.func.id))
          : null;
      const opened = called && this.parameters.get(called);
      if (node.nodeType !== 'Call' || !called || !opened) {
        continue;
      }
      for (const [name, reading] of opened) {
        const value = argumentAt(node, name, called);
        if (value) {
          this._hand(value, reading, scope);
        }
      }
    }
  }

  /** Defaults of parameters that are opened. */
  defaults({ definition, text }: IScopeOfCode): void {
    if (!definition) {
      return;
    }
    const { args, defaults } = definition.args;
    for (const [name, reading] of this.parameters.get(definition) ?? []) {
      const at = args.findIndex(({ arg }) => arg === name);
      const value = defaults[at - args.length + defaults.length];
      if (value) {
        this._hand(value, reading, {
          nodes: [],
          text,
          definition: null,
          owner: null
        });
      }
    }
  }

  private _open(node: Call, opening: IOpening, scope: IScopeOfCode): void {
    const { path, encoding, compression, whole } = opening;
    const written = this._writtenKey(path, scope);
    if (written !== null) {
      const read = whole ? '.read()' : '';
      this._edit(
        scope.text,
        node,
        () => `${MEMORY}.reading(${written})${read}`
      );
      return;
    }
    const handle = handleOf(node, scope);
    const reading: IReading = {
      ...(this._machine.csvAsLines ? AS_LINES : readingOf(handle, scope)),
      encoding: encoding && scope.text.source(encoding),
      ...(compression === null ? {} : { compression })
    };
    const rows = reading.by !== 'lines';
    if (!rows) {
      handle.readers.forEach(reader => this._overLines.add(reader));
    }
    const table = this._table(path, reading, scope);
    this._edit(scope.text, node, of =>
      rows
        ? handle.kind === 'with'
          ? `nullcontext(${table(of)})`
          : table(of)
        : `text_of(${table(of)})${whole ? '.read()' : ''}`
    );
    if (!rows) {
      this.helpers.add('text_of');
    } else if (handle.kind === 'with') {
      this.helpers.add('nullcontext');
    }
    if (rows) {
      handle.closes.forEach(close =>
        this._edit(scope.text, close, () => 'None')
      );
    }
  }

  /** Readers of the csv module over a table. */
  private _csv(node: Call, scope: IScopeOfCode): void {
    const kind = csvReader(node);
    if (!kind || this._overLines.has(node)) {
      return;
    }
    const from = this._textOf(node.args[0], scope.text);
    const rows = (table: string): string =>
      kind === 'DictReader'
        ? `${table}.to_dict("records")`
        : hasHeader(node, scope)
          ? `[list(${table}.columns), *${table}.to_numpy().tolist()]`
          : `${table}.to_numpy().tolist()`;
    const isList = isRunThrough(node, scope);
    this._edit(scope.text, node, of =>
      isList ? rows(from(of)) : `iter(${rows(from(of))})`
    );
  }

  private _textOf(node: ExprNode, text: CellText): IEdit['text'] {
    const { start, end } = text.range(node);
    const edit = this.edits
      .get(text)
      ?.find(each => each.start === start && each.end === end);
    return edit ? edit.text : () => text.source(node);
  }

  /** The table of an opened path: a source, or a parameter that stands for one. */
  private _table(
    path: ExprNode,
    reading: IReading,
    scope: IScopeOfCode
  ): IEdit['text'] {
    const { definition } = scope;
    if (
      path.nodeType === 'Name' &&
      definition?.args.args.some(({ arg }) => arg === path.id)
    ) {
      const known = this.parameters.get(definition) ?? new Map();
      const other = known.get(path.id);
      if (other && !sameReading(other, reading)) {
        throw LiftRefusal.at(path, 'The same file is read in two ways.');
      }
      known.set(path.id, reading);
      this.parameters.set(definition, known);
      return () => path.id;
    }
    const scans = this._names
      .pathsOf(path, scope)
      .map(value => this._scan(value, reading, path));
    return names =>
      chosen(
        this._key(path, scope),
        scans.map(scan => [scan.path.value ?? '', names.table(scan)])
      );
  }

  private _hand(value: ExprNode, reading: IReading, scope: IScopeOfCode): void {
    const table = this._table(value, reading, scope);
    this._edit(scope.text, value, table);
  }

  private _scan(value: string, reading: IReading, node: ExprNode): IScan {
    const known = this.scans.find(each => each.path.value === value);
    if (known) {
      if (!sameReading(readings.get(known)!, reading)) {
        throw LiftRefusal.at(node, 'The same file is read in two ways.');
      }
      return known;
    }
    const path = { text: quote(value), value };
    const { index } = this._machine.cell;
    const made = scanOf(path, reading, index, node.lineno ?? 1);
    this.scans.push(made);
    return made;
  }

  private _edit(text: CellText, node: ASTNodeUnion, of: IEdit['text']): void {
    const { start, end } = text.range(node as ExprNode);
    const edits = this.edits.get(text) ?? [];
    // What contains an edited node takes its text along.
    const outer = edits.filter(
      each => !(each.start >= start && each.end <= end)
    );
    this.edits.set(text, [...outer, { start, end, text: of }]);
  }
}

/** The table of one path, or of the path that a turn of a loop has. */
function chosen(
  key: string,
  tables: readonly (readonly [path: string, table: string])[]
): string {
  const [[, only]] = tables;
  const entries = tables.map(([path, table]) => `${quote(path)}: ${table}`);
  return tables.length === 1 ? only : `{${entries.join(', ')}}[${key}]`;
}

/** Names of packed files, by which pandas knows how. */
const PACKED: Readonly<Record<string, RegExp>> = {
  gzip: /\.gz$/,
  bz2: /\.bz2$/,
  xz: /\.xz$/
};

const readings = new WeakMap<IScan, IReading>();

function scanOf(
  path: IPath,
  reading: IReading,
  cell: number,
  line: number
): IScan {
  const layout = new Layout();
  if (reading.by === 'lines') {
    layout.separator = '\x1f';
    layout.width = 1;
    layout.field(0).suggest('line');
  } else {
    layout.quoted = true;
    layout.separator = reading.separator;
    layout.blank = 'skipped';
    layout.whole = true;
    layout.named = new Map();
  }
  if (reading.encoding !== null) {
    layout.options.set('encoding', reading.encoding);
  }
  const { compression } = reading;
  if (compression && !PACKED[compression].test(path.value ?? '')) {
    layout.options.set('compression', quote(compression));
  }
  const scan: IScan = { op: 'scan', path, layout, cell, line };
  readings.set(scan, reading);
  return scan;
}

function sameReading(a: IReading, b: IReading): boolean {
  return (
    a.by === b.by &&
    a.separator === b.separator &&
    a.encoding === b.encoding &&
    a.compression === b.compression
  );
}
