/**
 * Times any command that makes one layer's graph against ours, by turns on the same checkpoint and prompt:
 *
 *     npm run bench -- --against "python graph.py --model {model} --prompt {prompt}" --model FOLDER [--prompt TEXT] [--rounds 3]
 *
 * In the command `{model}` and `{prompt}` stand for the folder and the text. Both are timed as a person waits for them, from the
 * start of the process to its end, and ours also within a process that has the model loaded. The command runs in a shell.
 *
 *     npm run bench -- --against "python graphs.py --model {model}" --stays --model FOLDER [--layers 12] [--rounds 9]
 *
 * A command that stays is started once: it prints a line when its model is loaded, then one for each line that it is sent, a prompt and
 * the layers to be drawn as JSON, when that graph is made. Each prompt is a new one; ours is timed until what is seen first has
 * been read, and all of it.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { EngineClient } from '../../src/engine-client/engine-client';
import { median } from './race';

const ROOT = path.resolve(__dirname, '..', '..');

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    model: { type: 'string' },
    prompt: { type: 'string', default: 'The capital of Japan is the city of' },
    rounds: { type: 'string', default: '3' },
    stays: { type: 'boolean', default: false },
    layers: { type: 'string', default: '1' },
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

/** Graphs of ours that are made before any is timed. */
const WARM_UP = 24;
const WORDS = ['the', 'a', 'in', 'of', 'to', 'and', 'is', 'was', 'for', 'on', 'with', 'that', 'by', 'at', 'from', 'his'] as const;

async function main(command: string): Promise<void> {
  const model = path.resolve(values.model ?? path.join(ROOT, 'models', 'visit-small'));
  const theirs = command.replaceAll('{model}', () => quoted(model)).replaceAll('{prompt}', () => quoted(values.prompt));
  await (values.stays ? loaded(theirs, model) : whole(theirs, model));
}

/** With the model loaded in both. */
async function loaded(command: string, model: string): Promise<void> {
  const child = spawn(command, { cwd: ROOT, shell: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<void> => {
    if ((await lines.next()).done) throw new Error(`The command has ended: ${command}`);
  };
  const engine = new EngineClient({ entry: path.join(ROOT, 'dist', 'engine.js') });
  const folder = { folder: model };
  const { nLayers } = await engine.call('load', { model: folder });
  const count = Number(values.layers);
  const from = Math.floor((nLayers - count) / 2);
  const drawn = { from, to: from + count - 1 };
  let prompts = 0;
  /** Other words in the place of the first, so that no pass is known. */
  const prompt = (): string =>
    `${WORDS[prompts % WORDS.length]} ${WORDS[Math.floor(prompts++ / WORDS.length) % WORDS.length]} ${values.prompt}`;
  const ours = async (seenFirst: boolean): Promise<number> => {
    const begin = performance.now();
    await engine.call('graph', { model: folder, prompt: { text: prompt() }, options: { layers: drawn }, ...(seenFirst && { seenFirst }) });
    return performance.now() - begin;
  };
  const them = async (): Promise<number> => {
    const begin = performance.now();
    child.stdin.write(`${JSON.stringify({ prompt: prompt(), layers: drawn })}\n`);
    await line();
    return performance.now() - begin;
  };
  await line();
  // So often that what is used often has been repacked.
  for (let i = 0; i < WARM_UP; i++) await ours(i % 2 === 0);
  await them();
  const times: { theirs: number; first: number; all: number }[] = [];
  for (let round = 0; round < Number(values.rounds); round++)
    times.push({ theirs: await them(), first: await ours(true), all: await ours(false) });
  child.stdin.end();
  engine.dispose();
  const [theirs, first, all] = (['theirs', 'first', 'all'] as const).map((which) => median(times.map((time) => time[which])));
  console.log(`the command, layers ${drawn.from} to ${drawn.to}: ${theirs.toFixed(0)} ms`);
  console.log(`until what is seen first is there: ${first.toFixed(0)} ms, ${(theirs / first).toFixed(1)} times as fast`);
  console.log(`all of it: ${all.toFixed(0)} ms, ${(theirs / all).toFixed(1)} times as fast`);
}

/** From the start of a process to its end. */
async function whole(theirs: string, model: string): Promise<void> {
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
  const [them, whole, warm] = (['theirs', 'whole', 'warm'] as const).map((which) => median(times.map((time) => time[which])));
  console.log(`the command: ${them.toFixed(0)} ms`);
  console.log(`visit graph: ${whole.toFixed(0)} ms, ${(them / whole).toFixed(1)} times as fast`);
  console.log(`one graph more, model loaded: ${warm.toFixed(0)} ms, ${(them / warm).toFixed(1)} times as fast`);
}

if (values.against === undefined) throw new Error('Against which command?');
void main(values.against);
