/** Running other programs with a time limit, and finding them. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { output } from './output.mjs';
import { SetupError } from './progress.mjs';

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd] where it runs; absent: here
 * @property {Record<string, string>} [env] added to this process's environment
 * @property {number} [minutes] time limit; with `show` it begins anew with every output, so that it ends what hangs and not what
 *   is slow; absent: 10
 * @property {boolean} [show] true: its output appears as it comes, in the caller's block; absent: its last lines appear if it fails
 */

/**
 * Runs a program to its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<string>} what it wrote to stdout ('' with `show`)
 * @throws {SetupError} when it cannot start, takes too long or ends with another code than 0
 */
export async function run(program, args, { cwd, env, minutes = 10, show = false } = {}) {
  const line = [program, ...args].join(' ');
  // npm and code are .cmd files on Windows, which only a shell can start; a shell wants quotes
  const shell = process.platform === 'win32' && !program.endsWith('.exe');
  const quote = (/** @type {string} */ word) => (shell ? `"${word}"` : word);
  const child = spawn(quote(program), args.map(quote), {
    cwd,
    env: { ...process.env, ...(show ? colours() : {}), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell,
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), minutes * 60_000);
  let stdout = '';
  let all = '';
  if (show) {
    const out = output();
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        out.write(data);
        timer.refresh();
      });
    }
  } else {
    child.stdout.setEncoding('utf8').on('data', (data) => ((stdout += data), (all += data)));
    child.stderr.setEncoding('utf8').on('data', (data) => (all += data));
  }

  const { code, signal, error } = await new Promise((resolve) => {
    child.on('error', (error) => resolve({ error }));
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  clearTimeout(timer);

  if (error) throw new SetupError(`${program} could not be started: ${error.message}`, `The command was: ${line}`);
  if (signal === 'SIGKILL')
    throw new SetupError(
      `${program} was stopped after ${minutes} minutes${show ? ' without a word' : ''}.`,
      `The command was: ${line}\n${tail(all)}`,
    );
  if (code !== 0) throw new SetupError(`${program} ended with code ${code ?? signal}.`, `The command was: ${line}\n${tail(all)}`);
  return stdout;
}

/**
 * Runs npm, which is the one package manager that is sure to be there.
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 */
export function npm(args, options) {
  return run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], options);
}

/**
 * @param {string} name a program, or a full path
 * @returns {string | undefined} where it is, if it is on the PATH and can be run
 */
export function findProgram(name) {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', ''] : [''];
  const folders = name.includes('/') || name.includes('\\') ? [''] : (process.env.PATH ?? '').split(delimiter);
  for (const folder of folders) {
    for (const ending of endings) {
      const file = join(folder, name + ending);
      if (canRun(file)) return file;
    }
  }
  return undefined;
}

/** A program that writes into a pipe does without colours, unless it is told that a terminal follows. */
function colours() {
  return process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {};
}

/** @param {string} file */
function canRun(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** @param {string} text */
function tail(text) {
  return text.trim().split('\n').slice(-15).join('\n');
}
