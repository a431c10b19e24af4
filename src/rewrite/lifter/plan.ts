/**
 * The relational plan that loops over rows become: which rows, in which order,
 * with which columns. Nodes are immutable except where reading on teaches more
 * (the names of fields, the values taken from a look-up).
 */
import type { Keyed } from './keyedbuild';
import { Column } from './expression';
import type { Expr } from './expression';
import type { PandasObject } from './pandasobject';

export type Plan =
  | IScan
  | ITableScan
  | IFilter
  | IDistinct
  | IJoin
  | IGroup
  | ISort
  | IHead
  | IUnion
  | IFrameRows
  | IKeptRows
  | IExplode;

/** A file path as the original wrote it. */
export interface IPath {
  /** Source code of the path expression. */
  text: string;
  /** Its value when it is known before running. */
  value: string | null;
}

/** Read a text file, a row a line. */
export interface IScan {
  op: 'scan';
  path: IPath;
  layout: Layout;
  /** Index of the cell. */
  cell: number;
  line: number;
}

/** Rows below rows. */
export interface IUnion {
  op: 'union';
  parts: readonly Plan[];
  /** With the value of each part. */
  columns: { column: Column; exprs: readonly Expr[]; name: string | null }[];
  /** Whether all columns of the parts are wanted. */
  whole: boolean;
  line: number;
}

/** The rows of a frame that statements of pandas made. */
export interface IFrameRows {
  op: 'frame';
  object: PandasObject;
  line: number;
}

/** What the files of kept statements are called where they are written. */
export interface IFileNames {
  /** The table with the lines or rows of a file. */
  table(scan: IScan): string;
  /** The path of a file that pandas reads. */
  path(path: IPath): string;
}

/** Statements of the original that collect rows, as they stand. */
export interface IKeptCode {
  /** The variable that holds the rows. */
  name: string;
  /** The files that the statements read as lines or rows. */
  scans: readonly IScan[];
  /** The files that pandas reads in them. */
  paths: readonly IPath[];
  /** The variables of the statements. */
  variables: ReadonlySet<string>;
  /** Functions of the notebook that became part of the statements. */
  moved: readonly string[];
  /** What the statements call beside functions of the notebook. */
  needs: ReadonlySet<KeptHelper>;
  body(names: IFileNames): string[];
  /** Index of the cell. */
  cell: number;
  line: number;
}

/** What kept statements can call beside functions of the notebook. */
export type KeptHelper = 'text_of' | 'nullcontext' | 'in_memory' | 'pandas';

/** Rows of a list that kept statements fill. */
export interface IKeptRows {
  op: 'kept';
  code: IKeptCode;
  /** What a row is. */
  shape: 'record' | 'tuple' | 'list' | 'single';
  columns: readonly { column: Column; name: string }[];
  line: number;
}

/** Read a table that the notebook itself made. */
export interface ITableScan {
  op: 'table';
  table: Table;
  line: number;
}

/** Keep the rows for which a predicate is true. */
export interface IFilter {
  op: 'filter';
  input: Plan;
  predicate: Expr;
  line: number;
}

/** Keep the first or the last row of each key. */
export interface IDistinct {
  op: 'distinct';
  input: Plan;
  key: Expr;
  keep: 'first' | 'last';
  line: number;
}

/** A value that a look-up gives to each row. */
export interface ITaken {
  column: Column;
  /** Over the rows that filled the dictionary. */
  expr: Expr;
  /** What rows without a match get. */
  fallback?: Expr;
}

/**
 * Keep the rows whose key is in a dictionary or set, and give them its values.
 *
 * #### Notes
 * Without values it is a semi-join.
 */
export interface IJoin {
  op: 'join';
  input: Plan;
  of: Keyed;
  key: Expr;
  /** Grows when the original looks values up. */
  taken: ITaken[];
  /** `left` keeps rows without a match; their values are filled in. */
  how: 'inner' | 'left';
  /** Set when a key matches several rows, and each match is a row. */
  many?: boolean;
  /** Set when the original fails for a key that is not there. */
  required?: boolean;
  /** For a left join: whether there was a match, where somebody asks. */
  found?: Column;
  line: number;
}

/** What a group is summed up by. */
export type Aggregation =
  | 'sum'
  | 'size'
  | 'min'
  | 'max'
  | 'mean'
  | 'median'
  | 'first'
  | 'last'
  | 'nunique';

/** One value of each group. */
export interface IAggregate {
  column: Column;
  how: Aggregation;
  /** Over the rows that are grouped; null for `size`. */
  expr: Expr | null;
}

/** One row for each key, in the order in which keys come up first. */
export interface IGroup {
  op: 'group';
  /** What the original calls the dictionary. */
  name: string;
  input: Plan;
  key: { column: Column; expr: Expr };
  /** Grows when the original asks for more. */
  aggregates: IAggregate[];
  line: number;
}

/** Rows in another order; rows that are equal in it stay as they are. */
export interface ISort {
  op: 'sort';
  input: Plan;
  by: { expr: Expr; ascending: boolean }[];
  line: number;
}

/** The first rows. */
export interface IHead {
  op: 'head';
  input: Plan;
  count: Expr;
  line: number;
}

/** A row for each element of a list that each row has. */
export interface IExplode {
  op: 'explode';
  input: Plan;
  list: Expr;
  /** One element. */
  column: Column;
  line: number;
}

