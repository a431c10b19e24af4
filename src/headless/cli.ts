/**
 * The command line: `npx palimpsest COMMAND ...`.
 */
import { CompanionError } from '../companion/client';
import { ADAPT_USAGE, adaptCommand } from './adaptcommand';
import { UsageError } from './errors';
import { REWRITE_USAGE, rewriteCommand } from './rewritecommand';
import { VERIFY_USAGE, verifyCommand } from './verifycommand';

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> =
  {
    adapt: adaptCommand,
    rewrite: rewriteCommand,
    verify: verifyCommand
  };

const USAGE = `Usage:
  ${REWRITE_USAGE}
      rewrite the messy cells of a notebook or script, each verified
  ${VERIFY_USAGE}
      compare two versions of a script; exit 0 equivalent, 1 different, 2 undecided
  ${ADAPT_USAGE}
      track, tune, register, prune or version what a training script does; without a task, list what applies`;

async function main([command, ...args]: string[]): Promise<number> {
  if (command === '--help' || command === 'help') {
    console.log(USAGE);
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, command ?? '')) {
    throw new UsageError(USAGE);
  }
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  return COMMANDS[command](args);
}

/** No verdict was reached, whatever the reason. */
const UNDECIDED = 2;

main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code;
  },
  error => {
    console.error(told(error));
    process.exitCode = UNDECIDED;
  }
);

function told(error: unknown): string {
  if (error instanceof UsageError) {
    return error.message;
  }
  if (error instanceof CompanionError) {
    return [error.message, error.hint].filter(Boolean).join('\n');
  }
  const { code, message, stack } = error as NodeJS.ErrnoException;
  return code?.startsWith('ERR_PARSE_ARGS') || code === 'ENOENT'
    ? message
    : (stack ?? String(error));
}
