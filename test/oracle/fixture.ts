import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import assert from 'node:assert/strict';
import type { CallContext } from '../../src/core/call-context';
import type { DenseMlpState, MlpState, SelectedVectors } from '../../src/core/pass/block-state';
import type { ForwardPass } from '../../src/engine/runtime/forward-pass';
import { modelTypes } from '../../src/model/architecture/registry';
import type { Checkpoint } from '../../src/model/checkpoint/checkpoint';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { readSafetensors } from './read-safetensors';
import type { ExpectedTensor } from './read-safetensors';

/** What make_fixtures.py made: GPT-2 in its variants. What families/make.py made: every other family. */
const FIXTURES = [path.join(__dirname, 'fixtures'), path.join(__dirname, 'families', 'fixtures')];
const PROJECT = path.join(__dirname, '..', '..');

/** What make_fixtures.py asked of the reference implementation. */
interface Question {
  readonly tokens: readonly number[];
  readonly position: number;
  readonly target: number;
  readonly k: number;
  readonly layers: readonly number[];
  /** rows of W_O and feed-forward neurons whose vectors were kept */
  readonly neurons: readonly number[];
  /** folder of the checkpoint, from the project's root; absent: `model` in the fixture's own folder */
  readonly model?: string;
  readonly weightsSha256?: string;
}

/** A checkpoint, the engine's pass over a prompt, and what the reference implementation got. */
export interface Fixture extends Question {
  readonly expected: ReadonlyMap<string, ExpectedTensor>;
  /** c in c·tanh(logit / c), where the model ends so */
  readonly softCap?: number;
  readonly checkpoint: Checkpoint;
  /** its blocks run one after the other, as those of a large model do */
  readonly loaded: LoadedModel;
  readonly pass: ForwardPass;
}

/** A call that nobody cancels. */
export const patient: CallContext = { signal: { aborted: false }, report: () => undefined };

/** What `make_centred.py` got for all fixtures, by `fixture/name`. */
const centred = readSafetensors(path.join(__dirname, 'centred.safetensors'));

/** The centred shares of what a fixture's lens reads, that of the biases, and the mean of all logits at its position. */
export function centredOf(name: string): Readonly<Record<'shares' | 'normBias' | 'meanLogit', Float32Array>> {
  const found = (of: string): Float32Array => {
    const tensor = centred.get(`${name}/${of}`);
    assert(tensor, `centred.safetensors has no ${of} of ${name}: run test/oracle/make_centred.py`);
    return Float32Array.from(tensor.data);
  };
  return { shares: found('shares'), normBias: found('normBias'), meanLogit: found('meanLogit') };
}

/** Every fixture's folder, by its name. */
export const fixtureFolders: ReadonlyMap<string, string> = new Map(
  FIXTURES.flatMap((folder) => readdirSync(folder).map((name) => [name, path.join(folder, name)] as const)).filter(([, folder]) =>
    existsSync(path.join(folder, 'fixture.json')),
  ),
);

/** `model_type` of a fixture's checkpoint. */
export function modelTypeOf(name: string): string {
  const file = path.join(fixtureFolders.get(name)!, 'model', 'config.json');
  // Only the embedded model, a GPT-2, lies elsewhere.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { model_type: string }).model_type : 'gpt2';
}

/** The fixtures of families that the engine knows. families.test.ts makes sure that those are all. */
export const fixtureNames = [...fixtureFolders.keys()].filter((name) => modelTypes.includes(modelTypeOf(name)));

/** Those that have been asked for. Making onnxruntime's sessions takes longer than most of what is done with them. */
const opened = new Map<string, Promise<Fixture>>();
after(async () => {
  for (const fixture of opened.values()) await (await fixture.catch(() => null))?.loaded.release();
});

/** A fixture's model, which has run its prompt: one for all tests, which leave it as it is, and released after the last of them. */
export function openFixture(name: string): Promise<Fixture> {
  const known = opened.get(name);
  if (known) return known;
  const opening = loadFixture(name);
  opened.set(name, opening);
  return opening;
}

async function loadFixture(name: string): Promise<Fixture> {
  const folder = fixtureFolders.get(name)!;
  const question = JSON.parse(readFileSync(path.join(folder, 'fixture.json'), 'utf8')) as Question;
  const modelFolder = question.model === undefined ? path.join(folder, 'model') : path.join(PROJECT, question.model);
  if (question.weightsSha256 !== undefined) {
    const digest = createHash('sha256')
      .update(readFileSync(path.join(modelFolder, 'model.safetensors')))
      .digest('hex');
    assert.equal(digest, question.weightsSha256, `${question.model} has changed: run test/oracle/make_fixtures.py ${name}`);
  }
  const checkpoint = await openCheckpoint(modelFolder);
  const softCap = checkpoint.config['final_logit_softcapping'];
  const loaded = await LoadedModel.load(checkpoint, null, patient, { blockByBlock: true });
  const pass = await loaded.forward(promptOf(question.tokens), patient);
  const expected = readSafetensors(path.join(folder, 'expected.safetensors'));
  return { ...question, expected, ...(typeof softCap === 'number' && { softCap }), checkpoint, loaded, pass };
}

/** A prompt of which only the ids are known. */
export function promptOf(ids: readonly number[]) {
  return { text: '', tokens: ids.map((id) => ({ id, text: String(id), start: 0, end: 0 })) };
}

/** Largest difference of two lists of numbers, relative to the largest expected number. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  return maxDifference(actual, expected) / (largest || 1);
}

/** Largest absolute difference of two lists of numbers of one length. */
export function maxDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    // NaN compares with nothing, so it must be caught rather than skipped.
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

/** What the neurons that are not drawn write together, as the summands of which it is made: one, or one for each expert. */
export function restRows({ restNeurons }: Pick<SelectedVectors, 'restNeurons'>, d: number): Float32Array[] {
  return Array.from({ length: restNeurons.length / d }, (_, i) => restNeurons.subarray(i * d, (i + 1) * d));
}

/** What a dense feed-forward layer adds whatever it reads: of a mixture of experts nothing. */
export function biasesOf(mlp: MlpState): Partial<Pick<DenseMlpState, 'biasIn' | 'biasOut'>> {
  return mlp.kind === 'dense' ? mlp : {};
}
