/** What the engine computes with an adapter, held against the model that PEFT merges. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { patient, promptOf, relativeDifference } from '../fixture';
import { readSafetensors } from '../read-safetensors';

/** A folder for each adapter, with its base and what the merged model computes: see make_adapters.py. */
export const FIXTURES = path.join(__dirname, 'fixtures');

/** Largest difference that float32 arithmetic in another order explains, relative to a tensor's largest value. */
const TOLERANCE = 1e-4;

/** Asserts that an adapter in a folder computes what the merged model of a fixture does. @param warned what is warned of, and nothing else */
export async function assertMerged(name: string, folder: string, ...warned: RegExp[]): Promise<void> {
  const { tokens } = JSON.parse(readFileSync(path.join(FIXTURES, name, 'fixture.json'), 'utf8')) as { tokens: number[] };
  const expected = readSafetensors(path.join(FIXTURES, name, 'expected.safetensors'));
  const missing = new Set(expected.keys());
  const loaded = await LoadedModel.load(await openCheckpoint(folder), null, patient);
  try {
    assert.ok(loaded.report.notes.some(({ kind, text }) => kind === 'note' && /LoRA adapter is applied to/.test(text)));
    assert.equal(loaded.info.warnings?.length ?? 0, warned.length);
    for (const [i, words] of warned.entries()) assert.match(loaded.info.warnings?.[i] ?? '', words);
    for await (const { name: tensorName, tensor } of loaded.trace(await loaded.forward(promptOf(tokens), patient), patient)) {
      const reference = expected.get(tensorName);
      assert.ok(reference, `the reference has no ${tensorName}`);
      missing.delete(tensorName);
      const difference = relativeDifference(tensor.data, reference.data);
      assert.ok(difference <= TOLERANCE, `${tensorName} differs by ${difference}`);
    }
    assert.deepEqual([...missing], []);
  } finally {
    await loaded.release();
  }
}
