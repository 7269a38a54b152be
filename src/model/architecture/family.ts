import type { ModelSpec } from './model-spec';

/** config.json as it was parsed. */
export type Config = Readonly<Record<string, unknown>>;

/** One architecture family: how its config.json and its tensor names describe a model. */
export interface Family {
  /** `model_type` in config.json */
  readonly modelType: string;
  /** names of classes that write its checkpoints, without what says of a head, where they are other letters than `modelType`; absent: none */
  readonly classes?: readonly string[];
  /**
   * Describes the model. Says nothing about whether the tensors exist: `findWeights` does, for every family alike.
   *
   * @param has whether the checkpoint holds a tensor of this name, for families whose names vary
   * @throws Problem `config-invalid` naming the field that is missing or asks for arithmetic that is not supported
   */
  describe(config: Config, has: (tensor: string) => boolean): ModelSpec;
}
