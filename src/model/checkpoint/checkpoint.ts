/**
 * A Hugging Face checkpoint folder as it is published: where every tensor's bytes lie. Nothing is converted, nothing is
 * copied; onnxruntime maps the bytes from these very files.
 */

/** Storage types that can be run. BF16 and F16 are widened inside the graph. */
export type WeightType = 'F32' | 'F16' | 'BF16';

/** One tensor's place in a safetensors file; validated: inside the file, no overlap, size matches type and shape. */
export interface TensorLocation {
  readonly name: string;
  readonly dtype: WeightType;
  readonly shape: readonly number[];
  /** absolute path with symlinks resolved (the Hugging Face cache keeps its files behind them) */
  readonly file: string;
  /** first byte, from the start of the file */
  readonly offset: number;
  readonly byteLength: number;
}

/** An opened checkpoint. */
export interface Checkpoint {
  /** folder as the user named it */
  readonly folder: string;
  /** name to show: `_name_or_path` is not trusted; last path segment, or org/name inside a Hugging Face cache */
  readonly name: string;
  /** config.json, parsed; families validate the fields that they need */
  readonly config: Readonly<Record<string, unknown>>;
  /** every float tensor by name */
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** tensors that are stored in another type, such as boolean masks: name to type, so that an error can name it */
  readonly skipped: ReadonlyMap<string, string>;
}
