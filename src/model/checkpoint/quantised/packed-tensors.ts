import { Problem } from '../../../core/problem';
import type { SkippedTensor, StoredTensor, StoredTensors } from '../checkpoint';
import { DOWNLOAD_AGAIN } from '../json';
import type { CheckpointSource } from '../source';
import { isWeightType } from '../storage';
import type { PackedPart, Packing } from './packing';

/** Layers by the numbers that they are looked at together. */
const AT_ONCE = 16;

/** The tensors of a file of which some are parts of packed weights; those that are taken are not tensors of the model. */
export class PackedTensors {
  private readonly tensors: Map<string, StoredTensor>;
  private readonly skipped: Map<string, SkippedTensor>;

  constructor(
    stored: StoredTensors,
    private readonly source: Pick<CheckpointSource, 'bytes' | 'name'>,
  ) {
    this.tensors = new Map(stored.tensors);
    this.skipped = new Map(stored.skipped);
  }

  /** What is left, with what was put there. */
  get left(): StoredTensors {
    return { tensors: this.tensors, skipped: this.skipped };
  }

  /** Names of all layers that have a tensor whose name ends so, and is of such a type. */
  layers(ending: string, isMeant: (dtype: string) => boolean = () => true): string[] {
    return [...this.tensors.keys(), ...this.skipped.keys()].flatMap((name) =>
      name.endsWith(ending) && isMeant(this.look(name)?.dtype ?? '') ? [name.slice(0, -ending.length)] : [],
    );
  }

  /** A tensor, which stays where it is. */
  look(name: string): PackedPart | undefined {
    const tensor = this.tensors.get(name);
    if (tensor?.storage.kind === 'dense') return { dtype: tensor.storage.dtype, shape: tensor.shape, bytes: tensor.storage.bytes };
    const skipped = this.skipped.get(name);
    return skipped?.bytes ? { dtype: skipped.dtype, shape: skipped.shape, bytes: skipped.bytes } : undefined;
  }

  /** Takes a tensor away, as it has been understood. */
  take(name: string): PackedPart | undefined {
    const part = this.look(name);
    this.tensors.delete(name);
    this.skipped.delete(name);
    return part;
  }

  /** Takes a tensor that has to be there. @throws Problem `weights-missing` */
  need(name: string): PackedPart {
    const part = this.take(name);
    if (part === undefined)
      throw new Problem(
        'weights-missing',
        `${this.source.name} lacks ${name}, without which a packed weight means nothing.`,
        DOWNLOAD_AGAIN,
      );
    return part;
  }

  /** Takes numbers that are to be multiplied with or added. @throws Problem `weights-missing`, `weights-invalid` */
  numbers(name: string): PackedPart {
    const part = this.need(name);
    if (!isWeightType(part.dtype)) throw this.invalid(name, `is stored as ${part.dtype}, where F32, F16 or BF16 is needed`);
    return part;
  }

  /** Takes 32-bit integers. @throws Problem `weights-missing`, `weights-invalid` */
  integers(name: string): PackedPart {
    const part = this.need(name);
    if (part.dtype !== 'I32' && part.dtype !== 'U32')
      throw this.invalid(name, `is stored as ${part.dtype}, where integers of 32 bits are needed`);
    return part;
  }

  /** Takes bytes without sign. @throws Problem `weights-missing`, `weights-invalid` */
  unsigned(name: string): PackedPart {
    const part = this.need(name);
    if (part.dtype !== 'U8') throw this.invalid(name, `is stored as ${part.dtype}, where U8 is needed`);
    return part;
  }

  /** @throws Problem `weights-invalid` unless a part has this shape */
  shaped(name: string, part: PackedPart, ...shape: readonly number[]): PackedPart {
    if (part.shape.length !== shape.length || part.shape.some((size, axis) => size !== shape[axis]))
      throw this.invalid(name, `has shape [${part.shape.join(', ')}], where the other parts of the weight imply [${shape.join(', ')}]`);
    return part;
  }

  /** Both sizes of a part that is a matrix. @throws Problem `weights-invalid` */
  sizes(name: string, { shape }: PackedPart): readonly [number, number] {
    if (shape.length !== 2 || shape.includes(0)) throw this.invalid(name, `has shape [${shape.join(', ')}], which is not that of a matrix`);
    return [shape[0], shape[1]];
  }

  /** Puts a packed weight, or a stack of them, in the place of its parts. @param shape [outputs, inputs], or [matrices, outputs, inputs] */
  put(name: string, shape: readonly number[], dtype: string, packing: Packing): void {
    this.tensors.set(name, { name, shape, storage: { kind: 'packed', dtype, packing } });
  }

  /** The bytes of a small part. @throws Problem `weights-invalid` where it is not small, and what the source throws */
  bytes(name: string, { bytes }: PackedPart): Promise<Buffer> {
    if (bytes.byteLength > MOST_BYTES) throw this.invalid(name, `has ${bytes.byteLength} bytes, too many for what it should be`);
    return this.source.bytes(bytes);
  }

  /** What is wrong with a part. */
  invalid(name: string, what: string): Problem {
    return new Problem(
      'weights-invalid',
      `${name} in ${this.source.name} ${what}.`,
      'The file is damaged, or quantised in another way than its configuration says: fetch it again.',
    );
  }
}

/** Far more than the settings of a layer, or a number for each of its inputs, have. */
const MOST_BYTES = 4e6;

/** Does something with each of many layers, some at a time: each may read bytes from far away. */
export async function forEachLayer(layers: readonly string[], work: (layer: string) => Promise<void>): Promise<void> {
  for (let from = 0; from < layers.length; from += AT_ONCE)
    await Promise.all(layers.slice(from, from + AT_ONCE).map(async (layer) => work(layer)));
}

/** The groups of a layer's inputs: the size of each where all follow one another, or the tensor that tells. */
export type Groups = { readonly size: number } | { readonly groupOf: PackedPart };

/**
 * How the inputs of a layer fall into groups.
 * @param name of the tensor that holds the group of each input, where there is one; it is taken
 * @throws Problem `weights-invalid`, and what the source throws
 */
export async function groupsOf(tensors: PackedTensors, name: string, inputs: number, count: number): Promise<Groups> {
  const part = tensors.look(name) === undefined ? undefined : tensors.integers(name);
  if (part === undefined) {
    if (inputs % count !== 0) throw tensors.invalid(name, `is missing, and ${inputs} inputs do not divide into ${count} groups`);
    return { size: inputs / count };
  }
  const bytes = await tensors.bytes(name, tensors.shaped(name, part, inputs));
  const size = inputs / count;
  let inOrder = Number.isInteger(size);
  for (let i = 0; i < inputs; i++) {
    const group = bytes.readInt32LE(4 * i);
    if (group < 0 || group >= count) throw tensors.invalid(name, `puts input ${i} into group ${group}, where there are ${count}`);
    inOrder &&= group === Math.floor(i / size);
  }
  return inOrder ? { size } : { groupOf: part };
}

/** The bits of integers that are packed into so many words of 32 bits. @throws Problem `weights-invalid` where they are not 2, 4 or 8 */
export function bitsOf(tensors: PackedTensors, name: string, words: number, numbers: number): 2 | 4 | 8 {
  const bits = (32 * words) / numbers;
  if (bits !== 2 && bits !== 4 && bits !== 8)
    throw tensors.invalid(name, `packs ${numbers} numbers into ${words} words: only 2, 4 and 8 bits for each can be read`);
  return bits;
}
