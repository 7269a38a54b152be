/** How a model is loaded. */
export interface LoadOptions {
  /** load and run it even where memory is short */
  readonly ignoreMemory?: boolean;
  /** what is to run it, one of `DEVICES`; absent: `DEFAULT_DEVICE` */
  readonly device?: string;
  /** run blocks one after the other, as those of a large model, even where one graph runs them all faster */
  readonly blockByBlock?: boolean;
  /** is told what of the checkpoint is honoured, what is kept in memory, what runs it, and why */
  readonly log?: (line: string) => void;
}
