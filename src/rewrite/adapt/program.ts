/**
 * A training program: the script that is run and the modules beside it.
 */

/** The Python files of a program, by their path below its folder. */
export interface IProgram {
  /** The path of the file that is run. */
  script: string;
  files: Readonly<Record<string, string>>;
}

/** What could not be adapted, and why. */
export interface INote {
  line: number;
  message: string;
  /** The file, when it is not the script. */
  file?: string;
}

/** What came of an adaptation of one source. */
export interface IAdaptation {
  /** The whole new source; the old one when there is nothing to do. */
  code: string;
  changed: boolean;
  notes: INote[];
}

/** What came of an adaptation of a program. */
export interface IProgramAdaptation {
  /** The files that are new or have another text. */
  files: Record<string, string>;
  notes: INote[];
}

/** A program of one script, such as a cell. */
export function programOf(source: string, script = 'script.py'): IProgram {
  return { script, files: { [script]: source } };
}

/** A program with an adaptation laid over it. */
export function withAdapted(
  program: IProgram,
  { files }: IProgramAdaptation
): IProgram {
  return { ...program, files: { ...program.files, ...files } };
}