/** A column trimmed while reading, by the name of the string method. */
export interface ICleaning {
  column: Column;
  method: 'strip' | 'lstrip' | 'rstrip';
  /** Source of the characters to strip; null for white space. */
  characters: string | null;
  /** Why, for a comment. */
  because: string;
}

/** How the fields of a text file lie in its lines. */
export class Layout {
  separator: string | null = null;
  /** By position; a hole is a field that nobody reads. */
  readonly fields: (Column | undefined)[] = [];
  /** How many fields each line has; null while only single fields are picked. */
  width: number | null = null;
  readonly cleanings: ICleaning[] = [];
  /** Whether quotes may enclose fields, as the csv module has it. */
  quoted = false;
  /** The columns by the names in the header line, when that is how they are read. */
  named: Map<string, Column> | null = null;
  /** Whether all columns are wanted, not only those that are named here. */
  whole = false;
  /** Lines skipped at the top. */
  skip = 0;
  /** What the original does with an empty line. */
  blank: 'kept' | 'skipped' = 'kept';
  /** The last column, when the original leaves the line break in it. */
  breaks: Column | null = null;
  /** Further arguments of `open` that reading must repeat, as source. */
  readonly options = new Map<string, string>();

  /** The column with a name in the header line. */
  column(name: string): Column {
    this.named ??= new Map();
    const known = this.named.get(name);
    if (known) {
      return known;
    }
    const column = new Column('str', name);
    this.named.set(name, column);
    return column;
  }

  /** All columns that are read. */
  columns(): Column[] {
    const positions = this.fields.filter(field => field !== undefined);
    return this.named ? [...this.named.values()] : positions;
  }

  /** The column at a position. */
  field(position: number): Column {
    this.fields[position] ??= new Column('str');
    return this.fields[position];
  }
}

/** One column of a table that the notebook made. */
export interface ITableColumn {
  column: Column;
  /** Over the rows of the table's plan. */
  expr: Expr;
  /** How it was rendered when it was written to a file; null when it was not. */
  rendering: { specification: string } | null;
  /** The global list that holds it, when it is one of several parallel lists. */
  variable: string | null;
  /** What it must be called; null when any name will do. */
  name: string | null;
}

/** Rows that the notebook collected, in a file or in variables. */
export class Table {
  constructor(
    readonly plan: Plan,
    readonly columns: ITableColumn[],
    readonly made: {
      /** Index of the cell. */
      cell: number;
      line: number;
      file: {
        path: IPath;
        separator: string;
        /** The names in its header line, when it has one. */
        header: string[] | null;
      } | null;
      /** The variable that holds all columns, a tuple a row. */
      variable: string | null;
      /** Rows whose columns are all in the table, beside its own. */
      rest?: Plan;
      /** What an element is, in a list. */
      shape?: 'record' | 'tuple' | 'list' | 'single' | 'lists';
      /** What the variable holds, when that is a frame of pandas. */
      object?: PandasObject;
      /** The last line of the cell that belongs to it. */
      until?: number;
    },
    scan?: IFrameRows
  ) {
    this.scan = scan ?? { op: 'table', table: this, line: made.line };
  }

  /** All loops over the table read the same rows. */
  readonly scan: ITableScan | IFrameRows;
}

/** The expressions that a step computes over the rows before it. */
export function exprsOf(plan: Plan): Expr[] {
  switch (plan.op) {
    case 'scan':
    case 'table':
    case 'frame':
    case 'union':
    case 'head':
    case 'kept':
      return [];
    case 'filter':
      return [plan.predicate];
    case 'distinct':
    case 'join':
      return [plan.key];
    case 'sort':
      return plan.by.map(({ expr }) => expr);
    case 'explode':
      return [plan.list];
    case 'group':
      return [
        plan.key.expr,
        ...plan.aggregates.flatMap(({ expr }) => (expr ? [expr] : []))
      ];
  }
}

/** The rows that a step goes on from; null for a scan. */
export function inputOf(plan: Plan): Plan | null {
  return 'input' in plan ? plan.input : null;
}

/** The plan's nodes from the root down to the scan of its left-most source. */
export function* spine(plan: Plan): Generator<Plan> {
  for (let node: Plan | null = plan; node; node = inputOf(node)) {
    yield node;
  }
}

/** Whether a node is on the spine of a plan. */
export function includes(plan: Plan, node: Plan): boolean {
  for (const step of spine(plan)) {
    if (step === node) {
      return true;
    }
  }
  return false;
}

/** Where the original begins to read the rows of a plan. */
export function placeOf(plan: Plan): { cell: number; line: number } {
  let node = plan;
  for (const step of spine(plan)) {
    node = step;
  }
  if (node.op === 'scan') {
    return node;
  }
  if (node.op === 'kept') {
    return node.code;
  }
  if (node.op === 'frame') {
    return node.object.step;
  }
  if (node.op === 'union') {
    return placeOf(node.parts[0]);
  }
  return node.op === 'table' ? node.table.made : { cell: 0, line: node.line };
}

/** Whether the original reads the rows of one plan before those of another. */
export function isBefore(a: Plan, b: Plan): boolean {
  const [one, other] = [placeOf(a), placeOf(b)];
  return (
    one.cell - other.cell < 0 ||
    (one.cell === other.cell && one.line < other.line)
  );
}
