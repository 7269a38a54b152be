/** Models in GGUF, as llama.cpp, Ollama and LM Studio keep them: what the model is, its weights and its tokenizer in one file, or in several that follow one another. */
import { Problem } from '../../../core/problem';
import type { SkippedTensor, StoredTensor } from '../checkpoint';
import type { CheckpointFormat } from '../format';
import { DOWNLOAD_AGAIN } from '../json';
import { quantisedNote } from '../quantised/methods';
import type { CheckpointSource, OpenFile } from '../source';
import { ROPE_FACTORS } from './architectures/rope';
import { architectureOf } from './architectures/table';
import { GgufDescription } from './description';
import { readGgufHeader, type GgufHeader } from './header';
import { modelFilesOf, partsOf } from './parts';
import { placeTensor } from './place-tensors';
import { ggufTokenizerWarning } from './pre-name';

/** See the head of this file. */
export const ggufFile: CheckpointFormat = {
  isFetched: false,

  async config(source) {
    const description = await readDescription(source);
    return architectureOf(description).config(description);
  },

  weightFiles: (source) => Promise.resolve(namesOf(source)),
  tokenizer: (source) => ({ kind: 'gguf', metadata: async () => (await readHeaders(source))[0].header.metadata }),

  async notes(source) {
    const headers = await readHeaders(source);
    const warning = ggufTokenizerWarning(headers[0].header.metadata);
    const types = new Set(
      headers.flatMap(({ header }) => header.tensors.flatMap(({ type, isBlocks }) => (type && isBlocks ? [type] : []))),
    );
    return [
      ...(warning === null ? [] : [{ kind: 'warning', text: warning } as const]),
      ...(types.size === 0 ? [] : [quantisedNote(types)]),
    ];
  },

  async tensors(source) {
    const headers = await readHeaders(source);
    const all = headers.flatMap(({ path, header }) => header.tensors.map((tensor) => ({ tensor, path })));
    const description = new GgufDescription({ metadata: headers[0].header.metadata, tensors: all.map(({ tensor }) => tensor) });
    const architecture = architectureOf(description);
    const tensors = new Map<string, StoredTensor>();
    const skipped = new Map<string, SkippedTensor>();
    for (const { tensor, path } of all) {
      if ((ROPE_FACTORS as readonly string[]).includes(tensor.name)) continue;
      const placed = placeTensor(tensor, path, architecture, description);
      if (placed.tensors === null)
        for (const name of placed.names) skipped.set(name, { dtype: tensor.typeName, shape: tensor.shape, bytes: null });
      else for (const stored of placed.tensors) tensors.set(stored.name, stored);
    }
    return { tensors, skipped };
  },
};

interface ReadHeader {
  readonly path: string;
  readonly header: GgufHeader;
}

/** The files of the model, the one with the metadata first. */
function namesOf({ files }: CheckpointSource): string[] {
  return [...partsOf(modelFilesOf(files)[0] ?? '')];
}

/** The headers of all parts; the metadata are in the first. @throws Problem `weights-missing`, `weights-invalid`, and what reading throws */
async function readHeaders(source: CheckpointSource): Promise<readonly [ReadHeader, ...ReadHeader[]]> {
  const [first, ...others] = await Promise.all(
    namesOf(source).map((file, part, { length }) => openPart(source, file, length, (opened) => readPart(opened, file, part, length))),
  );
  const names = new Set<string>();
  for (const { header } of [first, ...others]) {
    for (const { name } of header.tensors) {
      if (names.has(name)) throw new Problem('weights-invalid', `Two parts of the model hold the tensor "${name}".`, DOWNLOAD_AGAIN);
      names.add(name);
    }
  }
  return [first, ...others];
}

/** Opens a file of the model. @throws Problem `weights-missing` naming a part that is not there */
async function openPart<T>(source: CheckpointSource, file: string, parts: number, work: (opened: OpenFile) => Promise<T>): Promise<T> {
  if (parts > 1 && !source.has(file)) {
    throw new Problem(
      'weights-missing',
      `The model is in ${parts} files, and ${file} is missing beside the others.`,
      'Put all of its files into one folder, under the names that they were published with.',
    );
  }
  return source.open(file, work);
}

async function readPart(opened: OpenFile, file: string, part: number, parts: number): Promise<ReadHeader> {
  const header = await readGgufHeader(opened, file);
  const { metadata } = header;
  const count = metadata.get('split.count') ?? 1;
  const number = metadata.get('split.no') ?? 0;
  if (count !== parts || number !== part) {
    throw new Problem(
      'weights-invalid',
      `${file} says that it is part ${Number(number) + 1} of ${String(count)}, and its name says another.`,
      'Give the files of the model the names that they were published with: NAME-00001-of-00003.gguf and so on.',
    );
  }
  return { path: opened.path, header };
}

/** What the file says of its model, with the numbers that stretch its positions. */
async function readDescription(source: CheckpointSource): Promise<GgufDescription> {
  const headers = await readHeaders(source);
  const factors = new Map<string, readonly number[]>();
  for (const [part, { header }] of headers.entries()) {
    for (const { name, type, offset, byteLength } of header.tensors) {
      if (!(ROPE_FACTORS as readonly string[]).includes(name)) continue;
      if (type !== 'F32' || byteLength > MAX_FACTORS) {
        throw new Problem(
          'config-invalid',
          `The GGUF file stretches its positions by ${name}, which is not a short list of F32 numbers.`,
          'The file is damaged: fetch it again.',
        );
      }
      const bytes = await source.open(namesOf(source)[part], ({ read }) => read(offset, byteLength));
      factors.set(
        name,
        Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)),
      );
    }
  }
  const tensors = headers.flatMap(({ header }) => header.tensors);
  return new GgufDescription({ metadata: headers[0].header.metadata, tensors }, factors);
}

/** Bytes; half the width of a head of numbers would be far fewer. */
const MAX_FACTORS = 65_536;
