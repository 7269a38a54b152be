import type { CheckpointNote, StoredTensors, TokenizerSource } from './checkpoint';
import type { JsonObject } from './json';
import type { CheckpointSource } from './source';

/**
 * A format that checkpoints are published in, known by the names in `format-names.ts`. What it reads is what the rest of the program knows of a checkpoint, wherever in
 * the files it stands: one file may hold all of it.
 */
export interface CheckpointFormat {
  /** Whether models of this format are downloaded from the Hub. */
  readonly isFetched: boolean;
  /** What the model is, in the words of config.json. @throws Problem `config-invalid`, and what the source throws */
  config(source: CheckpointSource): Promise<JsonObject>;
  /** The files that hold the weights, and those that tell where: what has to be downloaded. @throws Problem `weights-invalid` */
  weightFiles(source: CheckpointSource): Promise<string[]>;
  /**
   * Every tensor and where its bytes lie. The bytes are not read.
   * @throws Problem `weights-missing`, `weights-truncated`, `weights-invalid`, and what the source throws
   */
  tensors(source: CheckpointSource): Promise<StoredTensors>;
  /** What should be known of the files; absent: nothing. @throws Problem, what the source throws */
  notes?(source: CheckpointSource): Promise<readonly CheckpointNote[]>;
  /** Where the tokenizer is read. */
  tokenizer(source: CheckpointSource): TokenizerSource;
}
