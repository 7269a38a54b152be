/** The prompts that come with VISIT. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promptLines } from '../core/text/prompt-lines';
import { spread } from '../core/text/spread';

/** Their folder; the bundles are in dist/. */
const EXAMPLES = path.join(__dirname, '..', 'examples');

/** Prompts that are taken at most. */
const MOST = 48;

/** Prompts of all examples, evenly. */
export async function examplePrompts(): Promise<readonly string[]> {
  const names = (await readdir(EXAMPLES)).filter((name) => name.endsWith('.txt')).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(EXAMPLES, name), 'utf8')));
  return spread(
    texts.flatMap((text) => promptLines(text, { hashIsComment: true }).map(({ text: prompt }) => prompt)),
    MOST,
  );
}
