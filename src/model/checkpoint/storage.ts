/**
 * How the numbers of a tensor are stored. A kind that the graphs cannot use as it lies, such as blocks of quantised numbers with
 * their scales, is one more member of `Storage`; whatever reads `dtype` then has to say what it does with it.
 */

/** Types of numbers that onnxruntime maps as they lie. BF16 and F16 are widened inside the graph. */
export type WeightType = 'F32' | 'F16' | 'BF16';

/** Bytes of a file. */
export interface ByteRange {
  /** absolute path with symlinks resolved (the Hugging Face cache links to its files) */
  readonly file: string;
  /** first byte, from the start of the file */
  readonly offset: number;
  readonly byteLength: number;
}

/** Row-major numbers of one type, without gaps. */
export interface DenseStorage {
  readonly kind: 'dense';
  readonly dtype: WeightType;
  readonly bytes: ByteRange;
}

/** See the head of this file. */
export type Storage = DenseStorage;

/** The name of a type of storage, as people who publish models write it. */
export function storageName({ dtype }: Storage): string {
  return dtype;
}

/** Whether a number takes more bits in a graph, where it is F32, than in the file. */
export function isWidened({ dtype }: Storage): boolean {
  return dtype !== 'F32';
}

/** Every file that holds bytes of a tensor. */
export function filesOf({ bytes }: Storage): string[] {
  return [bytes.file];
}

/** Whether a type of numbers, under the name that safetensors has for it, can be used. */
export function isWeightType(dtype: string): dtype is WeightType {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}
