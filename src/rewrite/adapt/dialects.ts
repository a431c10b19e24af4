/**
 * How each tracking tool says what is tracked.
 */
import type { IParameter, IParameters } from './settings';

/** The calls of one tracking tool, as lines of Python. */
export interface IDialect {
  readonly tool: string;
  /** The package; its import shows that a script is adapted already. */
  readonly package: string;
  /** Lines after the imports. */
  setUp(project: string): string[];
  begin(project: string): string[];
  end(): string[];
  /** The header of a block that is a run of its own, for one try of many. */
  nested(project: string): string;
  parameters(entries: readonly IParameter[]): string[];
  allParameters(all: NonNullable<IParameters['all']>): string[];
  metrics(
    metrics: readonly { name: string; source: string }[],
    step: string | null
  ): string[];
  file(path: string): string[];
  model(flavor: string, variable: string): string[];
}

function dict(entries: readonly { name: string; source: string }[]): string {
  const pairs = entries.map(({ name, source }) => `"${name}": ${source}`);
  return `{${pairs.join(', ')}}`;
}

const floats = (metrics: readonly { name: string; source: string }[]) =>
  dict(
    metrics.map(({ name, source }) => ({ name, source: `float(${source})` }))
  );

const mapping = (all: NonNullable<IParameters['all']>) =>
  all.isNamespace ? `vars(${all.source})` : all.source;

/** How a flavor is stored where its default refuses ordinary models. */
const FORMATS: Readonly<Record<string, string>> = {
  sklearn: ', serialization_format="cloudpickle"',
  pytorch: ', serialization_format="pickle"'
};

/** MLflow with a local SQLite store. */
export const MLFLOW: IDialect = {
  tool: 'MLflow',
  package: 'mlflow',
  setUp: project => [
    'mlflow.set_tracking_uri("sqlite:///mlflow.db")',
    `mlflow.set_experiment("${project}")`
  ],
  begin: () => ['mlflow.start_run()'],
  end: () => ['mlflow.end_run()'],
  nested: () => 'with mlflow.start_run(nested=True):',
  parameters: entries => [`mlflow.log_params(${dict(entries)})`],
  allParameters: all => [`mlflow.log_params(${mapping(all)})`],
  metrics: (metrics, step) => [
    `mlflow.log_metrics(${floats(metrics)}${step === null ? '' : `, step=${step}`})`
  ],
  file: path => [`mlflow.log_artifact(${path})`],
  model: (flavor, variable) => [
    `mlflow.${flavor}.log_model(${variable}, name="${variable}"${FORMATS[flavor] ?? ''})`
  ]
};

/** The tracking tools that scripts can be adapted to. */
export const DIALECTS: Readonly<Record<string, IDialect>> = {
  'track-mlflow': MLFLOW
};
