/**
 * From a key press in VS Code until the graph is drawn, with model and panel warm, in the browser that the end-to-end tests use; and how long
 * the page and the extension host serve nobody else meanwhile. Each figure is the least of several rounds. Ends with 1 when a
 * figure is over its budget.
 *
 *     npx tsx test/bench/key-press.bench.ts           the model that comes with the extension
 *     npx tsx test/bench/key-press.bench.ts --large   also a Llama of 135M and a Gemma 3 of 268M in shape; writes 0.9 GB
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findCodeServer } from '../../scripts/setup/code-server.mjs';
import { ownTarget, packageFor } from '../../scripts/setup/package.mjs';
import { launchBrowser } from '../support/browser';
import { startVSCodeServer } from '../support/vscode-server';
import { leaveWorkbench } from '../support/workbench';
import { forgetWorkbench } from '../support/workbench-storage';
import { Figures } from './figures';
import { GEMMA_3_268M, gemmaConfig, gemmaTensors } from './large/gemma-shape';
import { LLAMA_135M, llamaConfig, llamaTensors } from './large/llama-shape';
import { writeRandomShards } from './large/random-shards';
import { writePaddedTokenizer } from './large/padded-tokenizer';
import { untilDrawn, type Drawn } from './vscode/drawn';
import { prompts, WarmWindow, writeWorkspace } from './vscode/warm-window';
import { median } from './race';

const ROUNDS = 6;

const figures = new Figures('key press');

/** A model to be looked at, and what may pass until it is drawn, in milliseconds. */
interface Subject {
  readonly name: string;
  /** null: the one that comes with the extension */
  readonly folder: string | null;
  readonly layers: number;
  readonly budgets: { readonly prompt: number; readonly layer: number };
}

async function bench({ name, layers, budgets }: Subject, window: WarmWindow): Promise<void> {
  const { page } = window;
  const [fresh, layer, again, overview]: Drawn[][] = [[], [], [], []];
  const turns: { clock: number; work: number }[] = [];
  /** Presses when nothing else is under way. */
  const timed = async (types: Parameters<typeof untilDrawn>[1], press: () => Promise<void>): Promise<Drawn> => {
    await window.rest();
    return untilDrawn(page, types, press);
  };
  for (let round = 0; round < ROUNDS; round++) {
    await window.step(1);
    await window.longestTurn();
    fresh.push(await timed(['graph'], () => window.visualize()));
    await window.rest();
    turns.push(await window.longestTurn());
    await window.step(-1);
    again.push(await timed(['graph'], () => window.visualize()));
    await window.step(1);
    await timed(['graph'], () => window.visualize());
    const other = (round * 3 + 1) % (layers - 1);
    layer.push(await timed(['graph'], () => window.part(`layer-cell-${other}`).click()));
    overview.push(await timed(['insightPart', 'insightResult'], () => window.part('tab-overview').click()));
    await window.rest();
    await window.part('tab-graph').click();
  }
  for (const [what, rounds, budget] of [
    ['new prompt', fresh, budgets.prompt],
    ['another layer', layer, budgets.layer],
    ['what was seen before', again, 100],
    ['first rows of the Overview', overview, 1000],
  ] as const) {
    const sorted = rounds.map(({ drawn }) => drawn).sort((a, b) => a - b);
    const arrived = Math.min(...rounds.map((each) => each.arrived));
    figures.add({
      what: `VS Code, ${name}, ${what}, from the key press until it is drawn`,
      value: sorted[0] ?? NaN,
      unit: 'ms',
      budget,
      note: `middle ${median(sorted).toFixed(0)} ms; in the page after ${arrived.toFixed(0)} ms; processor time: ${inWords(rounds)}`,
    });
  }
  for (const [what, { work, clock }, budget] of [
    ['starting the extension', window.activation, 50],
    ['longest turn of the extension host while a model is loaded and its first graph shown', window.loading, 20],
  ] as const) {
    const note = `by the clock ${clock.toFixed(0)} ms`;
    figures.add({ what: `VS Code, ${name}, ${what}, processor time`, value: work, unit: 'ms', budget, note });
  }
  const pauses = [...fresh, ...layer, ...again, ...overview].map(({ pause }) => pause);
  figures.add({ what: `VS Code, ${name}, longest pause of the page, middle of rounds`, value: median(pauses), unit: 'ms', budget: 100 });
  figures.add({
    what: `VS Code, ${name}, longest turn of the extension host, processor time`,
    value: median(turns.map(({ work }) => work)),
    unit: 'ms',
    budget: 20,
    note: `by the clock ${median(turns.map(({ clock }) => clock)).toFixed(0)} ms`,
  });
}

/** Processor time by kind of process, the middle of the rounds. */
function inWords(rounds: readonly Drawn[]): string {
  const kinds = [...new Set(rounds.flatMap(({ work }) => [...work.keys()]))].sort();
  return kinds.map((kind) => `${kind} ${median(rounds.map(({ work }) => work.get(kind) ?? 0)).toFixed(0)} ms`).join(', ');
}

/** Models of the sizes that are asked for. */
function subjects(root: string, large: boolean): Subject[] {
  const small = { name: 'embedded model', folder: null, layers: 8, budgets: { prompt: 300, layer: 150 } };
  if (!large) return [small];
  const [llama, gemma] = [path.join(root, 'llama'), path.join(root, 'gemma')];
  for (const folder of [llama, gemma]) mkdirSync(folder);
  writeRandomShards(llama, llamaTensors(LLAMA_135M), llamaConfig(LLAMA_135M), 'BF16');
  writePaddedTokenizer(llama, LLAMA_135M.vocabSize);
  writeRandomShards(gemma, gemmaTensors(GEMMA_3_268M), gemmaConfig(GEMMA_3_268M), 'BF16');
  writePaddedTokenizer(gemma, GEMMA_3_268M.vocabSize);
  return [
    small,
    { name: 'Llama 135M', folder: llama, layers: LLAMA_135M.layers, budgets: { prompt: 400, layer: 250 } },
    { name: 'Gemma 3 268M', folder: gemma, layers: GEMMA_3_268M.layers, budgets: { prompt: 900, layer: 400 } },
  ];
}

async function main(): Promise<void> {
  if (findCodeServer() === undefined) {
    console.log('left out: from the key press until it is drawn. There is no code-server here; `npm test -- --only e2e` installs it.');
    return;
  }
  const { file: vsix } = await packageFor(ownTarget());
  const root = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-bench-'));
  const server = await startVSCodeServer(vsix, [path.join(__dirname, 'vscode', 'turns-of-host')]);
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    // tsx names functions with it, also those that are sent to the page
    await context.addInitScript('globalThis.__name = (named) => named');
    for (const subject of subjects(root, process.argv.includes('--large'))) {
      const folder = mkdtempSync(path.join(root, 'workspace-'));
      await writeWorkspace(folder, subject.folder, prompts(ROUNDS + 1));
      const page = await context.newPage();
      await page.setViewportSize({ width: 1400, height: 900 });
      await bench(subject, await WarmWindow.open(page, server.address, folder));
      await leaveWorkbench(page, server.address);
      await forgetWorkbench(page, server.address);
      await page.close();
    }
  } finally {
    await browser.close();
    await server.stop();
    rmSync(root, { recursive: true });
  }
  if (process.argv.includes('--write')) figures.write();
  if (figures.over) process.exitCode = 1;
}

void main();
