import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { CommandError, UserError } from './errors.mjs';
import { ROOT, VENV, venvBin } from './paths.mjs';

/** The environment of a program that should see the virtual environment as active. */
export function venvEnvironment(extra = {}) {
  const environment = { ...process.env, ...extra };
  environment.VIRTUAL_ENV = VENV;
  environment.PATH = [
    path.dirname(venvBin('python')),
    path.join(ROOT, 'node_modules', '.bin'),
    process.env.PATH
  ].join(path.delimiter);
  delete environment.PYTHONHOME;
  delete environment.PYTHONPATH;
  return environment;
}

/**
 * Start a command in the repository and wait for its end.
 *
 * @param options - `cwd`, `env` (added to the environment), `quiet`: keep the
 *   output back and show it only when the command fails, and `output`: a list
 *   that takes the output instead of the terminal.
 * @returns The exit code.
 */
export function runForCode(command, args, options = {}) {
  const { cwd = ROOT, env = {}, quiet = false } = options;
  const output = options.output ?? (quiet ? [] : null);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: venvEnvironment(env),
      stdio: output ? ['ignore', 'pipe', 'pipe'] : 'inherit'
    });
    child.stdout?.on('data', chunk => output.push(chunk));
    child.stderr?.on('data', chunk => output.push(chunk));
    const stop = forwardSignals(child);
    child.on('error', error => {
      stop();
      reject(new UserError(`Cannot start ${command}: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      stop();
      if (quiet && code !== 0) {
        process.stderr.write(Buffer.concat(output));
      }
      resolve(code ?? signalCode(signal));
    });
  });
}

/** As {@link runForCode}, but a command that fails is an error. */
export async function run(command, args, options = {}) {
  const code = await runForCode(command, args, options);
  if (code !== 0) {
    throw new CommandError([path.basename(command), ...args].join(' '), code);
  }
}

/** What a quick command prints, or `null` when it cannot be run or fails. */
export function outputOf(command, args) {
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : null;
}

/** The child decides how to end; this process waits for it. */
function forwardSignals(child) {
  const signals = ['SIGINT', 'SIGTERM'];
  const forward = signal => {
    // A terminal has sent its Ctrl-C to the child already.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) {
      child.kill(signal);
    }
  };
  signals.forEach(signal => process.on(signal, forward));
  return () => signals.forEach(signal => process.off(signal, forward));
}

function signalCode(signal) {
  return signal === 'SIGINT' ? 130 : 1;
}
