/** Checkpoints as they were published before safetensors: config.json, and `pytorch_model.bin` in one file or in several with an index. */
import { Problem } from '../../../core/problem';
import type { SkippedTensor, StoredTensor, StoredTensors } from '../checkpoint';
import type { CheckpointFormat } from '../format';
import { folderConfig } from '../folder-config';
import { TORCH } from '../format-names';
import { readShardIndex, weightFiles } from '../shard-index';
import type { CheckpointSource } from '../source';
import { isWeightType } from '../storage';
import { NOT_AS_STORED, TorchTensor } from './rebuild';
import { readTorchFile } from './torch-file';

const { weights: WEIGHTS, index: INDEX } = TORCH;

/** See the head of this file. */
export const torchFolder: CheckpointFormat = {
  isFetched: false,
  config: folderConfig,
  weightFiles: (source) => weightFiles(source, WEIGHTS, INDEX),
  tokenizer: (source) => ({ kind: 'files', source }),

  async tensors(source) {
    const tensors = new Map<string, StoredTensor>();
    const skipped = new Map<string, SkippedTensor>();
    const shards = source.files.has(WEIGHTS) ? [WEIGHTS] : (await readShardIndex(source, INDEX)).keys();
    for (const shard of shards) {
      const read = await readTensors(source, shard);
      for (const [name, tensor] of read.tensors) tensors.set(name, tensor);
      for (const [name, tensor] of read.skipped) skipped.set(name, tensor);
    }
    return { tensors, skipped };
  },
};

/** The tensors of a file that holds a dictionary of them. @throws Problem `weights-invalid`, and what the source throws */
export function readTensors(source: CheckpointSource, file: string): Promise<StoredTensors> {
  return source.open(file, async (opened) => {
    const { value, locate } = await readTorchFile(opened, file);
    const tensors = new Map<string, StoredTensor>();
    const skipped = new Map<string, SkippedTensor>();
    for (const [name, entry] of value instanceof Map ? value : []) {
      if (typeof name !== 'string' || !(entry instanceof TorchTensor)) continue;
      const bytes = locate(entry);
      const { dtype, shape } = entry;
      if (bytes === null) skipped.set(name, { dtype: `${dtype}${NOT_AS_STORED}`, shape, bytes });
      else if (!isWeightType(dtype)) skipped.set(name, { dtype, shape, bytes });
      else tensors.set(name, { name, shape, storage: { kind: 'dense', dtype, bytes } });
    }
    if (tensors.size + skipped.size === 0) {
      throw new Problem(
        'weights-invalid',
        `${file} holds no tensors by name.`,
        'It may be the state of a training run: save the model alone with save_pretrained().',
      );
    }
    return { tensors, skipped };
  });
}
