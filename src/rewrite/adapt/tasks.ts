/**
 * The tasks that training programs can be adapted for; a new one is a line here.
 */
import { DIALECTS } from './dialects';
import type { IAdaptation, IProgram, IProgramAdaptation } from './program';
import { track } from './track';
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
function inScript(
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

/** All tasks, by the names that the benchmark and the check lists use. */
export const ADAPT_TASKS: Readonly<Record<string, IAdaptTask>> = {
  'track-mlflow': inScript(
    'Track with MLflow',
    () => true,
    (source, options) => track(source, DIALECTS['track-mlflow'], options)
  ),
  'tune-optuna': inScript('Tune with Optuna', canTune, (source, options) =>
    tune(source, { project: options.project, trials: options.trials ?? TRIALS })
  )
};
