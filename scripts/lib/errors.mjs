/** A failure that the user can mend: printed as its message, without a stack. */
export class UserError extends Error {}

/** A command that ended with an exit code other than zero. */
export class CommandError extends UserError {
  constructor(command, code) {
    super(`${command} ended with exit code ${code}.`);
    this.code = code;
  }
}

/**
 * Run a script's main function; print what went wrong and exit accordingly.
 *
 * @param main - An async function that returns the exit code, or nothing for 0.
 */
export async function exitWith(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(
      error instanceof UserError ? `\n✗ ${error.message}` : error.stack
    );
    process.exitCode = 1;
  }
}
