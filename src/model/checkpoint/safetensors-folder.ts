/** Checkpoints as Hugging Face's tools save them: config.json, weights as safetensors in one file or in several with an index. */
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { Problem } from '../../core/problem';
import type { StoredTensor } from './checkpoint';
import type { CheckpointFormat } from './format';
import { DOWNLOAD_AGAIN } from './json';
import { readSafetensorsHeader, type TensorEntry } from './safetensors';
import { readJson, type CheckpointSource } from './source';
import { isWeightType } from './storage';

/** What the model is. */
export const CONFIG = 'config.json';
/** Weights in one file; where it is there, an index is not read. */
export const WEIGHTS = 'model.safetensors';
/** Which file holds which tensor, where there are several. */
export const INDEX = 'model.safetensors.index.json';

/** See the head of this file. */
export const safetensorsFolder: CheckpointFormat = {
  reads: /\.(json|safetensors)$|^merges\.txt$/,
  detect: (files) => files.has(CONFIG) && (files.has(WEIGHTS) || files.has(INDEX)),
  config: (source) => readJson(source, CONFIG, 'config-invalid'),
  weightFiles: async (source) => (source.files.has(WEIGHTS) ? [WEIGHTS] : [INDEX, ...(await readIndex(source)).keys()]),
  tokenizer: (source) => ({ kind: 'files', source }),

  async tensors(source) {
    const tensors = new Map<string, StoredTensor>();
    const skipped = new Map<string, string>();
    const add = ({ name, dtype, shape, offset, byteLength }: TensorEntry, file: string): void => {
      if (!isWeightType(dtype)) skipped.set(name, dtype);
      else tensors.set(name, { name, shape, storage: { kind: 'dense', dtype, bytes: { file, offset, byteLength } } });
    };
    if (source.files.has(WEIGHTS)) {
      const { path, entries } = await readHeader(source, WEIGHTS);
      for (const entry of entries) add(entry, path);
      return { tensors, skipped };
    }
    for (const [shard, names] of await readIndex(source)) {
      const { path, entries } = await readHeader(source, shard);
      const byName = new Map(entries.map((entry) => [entry.name, entry]));
      for (const tensor of names) {
        const entry = byName.get(tensor);
        if (!entry) throw new Problem('weights-missing', `${INDEX} says that ${shard} holds "${tensor}", but it does not.`, DOWNLOAD_AGAIN);
        add(entry, path);
      }
    }
    return { tensors, skipped };
  },
};

function readHeader(source: CheckpointSource, file: string): Promise<{ path: string; entries: TensorEntry[] }> {
  return source.open(file, async (opened) => ({ path: opened.path, entries: await readSafetensorsHeader(opened, file) }));
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * The shards of a checkpoint, each with the names of the tensors that it is said to hold.
 * @throws Problem `weights-invalid` when the index is none, or points outside the checkpoint
 */
async function readIndex(source: CheckpointSource): Promise<Map<string, string[]>> {
  const index = indexSchema.safeParse(await readJson(source, INDEX, 'weights-invalid'));
  if (!index.success) throw new Problem('weights-invalid', `${INDEX} has no "weight_map" from tensors to files.`, DOWNLOAD_AGAIN);
  const shards = new Map<string, string[]>();
  for (const [tensor, shard] of Object.entries(index.data.weight_map)) {
    if (isAbsolute(shard) || shard === '' || shard.split(/[\\/]/).includes('..') || /^[a-z]:|\0/i.test(shard)) {
      throw new Problem(
        'weights-invalid',
        `${INDEX} points outside the checkpoint: ${JSON.stringify(shard)}.`,
        'Do not use this checkpoint unless you trust where it came from.',
      );
    }
    const names = shards.get(shard);
    if (names) names.push(tensor);
    else shards.set(shard, [tensor]);
  }
  return shards;
}
