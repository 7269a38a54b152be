/** Checkpoints as Hugging Face's tools save them: config.json (or a description of the model), weights as safetensors in one file or in several with an index. */
import { Problem } from '../../core/problem';
import type { SkippedTensor, StoredTensor } from './checkpoint';
import { folderConfig } from './folder-config';
import type { CheckpointFormat } from './format';
import { SAFETENSORS } from './format-names';
import { DOWNLOAD_AGAIN } from './json';
import { readSafetensorsHeader, type TensorEntry } from './safetensors';
import { readShardIndex, weightFiles } from './shard-index';
import type { CheckpointSource } from './source';
import { isWeightType } from './storage';

const { weights: WEIGHTS, index: INDEX } = SAFETENSORS;

/** See the head of this file. */
export const safetensorsFolder: CheckpointFormat = {
  isFetched: true,
  config: folderConfig,
  weightFiles: (source) => weightFiles(source, WEIGHTS, INDEX),
  tokenizer: (source) => ({ kind: 'files', source }),

  async tensors(source) {
    const tensors = new Map<string, StoredTensor>();
    const skipped = new Map<string, SkippedTensor>();
    const add = ({ name, dtype, shape, offset, byteLength }: TensorEntry, file: string): void => {
      const bytes = { file, offset, byteLength };
      if (!isWeightType(dtype)) skipped.set(name, { dtype, shape, bytes });
      else tensors.set(name, { name, shape, storage: { kind: 'dense', dtype, bytes } });
    };
    if (source.files.has(WEIGHTS)) {
      const { path, entries } = await readHeader(source, WEIGHTS);
      for (const entry of entries) add(entry, path);
      return { tensors, skipped };
    }
    for (const [shard, names] of await readShardIndex(source, INDEX)) {
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
