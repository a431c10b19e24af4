/**
 * Reading text files with pandas exactly as lines and `split` read them.
 */
import type { Column } from '../expression';
import { quote } from '../expression';
import { unused } from '../naming';
import { stemOf } from '../paths';
import type { ICleaning, IPath, IScan, Layout } from '../plan';
import { LiftRefusal } from '../refusal';
import type { IStatement } from './layout';

interface IFile {
  name: string;
  path: string;
  scans: IScan[];
}

/** The files that a preparation reads: its parameters. */
export class Sources {
  constructor(
    scans: readonly IScan[],
    /** Names that must not be hidden. */
    readonly reserved: ReadonlySet<string>,
    /** Files that statements of pandas read. */
    reads: readonly IPath[] = []
  ) {
    for (const scan of scans) {
      this._add(scan, reserved);
    }
    reads.forEach(path => this._addPath(path, reserved));
    this._shared = sharedOptions(scans);
    this.constant = reserved.has('RAW') ? 'RAW_TEXT' : 'RAW';
  }

  /** Name of the constant with the common options. */
  readonly constant: string;

  /** The parameters with their defaults, in order. */
  signature(): { name: string; path: string }[] {
    return this._files.map(({ name, path }) => ({ name, path }));
  }

  parameters(): string[] {
    return this._files.map(({ name }) => name);
  }

  parameterOf(scan: IScan): string {
    return this._fileOf(scan).name;
  }

  /** A file that is read once gives its name to the frame. */
  variableOf(scan: IScan): string {
    const file = this._fileOf(scan);
    const at = file.scans.indexOf(scan);
    return file.scans.length === 1 ? file.name : `${file.name}_${at + 1}`;
  }

  /** The constant that all reads share, as a statement. */
  constantSource(): string | null {
    if (this._files.every(file => file.scans.length === 0)) {
      return null;
    }
    const options = [...this._shared].map(
      ([name, value]) => `${name}=${value}`
    );
    const how =
      this._shared.get('quoting') === '0' ? 'the csv module' : 'line.split()';
    return `# as ${how} reads it\n${this.constant} = dict(${options.join(', ')})`;
  }

  /** The options of one read beyond the shared ones. */
  ownOptions(scan: IScan): string[] {
    return [...optionsOf(scan.layout)]
      .filter(([name, value]) => this._shared.get(name) !== value)
      .map(([name, value]) => `${name}=${value}`);
  }

  private readonly _files: IFile[] = [];
  private readonly _shared: ReadonlyMap<string, string>;

  private _add(scan: IScan, reserved: ReadonlySet<string>): void {
    const same = this._files.find(file => file.path === scan.path.text);
    if (same) {
      same.scans.push(scan);
      return;
    }
    this._addPath(scan.path, reserved).scans.push(scan);
  }

  private _addPath(path: IPath, reserved: ReadonlySet<string>) {
    const same = this._files.find(file => file.path === path.text);
    if (same) {
      return same;
    }
    const taken = new Set([...reserved, ...this.parameters()]);
    const name = unused(stemOf(path), taken);
    const file: IFile = { name, path: path.text, scans: [] };
    this._files.push(file);
    return file;
  }

  /** The parameter that stands for a path. */
  parameterFor(path: IPath): string {
    return this._files.find(file => file.path === path.text)?.name ?? path.text;
  }

  private _fileOf(scan: IScan) {
    const file = this._files.find(each => each.scans.includes(scan));
    if (!file) {
      throw new Error('A source was not collected before printing.');
    }
    return file;
  }
}

function sharedOptions(scans: readonly IScan[]): Map<string, string> {
  const [first, ...rest] = scans.map(scan => optionsOf(scan.layout));
  return new Map(
    [...(first ?? [])].filter(([name, value]) =>
      rest.every(options => options.get(name) === value)
    )
  );
}

function optionsOf(layout: Layout): Map<string, string> {
  const options = new Map([
    ['header', layout.named ? '0' : 'None'],
    ['dtype', 'str'],
    ['quoting', layout.quoted ? '0' : '3'],
    ['keep_default_na', 'False'],
    ['skip_blank_lines', layout.blank === 'skipped' ? 'True' : 'False']
  ]);
  if (layout.separator !== null && layout.separator !== ',') {
    options.set('sep', quote(layout.separator));
  }
  if (layout.skip > 0) {
    options.set('skiprows', String(layout.skip));
  }
  for (const [name, value] of layout.options) {
    options.set(name, value);
  }
  return options;
}

/** The statements that read one file, and what its columns are called. */
export function readStatements(
  scan: IScan,
  variable: string,
  used: ReadonlySet<Column>,
  sources: Sources
): { statements: IStatement[]; names: Map<Column, string> } {
  const { layout } = scan;
  if (layout.named) {
    return readNamed(scan, layout.named, variable, sources);
  }
  const fields = layout.fields.flatMap((column, position) =>
    column ? [{ column, position }] : []
  );
  if (fields.length === 0) {
    throw new LiftRefusal(scan.line, `Nothing of ${scan.path.text} is used.`);
  }
  const names = nameFields(fields);
  const list = [...names.values()].map(name => quote(name)).join(', ');
  const positions =
    layout.width === null
      ? [`usecols=[${fields.map(({ position }) => position).join(', ')}]`]
      : [];
  const options = [
    ...positions,
    `names=[${list}]`,
    ...sources.ownOptions(scan),
    `**${sources.constant}`
  ];
  return {
    names,
    statements: [
      {
        code: `${variable} = pd.read_csv(${sources.parameterOf(scan)}, ${options.join(', ')})`,
        line: scan.line
      },
      ...cleaningStatements(layout.cleanings, variable, names, used)
    ]
  };
}

/** Read the columns that the header line names. */
function readNamed(
  scan: IScan,
  named: ReadonlyMap<string, Column>,
  variable: string,
  sources: Sources
): { statements: IStatement[]; names: Map<Column, string> } {
  const wanted = [...named.keys()].map(name => quote(name)).join(', ');
  const options = [
    ...(scan.layout.whole ? [] : [`usecols=[${wanted}]`]),
    ...sources.ownOptions(scan),
    `**${sources.constant}`
  ];
  return {
    names: new Map([...named].map(([name, column]) => [column, name])),
    statements: [
      {
        code: `${variable} = pd.read_csv(${sources.parameterOf(scan)}, ${options.join(', ')})`,
        line: scan.line
      }
    ]
  };
}

function nameFields(
  fields: readonly { column: Column; position: number }[]
): Map<Column, string> {
  const names = new Map<Column, string>();
  const taken = new Set<string>();
  for (const { column, position } of fields) {
    const name = unused(column.hints[0] ?? `field_${position + 1}`, taken);
    taken.add(name);
    names.set(column, name);
  }
  return names;
}

function cleaningStatements(
  cleanings: readonly ICleaning[],
  variable: string,
  names: ReadonlyMap<Column, string>,
  used: ReadonlySet<Column>
): IStatement[] {
  return cleanings
    .filter(({ column }) => used.has(column))
    .map(({ column, method, characters, because }) => {
      const series = `${variable}[${quote(names.get(column) ?? '')}]`;
      return {
        code: `${series} = ${series}.str.${method}(${characters ?? ''})`,
        line: null,
        ...(because === '' ? {} : { note: because })
      };
    });
}
