/**
 * The files that kept statements open, handed in as tables instead: a text file as
 * its lines, a file of the csv module as its rows.
 */
import type { ASTNodeUnion, Call, ExprNode, FunctionDef } from 'py-ast';
import { walk } from 'py-ast';

import type { CellText } from '../../celltext';
import { quote } from '../../expression';
import { stringOfNode } from '../../literal';
import type { Machine } from '../../machine';
import type { IFileNames, IPath, IScan } from '../../plan';
import { Layout } from '../../plan';
import { LiftRefusal } from '../../refusal';
import { pathsOf } from './filenames';

/** How a file is read. */
export interface IReading {
  by: 'lines' | 'rows' | 'named rows';
  /** What separates fields; null for a comma. */
  separator: string | null;
  /** Source of the encoding, when one is given. */
  encoding: string | null;
}

const AS_LINES = { by: 'lines', separator: null } as const;

/** Text that takes the place of a node; `of` names the table of a file. */
export interface IEdit {
  start: number;
  end: number;
  text(names: IFileNames): string;
}

/** A stretch of code with its own variables: a function, or the cells. */
export interface IScopeOfCode {
  nodes: readonly ASTNodeUnion[];
  text: CellText;
  definition: FunctionDef | null;
}

/** Finds what is opened, and how to write it. */
export class Reads {
  constructor(private readonly _machine: Machine) {}

  readonly scans: IScan[] = [];
  readonly paths: IPath[] = [];
  readonly edits = new Map<CellText, IEdit[]>();
  /** Functions that open files which are their parameters. */
  readonly parameters = new Map<FunctionDef, Map<string, IReading>>();
  /** Helpers that the edited code calls. */
  readonly helpers = new Set<'text_of' | 'nullcontext'>();

