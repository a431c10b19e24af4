/**
 * The tasks that training programs can be adapted for; a new one is a line here.
 */
import { Anchors } from './anchors';
import { modulesBeside } from './classes';
import { DIALECTS } from './dialects';
import type { IAdaptation, IProgram, IProgramAdaptation } from './program';
import { PRUNERS } from './prune/helpers';
import { canPrune, prune } from './prune/prune';
import { register } from './register';
import { track, trackMetrics } from './track';
import { canUseDvc, translateToDvc } from './translate/dvc';
import { TRIALS, canTune, tune } from './tune/tune';

/** What the user chooses. */
export interface IAdaptOptions {
  /** What runs, studies and registered models are called after. */
  project: string;
  /** How many trials a study has. */
  trials?: number;
}

/** One task: the edits that a team needs before something ships. */
export interface IAdaptTask {
  /** What the menu says. */
  readonly label: string;
  /** Whether it makes sense for a program, which is asked before it is offered. */
  applies(program: IProgram): boolean;
  adapt(program: IProgram, options: IAdaptOptions): IProgramAdaptation;
}

/** A task whose edits are all in the script that is run. */
export function inScript(
  label: string,
  applies: (source: string) => boolean,
  adapt: (source: string, options: IAdaptOptions) => IAdaptation
): IAdaptTask {
  return {
    label,
    applies: ({ script, files }) => applies(files[script]),
    adapt: ({ script, files }, options) => {
      const { code, changed, notes } = adapt(files[script], options);
      return { files: changed ? { [script]: code } : {}, notes };
    }
  };
}

/** Tracking: the script has the run, modules beside it log what they show. */
function tracking(task: string): IAdaptTask {
  const dialect = DIALECTS[task];
  return {
    label: `Track with ${dialect.tool}`,
    applies: () => true,
    adapt: (program, options) => {
      const { script, files } = program;
      const main = track(files[script], dialect, options, program);
      const adapted: IProgramAdaptation = {
        files: main.changed ? { [script]: main.code } : {},
        notes: main.notes
      };
      for (const file of main.changed ? modulesBeside(program) : []) {
        const { code, changed, notes } = trackMetrics(files[file], dialect);
        if (changed) {
          adapted.files[file] = code;
          adapted.notes.push(...notes.map(note => ({ ...note, file })));
        }
      }
      return adapted;
    }
  };
}

/** Pruning: the script has the optimizers. */
function pruning(task: string): IAdaptTask {
  const pruner = PRUNERS[task];
  return inScript(`Prune with ${pruner.tool}`, canPrune, source =>
    prune(source, pruner)
  );
}

/** All tasks, by the names that the benchmark and the check lists use. */
export const ADAPT_TASKS: Readonly<Record<string, IAdaptTask>> = {
  'track-mlflow': tracking('track-mlflow'),
  'track-wandb': tracking('track-wandb'),
  'track-trackio': tracking('track-trackio'),
  'register-mlflow': {
    label: 'Register with MLflow',
    applies: ({ script, files }) =>
      new Anchors(files[script]).models.length > 0,
    adapt: (program, options) => {
      const { script, files } = program;
      const { code, changed, notes } = register(
        files[script],
        options,
        program
      );
      return { files: changed ? { [script]: code } : {}, notes };
    }
  },
  'tune-optuna': inScript('Tune with Optuna', canTune, (source, options) =>
    tune(source, { project: options.project, trials: options.trials ?? TRIALS })
  ),
  'prune-torch': pruning('prune-torch'),
  'prune-nncf': pruning('prune-nncf'),
  'translate-dvc': inScript(
    'Version data and models with DVC',
    canUseDvc,
    translateToDvc
  )
};
