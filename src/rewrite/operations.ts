/**
 * What a rewritten cell may use: the operations that provenance follows, and the
 * things that end it. The check reads these tables, and so do the prompts.
 */

import type { Role } from './interfaces';

/** Only the functions of these roles are handed tracked frames. */
export const TRACKED_ROLES: ReadonlySet<Role> = new Set<Role>([
  'prepare',
  'label'
]);

/** The cells of these roles run the pipeline; all others only define. */
export const RUNNING_ROLES: ReadonlySet<Role> = new Set<Role>(['train']);

/** A group of allowed operations, as a prompt lists them. */
export interface IOperationGroup {
  title: string;
  /** In the notation of pandas code. */
  operations: readonly string[];
}

/** The operations whose provenance is followed. */
export const OPERATION_GROUPS: readonly IOperationGroup[] = [
  {
    title: 'read',
    operations: [
      'pd.read_csv',
      'pd.read_json(lines=True)',
      'pd.read_parquet',
      'pd.DataFrame(columns of one frame)'
    ]
  },
  {
    title: 'choose rows and columns',
    operations: [
      'df[columns]',
      'df[mask]',
      'df.loc[mask]',
      'query',
      'filter',
      'isin',
      'between',
      'dropna',
      'drop_duplicates',
      'head',
      'tail',
      'nlargest',
      'sample(random_state=)'
    ]
  },
  {
    title: 'compute columns',
    operations: [
      'assign',
      'df[column] = expression',
      'map',
      'apply(axis=1)',
      '.str',
      '.dt',
      'arithmetic and comparison',
      'where',
      'mask',
      'np.where',
      'fillna',
      'isna',
      'notna',
      'astype',
      'pd.to_datetime',
      'pd.to_numeric',
      'pd.cut',
      'pd.qcut'
    ]
  },
  {
    title: 'combine',
    operations: ['merge', 'pd.concat', 'explode']
  },
  {
    title: 'group',
    operations: [
      'groupby().agg',
      'groupby().size',
      'groupby().first',
      'groupby().last',
      'groupby().transform',
      'groupby().cumcount'
    ]
  },
  {
    title: 'arrange',
    operations: [
      'sort_values',
      'rename',
      'drop',
      'set_index',
      'reset_index',
      'train_test_split'
    ]
  }
];

/** Methods that leave the tracked frames, and what to write instead. */
export const UNTRACKED_METHODS: Readonly<Record<string, string>> = {
  iterrows: 'an expression over columns, or map',
  itertuples: 'an expression over columns, or map',
  to_numpy: 'expressions over columns',
  tolist: 'expressions over columns',
  to_list: 'expressions over columns',
  to_dict: 'merge for look-ups',
  to_csv: 'return the frame instead of writing it',
  to_json: 'return the frame instead of writing it',
  to_parquet: 'return the frame instead of writing it',
  to_pickle: 'return the frame instead of writing it',
  to_sql: 'return the frame instead of writing it',
  pivot: 'groupby and merge',
  pivot_table: 'groupby and merge',
  melt: 'concat',
  stack: 'concat',
  unstack: 'groupby and merge',
  rolling: 'groupby().transform',
  expanding: 'groupby().transform',
  ewm: 'groupby().transform',
  resample: 'groupby over a date column',
  interpolate: 'fillna',
  applymap: 'map on each column',
  combine_first: 'fillna or where',
  iat: 'a mask',
  iloc: 'head, tail or a mask'
};

/** Calls that read, run or end something behind the tracker's back. */
export const FORBIDDEN_CALLS: ReadonlySet<string> = new Set([
  'open',
  'exec',
  'eval',
  'compile',
  'input',
  '__import__',
  'breakpoint',
  'exit',
  'quit'
]);

/** Modules that a declarative cell has no use for. */
export const FORBIDDEN_MODULES: ReadonlySet<string> = new Set([
  'builtins',
  'csv',
  'ctypes',
  'http',
  'importlib',
  'multiprocessing',
  'pickle',
  'requests',
  'shutil',
  'socket',
  'sqlite3',
  'subprocess',
  'threading',
  'urllib'
]);
