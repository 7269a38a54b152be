/**
 * `node scripts/walkthrough.mjs`: the pictures of the walkthrough, as the command line draws them for the prompt that *Open Sample Prompts*
 * selects, with numbers and what these are about. Run `npm run build` before, and look at them.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { main, SetupError } from './setup/progress.mjs';
import { ROOT } from './setup/repository.mjs';

/** Heads that read the name that is not the answer: without them the model says it. */
const SWITCHED_OFF = ['blocks.2.attn.head.0', 'blocks.4.attn.head.2', 'blocks.6.attn.head.4'];

/** A number in a picture, and what it says below. @typedef {{ readonly at: readonly [number, number], readonly text: string }} Note */

/** @type {readonly { readonly name: string, readonly args: (prompt: string) => readonly string[], readonly notes: readonly Note[] }[]} */
const PICTURES = [
  {
    name: 'story',
    args: (prompt) => ['story', '--prompt', prompt],
    notes: [
      { at: [8, 57], text: 'What the model says next, and how sure it is' },
      { at: [8, 79], text: 'From which layer on, and what was read for it' },
      { at: [120, 110], text: 'Dots: which token a head reads, what it writes, and how much that adds to the answer' },
      { at: [586, 110], text: 'What the model would say if it ended after that layer' },
      { at: [720, 110], text: 'What attention and feed-forward layer of each layer add to the answer' },
    ],
  },
  {
    name: 'what-if',
    args: (prompt) => ['compare', '--prompt', prompt, ...SWITCHED_OFF.flatMap((head) => ['--ablate', head]), '--story'],
    notes: [
      { at: [8, 31], text: 'What the model says, as it is' },
      { at: [8, 75], text: 'What it says with three heads switched off' },
      { at: [586, 145], text: 'Where the two part, layer by layer: before | after' },
    ],
  },
];

const NOTE = { line: 20, radius: 8, margin: 20 };
const COLOURS = {
  light: { badge: '#b35900', digit: '#ffffff', text: '#1f1f1f' },
  dark: { badge: '#ffb454', digit: '#1f1f1f', text: '#e6e6e6' },
};

/** Adds numbers to a drawing, and below it what they are about. @param {string} svg @param {readonly Note[]} notes @param {'light' | 'dark'} theme */
function annotated(svg, notes, theme) {
  const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  if (width === undefined || height === undefined) throw new SetupError('A drawing has no size.', 'Run npm run build first.');
  const taller = Number(height) + notes.length * NOTE.line + NOTE.margin;
  const { badge, digit, text } = COLOURS[theme];
  /** @param {number} x @param {number} y @param {number} n */
  const number = (x, y, n) =>
    `<circle cx="${x}" cy="${y}" r="${NOTE.radius}" fill="${badge}"/><text x="${x}" y="${y + 4}" font-size="11" font-weight="700" text-anchor="middle" fill="${digit}">${n}</text>`;
  /** @param {number} i */
  const below = (i) => Number(height) + (i + 0.5) * NOTE.line;
  const marks = notes.map(
    ({ at: [x, y], text: words }, i) =>
      `${number(x, y, i + 1)}${number(30, below(i), i + 1)}<text x="46" y="${below(i) + 4}" font-size="13" fill="${text}">${words}</text>`,
  );
  return svg
    .replaceAll(`height="${height}"`, `height="${taller}"`)
    .replace(`viewBox="0 0 ${width} ${height}"`, `viewBox="0 0 ${width} ${taller}"`)
    .replace('</svg>', `<g>\n${marks.join('\n')}\n</g>\n</svg>`);
}

await main(async () => {
  const sample = await readFile(join(ROOT, 'examples', 'indirect-object.txt'), 'utf8');
  const prompt = sample.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  for (const { name, args, notes } of PICTURES) {
    for (const theme of /** @type {const} */ (['light', 'dark'])) {
      const asked = [join(ROOT, 'dist', 'cli.js'), ...args(prompt), '--format', 'svg', ...(theme === 'dark' ? ['--dark'] : [])];
      const { stdout } = await promisify(execFile)(process.execPath, asked, { maxBuffer: 1e8 });
      const file = `walkthrough-${name}-${theme}.svg`;
      await writeFile(join(ROOT, 'media', file), annotated(stdout, notes, theme));
      console.log(`  media/${file}`);
    }
  }
});
