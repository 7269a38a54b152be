// cspell:ignore MXFP
/** How the numbers of a tensor are stored. Whatever reads `kind` has to say what it does with each. */
import type { ByteRange } from './byte-range';
import { partsOfPacking, type Packing } from './quantised/packing';

/** Types of numbers that onnxruntime maps as they lie. BF16 and F16 are widened inside the graph. */
export type WeightType = 'F32' | 'F16' | 'BF16';

/** Row-major numbers of one type, without gaps. */
export interface DenseStorage {
  readonly kind: 'dense';
  readonly dtype: WeightType;
  readonly bytes: ByteRange;
  /**
   * Present where the rows of this many heads are stored as llama.cpp wants them: of each head, features i and i + half one after the
   * other, instead of the first half and then the second. Graphs undo it.
   */
  readonly pairedHeads?: number;
  /** Present where the tensor's axes are stored in another order. Graphs put them in the order that the model has. */
  readonly permuted?: Permuted;
}

/** Numbers that are stored as an array of this shape: transposed by `axes` (as numpy's `transpose` takes them), they are the tensor's, row by row. */
export interface Permuted {
  readonly shape: readonly number[];
  readonly axes: readonly number[];
  /** present where the tensor is only what is at these indices of the first axes, as they are after that */
  readonly indices?: readonly number[];
}

/**
 * Types of quantised numbers in the blocks of GGML: how many numbers share a block, and its bytes. Each block holds the scales that its
 * numbers are multiplied with; `onnx/dequantise.ts` has what is done with them.
 * https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h
 */
export const BLOCKS = {
  Q4_0: { numbers: 32, bytes: 18 },
  Q4_1: { numbers: 32, bytes: 20 },
  Q5_0: { numbers: 32, bytes: 22 },
  Q5_1: { numbers: 32, bytes: 24 },
  Q8_0: { numbers: 32, bytes: 34 },
  Q2_K: { numbers: 256, bytes: 84 },
  Q3_K: { numbers: 256, bytes: 110 },
  Q4_K: { numbers: 256, bytes: 144 },
  Q5_K: { numbers: 256, bytes: 176 },
  Q6_K: { numbers: 256, bytes: 210 },
  IQ4_NL: { numbers: 32, bytes: 18 },
  IQ4_XS: { numbers: 256, bytes: 136 },
  MXFP4: { numbers: 32, bytes: 17 },
} as const;

/** The name of a type of blocks. */
export type BlockType = keyof typeof BLOCKS;

/** Rows of blocks, row by row and without gaps; a row is a whole number of blocks. */
export interface BlockStorage {
  readonly kind: 'blocks';
  readonly dtype: BlockType;
  readonly bytes: ByteRange;
  readonly pairedHeads?: number;
  /** Present where blocks run along another axis than the tensor's last. Such tensors are dequantised whole. */
  readonly permuted?: Permuted;
}

/** A matrix [outputs, inputs], or a stack of them, whose numbers are packed into several tensors of the file. */
export interface PackedStorage {
  readonly kind: 'packed';
  /** what the method is called: `NF4`, `GPTQ 4-bit` */
  readonly dtype: string;
  readonly packing: Packing;
}

/** See the head of this file. */
export type Storage = DenseStorage | BlockStorage | PackedStorage;

/** Storages that are dequantised where they are used, some rows at a time. */
export type QuantisedStorage = BlockStorage | PackedStorage;

/** Whether a tensor is quantised, and graphs take only whole rows of it. */
export function isQuantised(storage: Storage): storage is QuantisedStorage {
  return storage.kind !== 'dense';
}

/** Whether the axes of a tensor are stored in another order, so that no rows of it can be taken. */
export function isPermuted(storage: Storage): boolean {
  return storage.kind !== 'packed' && storage.permuted !== undefined;
}

/** Every run of bytes that a tensor consists of, its numbers first. */
export function rangesOf(storage: Storage): readonly ByteRange[] {
  return storage.kind === 'packed' ? partsOfPacking(storage.packing).map(({ bytes }) => bytes) : [storage.bytes];
}

/** The name of a type of storage, as people who publish models write it. */
export function storageName({ dtype }: Storage): string {
  return dtype;
}

/** Whether a number takes more bits in a graph, where it is F32, than in the file. */
export function isWidened({ dtype }: Storage): boolean {
  return dtype !== 'F32';
}

/** Whether a tensor that is widened is worth keeping as F32 where memory allows: its numbers are read one by one as they lie. */
export function isKeepable(storage: Storage): storage is DenseStorage {
  return storage.kind === 'dense' && storage.pairedHeads === undefined && storage.permuted === undefined && isWidened(storage);
}

/** Every file that holds bytes of a tensor. */
export function filesOf(storage: Storage): string[] {
  return rangesOf(storage).map(({ file }) => file);
}

/** Whether a type of numbers, under the name that safetensors has for it, can be used. */
export function isWeightType(dtype: string): dtype is WeightType {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}
