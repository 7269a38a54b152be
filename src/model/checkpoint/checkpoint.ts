/**
 * A checkpoint as it is published: what the model is, and where every tensor's bytes lie. Nothing is converted, nothing is
 * copied; onnxruntime maps the bytes from these very files.
 */
import type { GgufValue } from './gguf/header';
import type { JsonObject } from './json';
import type { CheckpointSource } from './source';
import type { ByteRange } from './byte-range';
import type { Storage } from './storage';

/** One tensor, and where it lies; validated: inside its file, no overlap, size matches type and shape. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly storage: Storage;
  /** stored as [outputs, inputs] where models of its family that transformers has saved have [inputs, outputs], or the other way round */
  readonly isTransposed?: true;
  /** what is added to it where an adapter is applied */
  readonly update?: LowRankUpdate;
  /** the gain of a norm, where such models store gain − 1 */
  readonly isWholeGain?: true;
}

/** A matrix as the product of two of low rank: scale · up · down, [outputs, inputs] in whatever layout the weight is stored. */
export interface LowRankUpdate {
  /** tensor [rank, inputs] */
  readonly down: string;
  /** tensor [outputs, rank] */
  readonly up: string;
  readonly scale: number;
}

/** The tensors of a checkpoint. */
export interface StoredTensors {
  /** every tensor that can be read, by name */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** tensors that are stored in another type, such as boolean masks or parts of packed weights */
  readonly skipped: ReadonlyMap<string, SkippedTensor>;
}

/** A tensor whose numbers cannot be multiplied with as they are. */
export interface SkippedTensor {
  /** as the file names it, so that an error can name it */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** null where they do not lie row by row, or where nobody asks for them */
  readonly bytes: ByteRange | null;
}

/** Where a tokenizer is read: the files that Hugging Face's tools keep beside a model (tokenizer.json and others). */
export interface TokenizerFiles {
  readonly kind: 'files';
  readonly source: CheckpointSource;
}

/** A tokenizer inside a GGUF file. */
export interface GgufTokenizer {
  readonly kind: 'gguf';
  /** the metadata of the file, `tokenizer.ggml.…` among them. @throws Problem, what reading throws */
  readonly metadata: () => Promise<ReadonlyMap<string, GgufValue>>;
}

/** Where a checkpoint's tokenizer is read; a format whose files hold it themselves adds a kind. */
export type TokenizerSource = TokenizerFiles | GgufTokenizer;

/** An opened checkpoint. */
export interface Checkpoint extends StoredTensors {
  /** folder as the user named it */
  readonly folder: string;
  /** name to show: `_name_or_path` is not trusted; last path segment, or org/name inside a Hugging Face cache */
  readonly name: string;
  /** what the model is, in the words of config.json; families validate the fields that they need */
  readonly config: JsonObject;
  readonly tokenizer: TokenizerSource;
  /** tensors whose bytes are those of another one: the unembedding to the token table; absent: not compared */
  readonly copies?: ReadonlyMap<string, string>;
  /** an adapter that is stored with the model, or alone */
  readonly adapter?: Adapter;
  /** the tensors of the model without the adapter that is applied to it; absent: none is */
  readonly withoutAdapter?: StoredTensors;
  /** what was noticed while its files were read */
  readonly notes?: readonly CheckpointNote[];
  /** whether its config says how weights are quantised that have been found so; absent: none are */
  readonly isUnpacked?: true;
}

/** Something that was noticed while files were read. */
export interface CheckpointNote {
  /** `warning`: numbers may differ from what was published; `note`: they do not */
  readonly kind: 'warning' | 'note';
  readonly text: string;
}

/** What adapter_config.json says of a set of weights that changes a model. */
export interface Adapter {
  /** `LoRA` and the like */
  readonly kind: string;
  /** the model that it was made for; null where that is not said */
  readonly base: string | null;
  /** the name of the model to which it is applied; absent: it is not */
  readonly appliedTo?: string;
}