  /** Note what a scope opens. */
  open(scope: IScopeOfCode): void {
    for (const node of scope.nodes) {
      if (node.nodeType === 'Call' && isOpen(node)) {
        this._open(node, scope);
      }
    }
    for (const node of scope.nodes) {
      if (node.nodeType === 'Call') {
        this._csv(node, scope);
        this._pandas(node, scope);
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
    const known = pathsOf(file, scope.nodes, this._machine).map(value =>
      this._path(value)
    );
    this._edit(scope.text, file, names =>
      chosen(
        file,
        scope.text,
        known.map(path => [path.value ?? '', names.path(path)])
      )
    );
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
    definition: (name: string) => FunctionDef | null
  ): void {
    for (const node of scope.nodes) {
      const called =
        node.nodeType === 'Call' && node.func.nodeType === 'Name'
          ? definition(node.func.id)
          : null;
      const opened = called && this.parameters.get(called);
      if (node.nodeType !== 'Call' || !called || !opened) {
        continue;
      }
      for (const [name, reading] of opened) {
        const at = called.args.args.findIndex(({ arg }) => arg === name);
        const value =
          node.args[at] ??
          node.keywords.find(({ arg }) => arg === name)?.value ??
          null;
        if (value) {
          this._hand(value, reading, scope);
        }
      }
    }
  }

  /** Defaults of parameters that are opened. */
  defaults(definition: FunctionDef, text: CellText): void {
    const { args, defaults } = definition.args;
    for (const [name, reading] of this.parameters.get(definition) ?? []) {
      const at = args.findIndex(({ arg }) => arg === name);
      const value = defaults[at - args.length + defaults.length];
      if (value) {
        this._hand(value, reading, { nodes: [], text, definition: null });
      }
    }
  }

  private _open(node: Call, scope: IScopeOfCode): void {
    const [path, mode] = node.args;
    const modeText = mode
      ? stringOfNode(mode)
      : (node.keywords.find(({ arg }) => arg === 'mode')?.value ?? null);
    if (
      modeText !== null &&
      !(typeof modeText === 'string' && /^r?t?$/.test(modeText))
    ) {
      throw LiftRefusal.at(
        node,
        'A file that is written in between cannot be kept.'
      );
    }
    const handle = handleOf(node, scope);
    const reading: IReading = {
      ...(this._machine.csvAsLines ? AS_LINES : readingOf(handle, scope)),
      encoding: encodingOf(node, scope.text)
    };
    const rows = reading.by !== 'lines';
    const table = this._table(path, reading, scope);
    this._edit(scope.text, node, of =>
      rows
        ? handle.kind === 'with'
          ? `nullcontext(${table(of)})`
          : table(of)
        : `text_of(${table(of)})`
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
    if (!kind || this._machine.csvAsLines) {
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
    const scans = pathsOf(path, scope.nodes, this._machine).map(value =>
      this._scan(value, reading, path)
    );
    return names =>
      chosen(
        path,
        scope.text,
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
  node: ExprNode,
  text: CellText,
  tables: readonly (readonly [path: string, table: string])[]
): string {
  const [[, only]] = tables;
  const entries = tables.map(([path, table]) => `${quote(path)}: ${table}`);
  return tables.length === 1
    ? only
    : `{${entries.join(', ')}}[${text.source(node)}]`;
}

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
    layout.blank = reading.by === 'named rows' ? 'skipped' : 'kept';
    layout.whole = true;
    if (reading.by === 'named rows') {
      layout.named = new Map();
    }
  }
  if (reading.encoding !== null) {
    layout.options.set('encoding', reading.encoding);
  }
  const scan: IScan = { op: 'scan', path, layout, cell, line };
  readings.set(scan, reading);
  return scan;
}

function sameReading(a: IReading, b: IReading): boolean {
  return (
    a.by === b.by && a.separator === b.separator && a.encoding === b.encoding
  );
}

/** `open(...)`, however it is called. */
export function isOpen(node: Call): boolean {
  return node.func.nodeType === 'Name' && node.func.id === 'open';
}

function csvReader(node: Call): 'DictReader' | 'reader' | null {
  const { func } = node;
  const name =
    func.nodeType === 'Attribute' &&
    func.value.nodeType === 'Name' &&
    func.value.id === 'csv'
      ? func.attr
      : func.nodeType === 'Name'
        ? func.id
        : '';
  return (name === 'DictReader' || name === 'reader') && node.args.length > 0
    ? name
    : null;
}

/** Whether something is only run through once. */
function isRunThrough(node: Call, { nodes }: IScopeOfCode): boolean {
  return nodes.some(
    each =>
      ((each.nodeType === 'For' || each.nodeType === 'Comprehension') &&
        each.iter === node) ||
      (each.nodeType === 'Call' &&
        each.func.nodeType === 'Name' &&
        each.func.id === 'list' &&
        each.args[0] === node)
  );
}

interface IHandle {
  kind: 'with' | 'variable' | 'direct';
  /** The calls of readers that take it. */
  readers: Call[];
  /** Calls of its `close`. */
  closes: Call[];
  /** Whether it is used in any other way. */
  others: boolean;
}

/** What becomes of an opened file. */
function handleOf(node: Call, { nodes }: IScopeOfCode): IHandle {
  const handle: IHandle = {
    kind: 'direct',
    readers: [],
    closes: [],
    others: false
  };
  const direct = nodes.find(
    each =>
      each.nodeType === 'Call' &&
      csvReader(each) !== null &&
      each.args[0] === node
  );
  if (direct?.nodeType === 'Call') {
    return { ...handle, readers: [direct] };
  }
  const within = nodes.find(
    each =>
      each.nodeType === 'With' &&
      each.items.some(item => item.context_expr === node)
  );
  const item =
    within?.nodeType === 'With'
      ? within.items.find(each => each.context_expr === node)
      : null;
  const assigned = nodes.find(
    each => each.nodeType === 'Assign' && each.value === node
  );
  const target =
    item?.optional_vars ??
    (assigned?.nodeType === 'Assign' ? assigned.targets[0] : null);
  if (target?.nodeType !== 'Name') {
    return { ...handle, kind: within ? 'with' : 'direct', others: true };
  }
  const region =
    within?.nodeType === 'With'
      ? within.body.flatMap(each => [...walk(each)])
      : untilNext(node, target.id, nodes);
  return {
    kind: within ? 'with' : 'variable',
    ...usesOf(target.id, region)
  };
}

/** The nodes from an `open` to the next one into the same variable. */
function untilNext(
  node: Call,
  name: string,
  nodes: readonly ASTNodeUnion[]
): readonly ASTNodeUnion[] {
  const line = node.lineno ?? 1;
  const next = nodes.flatMap(each =>
    each.nodeType === 'Assign' &&
    each.value !== node &&
    (each.lineno ?? 1) > line &&
    each.targets.some(
      target => target.nodeType === 'Name' && target.id === name
    )
      ? [each.lineno ?? 1]
      : []
  );
  const end = Math.min(...next, Infinity);
  return nodes.filter(each => {
    const at = 'lineno' in each ? (each.lineno ?? 0) : 0;
    return at >= line && at < end;
  });
}

function usesOf(
  name: string,
  nodes: readonly ASTNodeUnion[]
): Pick<IHandle, 'readers' | 'closes' | 'others'> {
  const readers: Call[] = [];
  const closes: Call[] = [];
  let known = 0;
  let all = 0;
  for (const node of nodes) {
    if (
      node.nodeType === 'Name' &&
      node.id === name &&
      node.ctx.nodeType === 'Load'
    ) {
      all += 1;
    }
    if (node.nodeType !== 'Call') {
      continue;
    }
    const [first] = node.args;
    if (csvReader(node) && first.nodeType === 'Name' && first.id === name) {
      readers.push(node);
      known += 1;
    } else if (
      node.func.nodeType === 'Attribute' &&
      node.func.attr === 'close' &&
      node.func.value.nodeType === 'Name' &&
      node.func.value.id === name
    ) {
      closes.push(node);
      known += 1;
    }
  }
  return { readers, closes, others: all > known };
}

/** Whether a file is read line by line or by the csv module. */
function readingOf(
  { readers, others }: IHandle,
  scope: IScopeOfCode
): Omit<IReading, 'encoding'> {
  const [reader] = readers;
  if (!reader) {
    return AS_LINES;
  }
  if (others || readers.length > 1) {
    throw LiftRefusal.at(
      reader,
      'The file is read by the csv module and in another way.'
    );
  }
  let separator: string | null = null;
  for (const { arg, value } of reader.keywords) {
    if (arg !== 'delimiter') {
      throw LiftRefusal.at(
        reader,
        `The argument \`${arg ?? '**'}\` of the csv module cannot be kept.`
      );
    }
    separator = stringOfNode(value);
    if (separator === null) {
      throw LiftRefusal.at(value, 'What separates the fields is not known.');
    }
  }
  const named = csvReader(reader) === 'DictReader' || hasHeader(reader, scope);
  return { by: named ? 'named rows' : 'rows', separator };
}

/** `next(reader)`: the first row is a header. */
function hasHeader(reader: Call, { nodes }: IScopeOfCode): boolean {
  const assigned = nodes.find(
    each => each.nodeType === 'Assign' && each.value === reader
  );
  const target = assigned?.nodeType === 'Assign' ? assigned.targets[0] : null;
  return nodes.some(
    each =>
      each.nodeType === 'Call' &&
      each.func.nodeType === 'Name' &&
      each.func.id === 'next' &&
      each.args[0]?.nodeType === 'Name' &&
      target?.nodeType === 'Name' &&
      each.args[0].id === target.id
  );
}

function encodingOf(node: Call, text: CellText): string | null {
  const found = node.keywords.find(({ arg }) => arg === 'encoding');
  return found ? text.source(found.value) : null;
}
