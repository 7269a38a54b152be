/** The published model as its tests use it: in our own engine, beside what was measured of it in training. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { loadTokenizerIn } from '../support/load-tokenizer-in';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';

/** Its folder. */
export const MODEL = path.join(__dirname, '..', '..', 'models', 'visit-small');

/** A call that nobody cancels. */
export const patient = { signal: { aborted: false }, report: () => undefined };

/** A JSON file of the published folder. */
export function published(file: string): unknown {
  return JSON.parse(readFileSync(path.join(MODEL, file), 'utf8'));
}

/** The model and its tokenizer. Release the model when done. */
export async function openEmbeddedModel(): Promise<{ model: LoadedModel; tokenizer: PromptTokenizer }> {
  const tokenizer = await loadTokenizerIn(MODEL);
  assert.ok(tokenizer);
  return { model: await LoadedModel.load(await openCheckpoint(MODEL), tokenizer, patient), tokenizer };
}
