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
      'df.loc[mask, column] = value',
      'query',
      'filter',
      'select_dtypes',
      'isin (also of a column of another frame)',
      'between',
      'dropna',
      'drop_duplicates',
      'duplicated',
      'head',
      'tail',
      'nlargest',
      'nsmallest',
      'sample(random_state=)'
    ]
  },
  {
    title: 'compute columns',
    operations: [
      'assign',
      'df[column] = expression',
      'map (a function, a dict, or a column of another frame under set_index)',
      'apply(axis=1)',
      '.str',
      '.dt',
      'arithmetic and comparison',
      'where',
      'mask',
      'np.where',
      'np.select',
      'fillna',
      'isna',
      'notna',
      'astype',
      'replace',
      'clip',
      'round',
      'rank',
      'shift',
      'cumsum',
      'sum(axis=1)',
      'pd.to_datetime(format=)',
      'pd.to_numeric',
      'pd.to_timedelta',
      'pd.cut',
      'pd.qcut'
    ]
  },
  {
    title: 'combine',
    operations: ['merge', 'join(on=)', 'pd.concat', 'explode']
  },
  {
    title: 'group',
    operations: [
      'groupby().agg',
      'groupby().size',
      'groupby().first',
      'groupby().last',
      'groupby().transform',
      'groupby().cumcount',
      'groupby().head'
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

/**
 * Methods and properties of pandas that leave the tracked frames, and what to write
 * instead. A test of the companion holds this list against what it tracks.
 */
export const UNTRACKED_METHODS: Readonly<Record<string, string>> = {
  align: 'merge',
  applymap: 'map on each column',
  argmax: 'nlargest(1)',
  argmin: 'nsmallest(1)',
  argsort: 'sort_values',
  asfreq: 'groupby over a date column',
  asof: 'merge',
  at_time: 'a mask over .dt',
  autocorr: 'groupby().agg',
  between_time: 'a mask over .dt',
  case_when: 'np.select',
  combine: 'an expression over columns',
  combine_first: 'fillna or where',
  compare: 'a mask',
  convert_dtypes: 'astype',
  corr: 'groupby().agg',
  corrwith: 'groupby().agg',
  cov: 'groupby().agg',
  describe: 'groupby().agg',
  divmod: '// and %',
  droplevel: 'reset_index and drop',
  empty: 'no condition on the data',
  equals: 'a comparison of columns',
  eval: 'assign',
  ewm: 'groupby().transform',
  expanding: 'groupby().transform',
  factorize: 'astype("category") or groupby',
  first_valid_index: 'dropna and head',
  hasnans: 'a mask with isna',
  iat: 'a mask',
  idxmax: 'nlargest(1), or groupby and merge',
  idxmin: 'nsmallest(1), or groupby and merge',
  iloc: 'head, tail or a mask',
  infer_objects: 'astype',
  interpolate: 'fillna',
  is_monotonic_decreasing: 'no condition on the data',
  is_monotonic_increasing: 'no condition on the data',
  is_unique: 'no condition on the data',
  iterrows: 'an expression over columns, or map',
  itertuples: 'an expression over columns, or map',
  kurt: 'groupby().agg',
  kurtosis: 'groupby().agg',
  last_valid_index: 'dropna and tail',
  melt: 'concat',
  pivot: 'groupby and merge',
  pivot_table: 'groupby and merge',
  product: 'prod(axis=1) or groupby().prod',
  rdivmod: '// and %',
  reindex_like: 'select the columns',
  rename_axis: 'rename',
  reorder_levels: 'set_index',
  resample: 'groupby over a date column',
  rolling: 'groupby().transform',
  searchsorted: 'cut',
  shape: 'no condition on the data',
  skew: 'groupby().agg',
  sort_index: 'sort_values',
  squeeze: 'select the column',
  stack: 'concat',
  swaplevel: 'set_index',
  T: 'concat or merge',
  to_clipboard: 'return the frame instead of writing it',
  to_csv: 'return the frame instead of writing it',
  to_dict: 'merge for look-ups',
  to_excel: 'return the frame instead of writing it',
  to_feather: 'return the frame instead of writing it',
  to_hdf: 'return the frame instead of writing it',
  to_iceberg: 'return the frame instead of writing it',
  to_json: 'return the frame instead of writing it',
  to_list: 'expressions over columns',
  to_numpy: 'expressions over columns',
  to_orc: 'return the frame instead of writing it',
  to_parquet: 'return the frame instead of writing it',
  to_pickle: 'return the frame instead of writing it',
  to_records: 'expressions over columns',
  to_sql: 'return the frame instead of writing it',
  to_stata: 'return the frame instead of writing it',
  to_timestamp: 'to_datetime',
  to_xarray: 'expressions over columns',
  to_xml: 'return the frame instead of writing it',
  tolist: 'expressions over columns',
  transpose: 'concat or merge',
  truncate: 'a mask',
  unique: 'drop_duplicates',
  unstack: 'groupby and merge',
  value_counts: 'groupby().size',
  xs: 'a mask'
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
