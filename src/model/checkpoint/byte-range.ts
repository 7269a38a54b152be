/** Bytes of a file. */
export interface ByteRange {
  /** absolute path with symlinks resolved (the Hugging Face cache links to its files) */
  readonly file: string;
  /** first byte, from the start of the file */
  readonly offset: number;
  readonly byteLength: number;
}
