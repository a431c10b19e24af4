/**
 * Symbolic values: what a variable of the notebook holds while it is lifted.
 */
import type { FileBuild, ListBuild } from './builds';
import type { Keyed } from './keyedbuild';
import type { Expr, IStatistic } from './expression';
import type { IFit } from './run';
import type { IGroup, IJoin, IScan, Plan } from './plan';
import type { PandasObject } from './pandasobject';
import type { LiftRefusal } from './refusal';

/** Part of a feature matrix: the columns that one expression over rows makes. */
export type Block =
  /** One number a row. */
  | { kind: 'number'; expr: Expr }
  /** A vector a row, made by a function; `flat` when it may be just a number. */
  | { kind: 'vector'; expr: Expr; flat: boolean }
  /** A one in the column of the category, zeros elsewhere. */
  | { kind: 'indicator'; expr: Expr; categories: ICategories };

/** The categories of a one-hot block in column order, as source of a list. */
export interface ICategories {
  text: string;
  /** What happens to a value that is none of them. */
  unseen: 'raises' | 'zeros';
}

/** How rows are chosen from a vector or matrix. */
export type Selection =
  | { by: 'mask'; mask: Expr }
  | { by: 'split'; part: 'train' | 'test'; split: ISplit };

/** A division into training and test rows by `train_test_split`. */
export interface ISplit {
  /** Its arguments beside the arrays, as source. */
  arguments: string[];
  line: number;
}

export type Value =
  /** A value of the row, a constant, a function or an imported name. */
  | { kind: 'scalar'; expr: Expr }
  | { kind: 'tuple'; shape: 'tuple' | 'list'; items: Value[] }
  | { kind: 'list'; build: ListBuild }
  | { kind: 'keyed'; build: Keyed }
  /** The value of a key in a dictionary that this loop is filling. */
  | { kind: 'slot'; build: Keyed; key: Expr; path: readonly string[] }
  /** The list of a key: one element for each row of a group. */
  | IBag
  /** What `.get` gives: the value of a key, or None. */
  | { kind: 'lookup'; build: Keyed; key: Expr; line: number }
  | { kind: 'reader'; source: ILines }
  | { kind: 'writer'; build: FileBuild }
  /** A writer of the csv module. */
  | {
      kind: 'csvwriter';
      build: FileBuild;
      separator: string;
      names: readonly string[] | null;
    }
  /** The header line of a file, whole or cut into names. */
  | { kind: 'header'; scan: IScan }
  /** The place of a column, by its name in the header. */
  | { kind: 'fieldname'; scan: IScan; name: string }
  /** The whole text of a file. */
  | { kind: 'filetext'; source: ILines }
  /** One line of a text file. */
  | { kind: 'line'; source: ILines; trims: ITrim[] }
  /** A line cut at its separators. */
  | {
      kind: 'fields';
      source: ILines;
      trims: ITrim[];
      separator: string;
      each: ITrim[];
    }
  /** A dictionary whose keys are known, or a row of rows with named columns. */
  | IRecord
  /** A frame or series that pandas statements made. */
  | { kind: 'pandas'; object: PandasObject }
  /** A row of a frame, in a loop. */
  | { kind: 'pandasrow'; record: IRecord }
  /** A numpy array with a number a row. */
  | { kind: 'array'; plan: Plan; expr: Expr; dimensions: 1 | 2 }
  | { kind: 'matrix'; plan: Plan; blocks: INamedBlock[] }
  | { kind: 'zeros'; plan: Plan; width: Expr; filled: Block | null }
  /** The current row of an array of zeros. */
  | { kind: 'zerosrow'; of: Extract<Value, { kind: 'zeros' }> }
  /** An estimator that was just fitted. */
  | { kind: 'fitted'; fit: IFit }
  /** Chosen rows of an array or matrix. */
  | { kind: 'selected'; of: Value; selection: Selection }
  | { kind: 'statistic'; statistic: IStatistic }
  /** How many rows there are. */
  | { kind: 'rowcount'; plan: Plan }
  /** A variable that goes up by one for each row that gets there. */
  | { kind: 'counter'; name: string; plan: Plan }
  /** Something to loop over that is no variable, such as `zip(a, b)`. */
  | { kind: 'rows'; plan: Plan; element: Value }
  /** Assigned in a loop body that has not been reached for this row. */
  | { kind: 'carried'; name: string; before: Value | null; line: number }
  /** Left over from a loop that has ended. */
  | { kind: 'stale'; name: string; last: Value; loopLine: number; cell: number }
  | { kind: 'unknown'; refusal: LiftRefusal };

