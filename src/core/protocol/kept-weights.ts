/** Which of a model's weights the engine keeps ready in memory; others are read from their files, and widened, at every use. */
export interface KeptWeights {
  /** those of the blocks */
  readonly blocks: boolean;
  /** those that read vectors as tokens */
  readonly lens: boolean;
}
