/**
 * How each tracking tool says what is tracked.
 */
import type { IFramework } from './knowledge';
import type { IParameter, IParameters } from './settings';

/** A value with the name it is recorded by. */
interface INamedSource {
  name: string;
  source: string;
}

/** A model to log. */
export interface ILoggedModel {
  variable: string;
  framework: IFramework;
  /** Modules of the program that its class comes from. */
  modules: readonly string[];
}

/** The calls of one tracking tool, as lines of Python. */
export interface IDialect {
  readonly tool: string;
  /** The package; its import shows that a script is adapted already. */
  readonly package: string;
  /** The header of a block that is a run of its own, for one try of many; without it, values of all tries are kept in one run. */
  readonly nested: string | null;
  /** Whether settings that come after the first metric are kept beside the metrics only. */
  readonly settingsComeFirst: boolean;
  /** Lines that begin a run; `early` are settings that are known then. */
  begin(project: string, early: readonly IParameter[]): string[];
  end(): string[];
  /** Settings; those of one try of many in a run may have other values the next time. */
  parameters(entries: readonly INamedSource[], isTried: boolean): string[];
  allParameters(
    all: NonNullable<IParameters['all']>,
    isTried: boolean
  ): string[];
  metrics(metrics: readonly INamedSource[], step: string | null): string[];
  /** The values of each pass, from a dictionary of lists. */
  history(source: string): string[];
  file(path: string): string[];
  model(model: ILoggedModel): { imports: string[]; lines: string[] };
}

function dict(entries: readonly INamedSource[]): string {
  const pairs = entries.map(({ name, source }) => `"${name}": ${source}`);
  return `{${pairs.join(', ')}}`;
}

const floats = (metrics: readonly INamedSource[]) =>
  metrics.map(({ name, source }) => ({ name, source: `float(${source})` }));

const mapping = (all: NonNullable<IParameters['all']>) =>
  all.isNamespace ? `vars(${all.source})` : all.source;

/** A loop over a dictionary of lists that logs one pass after the other. */
function passes(source: string, log: (values: string) => string): string[] {
  const values = `dict(zip(${source}, map(float, pass_values)))`;
  return [
    `for pass_number, pass_values in enumerate(zip(*${source}.values())):`,
    `    ${log(values)}`
  ];
}

function saved({ file }: IFramework, variable: string, path: string): string {
  return file.save.replace('{model}', variable).replace('{path}', path);
}

/** MLflow with a local SQLite store. */
const MLFLOW: IDialect = {
  tool: 'MLflow',
  package: 'mlflow',
  nested: 'with mlflow.start_run(nested=True):',
  settingsComeFirst: false,
  begin: project => [
    'mlflow.set_tracking_uri("sqlite:///mlflow.db")',
    `mlflow.set_experiment("${project}")`,
    'mlflow.start_run()'
  ],
  end: () => ['mlflow.end_run()'],
  parameters: entries => [`mlflow.log_params(${dict(entries)})`],
  allParameters: all => [`mlflow.log_params(${mapping(all)})`],
  metrics: (metrics, step) => [
    `mlflow.log_metrics(${dict(floats(metrics))}${step === null ? '' : `, step=${step}`})`
  ],
  history: source =>
    passes(source, values => `mlflow.log_metrics(${values}, step=pass_number)`),
  file: path => [`mlflow.log_artifact(${path})`],
  model: ({ variable, framework, modules }) => ({
    imports: [],
    lines: [
      `mlflow.${framework.flavor}.log_model(${variable}, name="${variable}"${framework.formats}${codePaths(modules)})`
    ]
  })
};

/** The argument that stores modules beside a model whose class they define. */
export function codePaths(modules: readonly string[]): string {
  return modules.length === 0 ? '' : `, code_paths=${JSON.stringify(modules)}`;
}

/** Weights & Biases, which writes to a folder beside the script until it is synchronised. */
const WANDB: IDialect = {
  tool: 'Weights & Biases',
  package: 'wandb',
  nested: null,
  settingsComeFirst: false,
  begin: project => [`wandb.init(project="${project}", mode="offline")`],
  end: () => ['wandb.finish()'],
  parameters: (entries, isTried) => wandbConfig(dict(entries), isTried),
  allParameters: (all, isTried) => wandbConfig(mapping(all), isTried),
  // A pass that is counted is a value like others: wandb drops values whose step went back.
  metrics: (metrics, step) => [
    `wandb.log(${dict([...floats(metrics), ...counted(metrics, step)])})`
  ],
  history: source => passes(source, values => `wandb.log(${values})`),
  file: path => [`wandb.save(${path}, policy="now")`],
  model: ({ variable, framework }) => {
    const path = `f"{wandb.run.dir}/${variable}${framework.file.extension}"`;
    return {
      imports: framework.file.imports,
      lines: [
        saved(framework, variable, path),
        `wandb.log_artifact(${path}, name="${variable}", type="model")`
      ]
    };
  }
};

function wandbConfig(values: string, isTried: boolean): string[] {
  return isTried
    ? [
        `wandb.config.update(${values}, allow_val_change=True)`,
        `wandb.log(${values})`
      ]
    : [`wandb.config.update(${values})`];
}

function counted(
  metrics: readonly INamedSource[],
  step: string | null
): INamedSource[] {
  const isName = step !== null && /^[A-Za-z_]\w*$/.test(step);
  return isName && !metrics.some(({ name }) => name === step)
    ? [{ name: step, source: step }]
    : [];
}

/** Trackio, which keeps runs in SQLite. */
const TRACKIO: IDialect = {
  tool: 'Trackio',
  package: 'trackio',
  nested: null,
  settingsComeFirst: true,
  begin: (project, early) => [
    early.length === 0
      ? `trackio.init(project="${project}")`
      : `trackio.init(project="${project}", config=${dict(early)})`
  ],
  end: () => ['trackio.finish()'],
  parameters: (entries, isTried) => trackioConfig(dict(entries), isTried),
  allParameters: (all, isTried) => trackioConfig(mapping(all), isTried),
  metrics: (metrics, step) => [
    `trackio.log(${dict(floats(metrics))}${step === null ? '' : `, step=${step}`})`
  ],
  history: source =>
    passes(source, values => `trackio.log(${values}, step=pass_number)`),
  file: path => [`trackio.save(${path})`],
  model: ({ variable, framework }) => {
    const folder = `${variable}_folder`;
    const path = `f"{${folder}}/${variable}${framework.file.extension}"`;
    return {
      imports: ['tempfile', ...framework.file.imports],
      lines: [
        `with tempfile.TemporaryDirectory() as ${folder}:`,
        `    ${saved(framework, variable, path)}`,
        `    trackio.log_artifact(${path}, name="${variable}", type="model")`
      ]
    };
  }
};

/** Trackio keeps the settings that a run has when its first values are logged. */
function trackioConfig(values: string, isTried: boolean): string[] {
  const update = `trackio.config.update(${values})`;
  return isTried ? [update, `trackio.log(${values})`] : [update];
}

/** The tracking tools that scripts can be adapted to. */
export const DIALECTS: Readonly<Record<string, IDialect>> = {
  'track-mlflow': MLFLOW,
  'track-wandb': WANDB,
  'track-trackio': TRACKIO
};
