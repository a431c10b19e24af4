/**
 * How the values of a feature computation depend on the rows of the table: the
 * functions and methods whose answer for a row needs that row alone, and those that
 * sum all rows up.
 */

/**
 * How a value depends on the rows.
 *
 * `constant`: not at all, or as it was learned. `rows`: one element a row. `columns`:
 * a list of such. `some`: elements of some of the rows. `element`: of one row.
 * `count`: how many rows there are. `summary`: of all rows.
 */
export type Kind =
  'constant' | 'rows' | 'columns' | 'some' | 'element' | 'count' | 'summary';

/** Functions of all rows, by qualified name. */
export const SUMMARIES: ReadonlySet<string> = new Set([
  'sum',
  'min',
  'max',
  'sorted',
  'set',
  'any',
  'all',
  'collections.Counter',
  'statistics.mean',
  'statistics.fmean',
  'statistics.median',
  'statistics.stdev',
  'statistics.pstdev',
  'statistics.variance',
  'statistics.pvariance',
  'numpy.mean',
  'numpy.median',
  'numpy.std',
  'numpy.var',
  'numpy.min',
  'numpy.max',
  'numpy.amin',
  'numpy.amax',
  'numpy.sum',
  'numpy.nanmean',
  'numpy.nanmedian',
  'numpy.nanstd',
  'numpy.nanmin',
  'numpy.nanmax',
  'numpy.nansum',
  'numpy.percentile',
  'numpy.quantile',
  'numpy.nanpercentile',
  'numpy.unique',
  'numpy.linalg.norm',
  'numpy.histogram_bin_edges',
  'pandas.unique'
]);

/** Methods of all rows. */
export const SUMMARY_METHODS: ReadonlySet<string> = new Set([
  'mean',
  'median',
  'std',
  'var',
  'min',
  'max',
  'sum',
  'quantile',
  'unique',
  'nunique',
  'value_counts',
  'mode',
  'any',
  'all',
  'argmax',
  'argmin'
]);

/** Functions of arrays or lists that work element by element, by qualified name. */
export const ELEMENTWISE =
  /^(list|tuple|abs|round|float|int|str|bool|numpy\.(array|asarray|asfarray|log|log1p|log2|log10|sqrt|exp|expm1|abs|absolute|fabs|floor|ceil|rint|sign|sin|cos|tan|tanh|arctan|square|power|clip|where|isnan|isfinite|nan_to_num|round|around|maximum|minimum|mod|add|subtract|multiply|divide|equal|not_equal|greater|less|logical_and|logical_or|logical_not|digitize|searchsorted|isin|atleast_2d|ravel|float32|float64|int64|ascontiguousarray|expand_dims|zeros_like|ones_like|full_like)|pandas\.(to_numeric|to_datetime|isna|isnull|notna|notnull|Series|DataFrame|cut)|scipy\.special\.(?!(log_?)?softmax|logsumexp)\w+|scipy\.sparse\.(csr|csc|coo)_(matrix|array)|math\.\w+)$/;

/** Functions that put columns side by side. */
export const BESIDE: ReadonlySet<string> = new Set([
  'numpy.column_stack',
  'numpy.hstack',
  'numpy.concatenate',
  'pandas.concat',
  'scipy.sparse.hstack'
]);

/** Methods that work row by row. */
export const ROW_METHODS =
  /^(astype|copy|to_numpy|tolist|to_list|ravel|flatten|squeeze|map|apply|applymap|fillna|replace|clip|round|abs|isin|isna|isnull|notna|notnull|between|where|mask|toarray|todense|lower|upper|title|capitalize|strip|lstrip|rstrip|split|len|contains|startswith|endswith|slice|get|count|extract|zfill|cat|eq|ne|lt|le|gt|ge|add|sub|mul|div|truediv|floordiv|mod|pow|assign|drop|rename|insert|join|view|filter|reindex|transform|predict|predict_proba|reset_index|strftime|day_name|month_name|total_seconds|isocalendar|weekday|nonzero_|iterrows|itertuples)$/;

/** Attributes that have a value for each row. */
export const ROW_ATTRIBUTES =
  /^(values|str|dt|loc|iloc|year|month|day|hour|minute|second|dayofweek|weekday|dayofyear|days|quarter|week|date|A)$/;
