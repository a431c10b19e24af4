/**
 * Registering: the trained models become versions in the MLflow registry.
 */
import { Anchors } from './anchors';
import { ownModules } from './classes';
import { codePaths } from './dialects';
import { inputExample } from './inputexample';
import { type IKeptModel, keptModels } from './keptmodels';
import type { IAdaptation, INote, IProgram } from './program';
import { Splice } from './splice';

/** What the user chooses. */
export interface IRegisterOptions {
  /** The name of the registered model. */
  project: string;
}

/** The alias that the newest version gets. */
const ALIAS = 'candidate';

/** Register the models that a script trains. */
export function register(
  source: string,
  options: IRegisterOptions,
  program?: IProgram
): IAdaptation {
  const anchors = new Anchors(source, program);
  if (/registered_model_name|register_model\(/.test(source)) {
    return { code: source, changed: false, notes: [] };
  }
  const splice = new Splice(anchors.text);
  const notes: INote[] = [];
  const kept = keptModels(anchors);
  const modules = program ? ownModules(anchors.text.module, program) : [];
  const imports = new Set<string>(['mlflow']);
  let isRegistered = false;
  for (const one of kept) {
    const example = inputExample(one.model, anchors);
    if (example === null) {
      const line = one.model.place.statement.lineno ?? 0;
      const message = `Not registered: no example of what ${one.model.variable} is given was found.`;
      notes.push({ line, message });
      continue;
    }
    const name =
      kept.length === 1
        ? options.project
        : `${options.project}-${one.model.variable}`;
    const lines = registration(one, name, example.source, modules, options);
    example.imports.forEach(needed => imports.add(needed));
    if (one.after.nodeType === 'Return') {
      splice.before(one.after, lines);
    } else {
      splice.after(one.after, lines);
    }
    isRegistered = true;
  }
  if (!isRegistered) {
    return { code: source, changed: false, notes };
  }
  const head = [...imports]
    .filter(name => !anchors.names.hasAs(name))
    .map(name => `import ${name}`);
  if (anchors.lastImport) {
    splice.after(anchors.lastImport, head);
  } else {
    splice.atStart(head);
  }
  return { code: splice.toString(), changed: true, notes };
}

function registration(
  { model }: IKeptModel,
  name: string,
  example: string,
  modules: readonly string[],
  { project }: IRegisterOptions
): string[] {
  const { variable, framework } = model;
  const version = `${variable}_version`;
  return [
    'mlflow.set_tracking_uri("sqlite:///mlflow.db")',
    `mlflow.set_experiment("${project}")`,
    'with mlflow.start_run(nested=mlflow.active_run() is not None):',
    `    ${version} = mlflow.${framework.flavor}.log_model(${variable}, name="${variable}"${framework.formats}${codePaths(modules)}, input_example=${example}, registered_model_name="${name}").registered_model_version`,
    `    mlflow.MlflowClient().set_registered_model_alias("${name}", "${ALIAS}", ${version})`
  ];
}
