/** Models in GGUF, as llama.cpp, Ollama and LM Studio keep them: what the model is, its weights and its tokenizer in one file, or in several that follow one another. */
import { Problem } from '../../../core/problem';
import type { StoredTensor } from '../checkpoint';
import type { CheckpointFormat } from '../format';
import type { CheckpointSource, OpenFile } from '../source';
import { ROPE_FACTORS } from './architectures/rope';
import { architectureOf } from './architectures/table';
import { GgufDescription } from './description';
import { readGgufHeader, type GgufHeader } from './header';
import { placeTensor } from './place-tensors';

const isGguf = (name: string): boolean => /\.gguf$/i.test(name);

/** See the head of this file. */
export const ggufFile: CheckpointFormat = {
  reads: /\.gguf$/i,
  isFetched: false,
  detect: (files) => [...files].filter(isGguf).length === 1,

  async config(source) {
    const description = await readDescription(source);
    return architectureOf(description).config(description);
  },

  weightFiles: (source) => Promise.resolve([...source.files].filter(isGguf)),
  tokenizer: (source) => ({ kind: 'gguf', metadata: async () => (await readHeader(source)).header.metadata }),

  async tensors(source) {
    const { path, header } = await readHeader(source);
    const description = new GgufDescription(header);
    const architecture = architectureOf(description);
    const tensors = new Map<string, StoredTensor>();
    const skipped = new Map<string, string>();
    for (const tensor of header.tensors) {
      if ((ROPE_FACTORS as readonly string[]).includes(tensor.name)) continue;
      const placed = placeTensor(tensor, path, architecture, description);
      if (placed.tensors === null) skipped.set(placed.name, tensor.typeName);
      else for (const stored of placed.tensors) tensors.set(stored.name, stored);
    }
    return { tensors, skipped };
  },
};

interface ReadHeader {
  readonly path: string;
  readonly header: GgufHeader;
}

function readHeader(source: CheckpointSource): Promise<ReadHeader> {
  const file = [...source.files].find(isGguf) ?? '';
  return source.open(file, async (opened) => ({ path: opened.path, header: await headerOf(opened, file) }));
}

/** What the file says of its model, with the numbers that stretch its positions. */
function readDescription(source: CheckpointSource): Promise<GgufDescription> {
  const file = [...source.files].find(isGguf) ?? '';
  return source.open(file, async (opened) => {
    const header = await headerOf(opened, file);
    const factors = new Map<string, readonly number[]>();
    for (const name of ROPE_FACTORS) {
      const tensor = header.tensors.find((candidate) => candidate.name === name);
      if (tensor === undefined) continue;
      if (tensor.type !== 'F32' || tensor.byteLength > MAX_FACTORS)
        throw new Problem(
          'config-invalid',
          `The GGUF file stretches its positions by ${name}, which is not a short list of F32 numbers.`,
          'The file is damaged: fetch it again.',
        );
      const bytes = await opened.read(tensor.offset, tensor.byteLength);
      factors.set(
        name,
        Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)),
      );
    }
    return new GgufDescription(header, factors);
  });
}

/** Bytes; half the width of a head of numbers would be far fewer. */
const MAX_FACTORS = 65_536;

async function headerOf(opened: OpenFile, file: string): Promise<GgufHeader> {
  const header = await readGgufHeader(opened, file);
  const splits = header.metadata.get('split.count');
  if (typeof splits === 'number' && splits > 1) {
    throw new Problem(
      'weights-invalid',
      `${file} is one of ${splits} parts of a model, which cannot be read yet.`,
      'Join them with llama-gguf-split --merge.',
    );
  }
  return header;
}
