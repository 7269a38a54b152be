/** Runs the built command line as a person would. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Readable } from 'node:stream';
import type * as Cli from '../../src/cli/main';
import type { Output } from '../../src/cli/surroundings';

export const ROOT = path.join(__dirname, '..', '..');
export const CLI = path.join(ROOT, 'dist', 'cli.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Read when first asked for, and then kept with its engine until all tests have run. */
let kept: { readonly cli: typeof Cli; readonly engine: ReturnType<typeof Cli.startEngine> } | undefined;
after(() => kept?.engine.dispose());

/**
 * Runs `visit` with arguments and, if given, standard input: the built program, but in this process and with one engine for all, so
 * that a test does not wait for Node, onnxruntime and the model again each time. processes.test.ts compares both.
 */
export async function visit(args: readonly string[], input = ''): Promise<Outcome> {
  kept ??= loaded();
  const { cli, engine } = kept;
  const [stdout, stderr] = [new Written(), new Written()];
  const code = await cli.run(args, { stdin: Readable.from([Buffer.from(input)]), stdout, stderr, engine });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

function loaded(): NonNullable<typeof kept> {
  const cli = createRequire(__filename)(CLI) as typeof Cli;
  return { cli, engine: cli.startEngine() };
}

/** What is written is kept. */
class Written implements Output {
  text = '';

  write(text: string, done?: () => void): void {
    this.text += text;
    if (done) setImmediate(done);
  }
}

/** Runs `visit` as a process of its own, with arguments and, if given, standard input and additions to the environment. */
export function visitProcess(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: ROOT, env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
}