/** Values of one row by name. */
export interface IRecord {
  kind: 'record';
  /** What was said of single fields, in order. */
  fields: ReadonlyMap<string, Value>;
  /** Where the other fields come from; null when there are no others. */
  rest: IFieldSource | null;
  /** The list that it is an element of, which sees what is changed in it. */
  element?: ListBuild;
}

/** Rows whose columns are found by name. */
export interface IFieldSource {
  /** The rows, for a table that holds all their columns. */
  readonly plan: Plan;
  /** @param otherwise - what rows without such a dictionary have. */
  field(name: string, otherwise?: Value): Value;
}

/** The elements that were collected for one key. */
export interface IBag {
  kind: 'bag';
  group: IGroup;
  /** Over the rows that are grouped. */
  element: Value;
  /** The join that looked it up; null among the rows of the groups. */
  join: IJoin | null;
  /** Which elements are meant, when not all. */
  condition?: Expr;
  /** Whether equal elements count once. */
  distinct?: boolean;
}

/** A block with the name of the variable it was in. */
export interface INamedBlock {
  name: string | null;
  block: Block;
  line: number;
}

/** The lines of a text file: one from outside, or one that the notebook wrote. */
export type ILines = {
  line: number;
  /** An open file can be looped over once, a list of its lines again. */
  rewinds: boolean;
  used: boolean;
  /** Set when its lines come without their ends. */
  bare?: boolean;
} & (
  | { kind: 'scan'; scan: IScan }
  | { kind: 'table'; file: FileBuild; skip: number }
);

/** White space (or other characters) taken from the ends of a line. */
export interface ITrim {
  method: 'strip' | 'lstrip' | 'rstrip';
  /** Source of the characters; null for white space. */
  characters: string | null;
}

/** A value of the row. */
export function scalar(expr: Expr): Value {
  return { kind: 'scalar', expr };
}

/** What a value is called in a message. */
export function describe(value: Value): string {
  return DESCRIPTIONS[value.kind];
}

const DESCRIPTIONS: Readonly<Record<Value['kind'], string>> = {
  scalar: 'a value',
  tuple: 'a tuple',
  list: 'a list filled row by row',
  keyed: 'a dictionary or set filled row by row',
  slot: 'a value that is still being added up',
  bag: 'the list of a key',
  lookup: 'the result of a look-up',
  reader: 'an open file',
  writer: 'a file being written',
  csvwriter: 'a file being written',
  header: 'the header line of a file',
  fieldname: 'the place of a column',
  filetext: 'the text of a file',
  line: 'a line of a file',
  fields: 'the fields of a line',
  record: 'a dictionary',
  pandas: 'an object of pandas',
  pandasrow: 'a row of a frame',
  array: 'an array',
  matrix: 'a matrix',
  zeros: 'an array of zeros',
  zerosrow: 'a row of zeros',
  fitted: 'a fitted estimator',
  selected: 'chosen rows of an array',
  statistic: 'a statistic over all rows',
  rowcount: 'a number of rows',
  counter: 'a counter',
  rows: 'rows',
  carried: 'a value of an earlier row',
  stale: 'a value left over from a loop',
  unknown: 'something that could not be lifted'
};

/** The expressions in a value that is one, or a tuple of them. */
export function valueExprs(value: Value): Expr[] {
  if (value.kind === 'scalar') {
    return [value.expr];
  }
  if (value.kind === 'record') {
    return [...value.fields.values()].flatMap(valueExprs);
  }
  return value.kind === 'tuple' ? value.items.flatMap(valueExprs) : [];
}
