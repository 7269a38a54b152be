/**
 * `npm start`: sets everything up, prints the forward pass of a sample prompt, and opens VS Code on examples/ with the extension:
 * the desktop one where `code` is on the PATH, else code-server at an address that is printed (it runs until Ctrl+C), else the
 * inspector as one HTML file.
 *   npm start
 *   npm start -- --no-open       set-up and sample only
 *   npm start -- --port 8080     the port of code-server; absent: a free one
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuild } from './setup/build.mjs';
import { findProgram, run } from './setup/command.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { ownTarget, packageFor } from './setup/package.mjs';
import { main, SetupError } from './setup/progress.mjs';
import { ROOT } from './setup/repository.mjs';
import { serveVSCode } from './setup/vscode-server.mjs';

const PROMPT = 'The capital of Japan is the city of';
const EXAMPLES = join(ROOT, 'examples');

await main(async () => {
  const { values } = parseArgs({ options: { 'no-open': { type: 'boolean' }, port: { type: 'string' } } });
  await ensureDependencies();
  await ensureBuild();
  await printSample();
  if (values['no-open']) return;

  const code = findProgram('code');
  if (code) return openDesktop(code);
  try {
    await serve(Number(values.port ?? 0));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.log(error.message);
    await writePage();
  }
});

/** The logit lens of the sample as a table, and what the model says next. */
async function printSample() {
  const graph = JSON.parse(await visit('graph', '--prompt', PROMPT, '--format', 'json'));
  console.log(`\n${await visit('lens', '--prompt', PROMPT, '--top', '1', '--format', 'table')}`);
  const { text, probability } = graph.target;
  console.log(`"${PROMPT}" goes on with "${text}", with a probability of ${(100 * probability).toFixed(0)} %.\n`);
}

async function openDesktop(/** @type {string} */ code) {
  await run(code, [`--extensionDevelopmentPath=${ROOT}`, EXAMPLES, join(EXAMPLES, 'factual-recall.txt')]);
  console.log('VS Code opens. Select text there and run "VISIT: Visualize Forward Pass" from the command palette.');
}

/** Serves VS Code until it is stopped. */
async function serve(/** @type {number} */ port) {
  const { file: vsix } = await packageFor(ownTarget());
  const { address, child } = await serveVSCode({ vsix, home: join(ROOT, '.cache', 'vscode'), port });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill());
  console.log(`
VS Code runs at  ${address}/?${new URLSearchParams({ folder: EXAMPLES })}
Open a file there, select text, and run "VISIT: Visualize Forward Pass" from the command palette (F1). Ctrl+C ends it.`);
  await new Promise((resolve) => child.once('exit', resolve));
}

/** The inspector without an editor. */
async function writePage() {
  const file = join(ROOT, 'artifacts', 'forward-pass.html');
  await mkdir(join(ROOT, 'artifacts'), { recursive: true });
  await visit('graph', '--prompt', PROMPT, '--format', 'html', '--out', file);
  console.log(`\nVS Code could not be had; open the inspector in a browser instead:\n  ${file}`);
}

/** @returns {Promise<string>} what the command line prints */
function visit(/** @type {string[]} */ ...args) {
  return run(process.execPath, [join(ROOT, 'dist', 'cli.js'), ...args], { minutes: 2 });
}
