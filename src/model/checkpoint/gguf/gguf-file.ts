/** Models in one GGUF file, as llama.cpp, Ollama and LM Studio keep them: what the model is, its weights and its tokenizer. */
import { Problem } from '../../../core/problem';
import type { StoredTensor } from '../checkpoint';
import type { CheckpointFormat } from '../format';
import type { CheckpointSource } from '../source';
import type { Storage } from '../storage';
import { readGgufHeader, type GgufHeader, type GgufTensor } from './header';
import { llamaConfig, llamaName, pairedHeads } from './llama';

const isGguf = (name: string): boolean => /\.gguf$/i.test(name);

/** See the head of this file. */
export const ggufFile: CheckpointFormat = {
  reads: /\.gguf$/i,
  isFetched: false,
  detect: (files) => [...files].filter(isGguf).length === 1,
  config: async (source) => llamaConfig((await readHeader(source)).header),
  weightFiles: (source) => Promise.resolve([...source.files].filter(isGguf)),
  tokenizer: (source) => ({ kind: 'gguf', metadata: async () => (await readHeader(source)).header.metadata }),

  async tensors(source) {
    const { path, header } = await readHeader(source);
    const tensors = new Map<string, StoredTensor>();
    const skipped = new Map<string, string>();
    for (const tensor of header.tensors) {
      const name = llamaName(tensor.name) ?? tensor.name;
      const storage = storageOf(tensor, path, header);
      if (storage === null) skipped.set(name, tensor.typeName);
      else tensors.set(name, { name, shape: tensor.shape, storage });
    }
    return { tensors, skipped };
  },
};

function storageOf({ name, type, shape, offset, byteLength }: GgufTensor, file: string, header: GgufHeader): Storage | null {
  if (type === null) return null;
  const heads = pairedHeads(name, header);
  if (heads !== undefined && (heads < 1 || shape[0] % (2 * heads) !== 0)) {
    throw new Problem(
      'weights-invalid',
      `Tensor "${name}" has ${shape[0]} rows, which are not those of ${heads} heads.`,
      'The file is damaged: fetch it again.',
    );
  }
  const common = { bytes: { file, offset, byteLength }, ...(heads !== undefined && { pairedHeads: heads }) };
  return type === 'F32' || type === 'F16' || type === 'BF16'
    ? { kind: 'dense', dtype: type, ...common }
    : { kind: 'blocks', dtype: type, ...common };
}

function readHeader(source: CheckpointSource): Promise<{ path: string; header: GgufHeader }> {
  const file = [...source.files].find(isGguf) ?? '';
  return source.open(file, async (opened) => {
    const header = await readGgufHeader(opened, file);
    const splits = header.metadata.get('split.count');
    if (typeof splits === 'number' && splits > 1) {
      throw new Problem(
        'weights-invalid',
        `${file} is one of ${splits} parts of a model, which cannot be read yet.`,
        'Join them with llama-gguf-split --merge.',
      );
    }
    return { path: opened.path, header };
  });
}
