/**
 * Times any command that makes one layer's graph against ours, by turns on the same checkpoint and prompt:
 *
 *     npm run bench -- --against "python graph.py --model {model} --prompt {prompt}" --model FOLDER [--prompt TEXT] [--rounds 3]
 *
 * In the command `{model}` and `{prompt}` stand for the folder and the text. Both are timed as a person waits for them, from the
 * start of the process to its end, and ours also within a process that has the model loaded. The command runs in a shell.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EngineClient } from '../../src/engine-client/engine-client';

const ROOT = path.resolve(__dirname, '..', '..');

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    model: { type: 'string' },
    prompt: { type: 'string', default: 'The capital of Japan is the city of' },
    rounds: { type: 'string', default: '3' },
  },
});

/** Milliseconds that a process takes to its end. @throws Error when it fails */
async function timed(program: string, args: readonly string[], shell: boolean): Promise<number> {
  const begin = performance.now();
  const child = spawn(program, args, { cwd: ROOT, shell, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  if (code !== 0) throw new Error(`The command ended with ${code}: ${program}`);
  return performance.now() - begin;
}

/** A word of a shell, whatever is in it. */
function quoted(text: string): string {
  return process.platform === 'win32' ? `"${text.replaceAll('"', '\\"')}"` : `'${text.replaceAll("'", "'\\''")}'`;
}

function middle(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN;
}

async function main(command: string): Promise<void> {
  const model = path.resolve(values.model ?? path.join(ROOT, 'models', 'visit-small'));
  const theirs = command.replaceAll('{model}', () => quoted(model)).replaceAll('{prompt}', () => quoted(values.prompt));
  const ours = [path.join(ROOT, 'dist', 'cli.js'), 'graph', '--model', model, '--prompt', values.prompt, '--format', 'json'];
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist', 'engine.js') });
  const graph = async (prompt: string): Promise<number> => {
    const begin = performance.now();
    await engine.call('graph', { model: { folder: model }, prompt: { text: prompt }, options: {} });
    return performance.now() - begin;
  };
  await graph(values.prompt);
  const times: { theirs: number; whole: number; warm: number }[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    times.push({
      theirs: await timed(theirs, [], true),
      whole: await timed(process.execPath, ours, false),
      // Another prompt of the same length or nearly so: what is known already would cost nothing.
      warm: await graph(`${values.prompt}${' the'.repeat(1 + (round % 2))}`),
    });
  }
  engine.dispose();
  const [them, whole, warm] = (['theirs', 'whole', 'warm'] as const).map((which) => middle(times.map((time) => time[which])));
  console.log(`the command: ${them.toFixed(0)} ms`);
  console.log(`visit graph: ${whole.toFixed(0)} ms, ${(them / whole).toFixed(1)} times as fast`);
  console.log(`one graph more, model loaded: ${warm.toFixed(0)} ms, ${(them / warm).toFixed(1)} times as fast`);
}

if (values.against === undefined) throw new Error('Against which command?');
void main(values.against);
