/** The files of a checkpoint, wherever they lie. */
import type { ProblemCode } from '../../core/problem';
import { parseJsonObject, type JsonObject } from './json';
import type { ByteRange } from './byte-range';

/** Where the files of a checkpoint are read: a folder on this disk, or a repository of which nothing has been fetched yet. */
export interface CheckpointSource {
  /** what messages call the place */
  readonly label: string;
  /** name to show */
  readonly name: string;
  /** names of its files */
  readonly files: ReadonlySet<string>;
  /** Whether a file is there to be read: a cache may list one whose content is gone. */
  has(file: string): boolean;
  /**
   * The whole of a text file. @param code that of the problem when the file is far too large to be one
   * @throws Problem `io` when it cannot be read, or `code`
   */
  text(file: string, code: ProblemCode): Promise<string>;
  /** Bytes at which a tensor lies. @throws Problem `io` */
  bytes(range: ByteRange): Promise<Buffer>;
  /** Looks into a file of weights. @throws Problem `weights-missing`, `weights-invalid`, `io`, and what `work` throws */
  open<T>(file: string, work: (file: OpenFile) => Promise<T>): Promise<T>;
}

/** A file of which parts can be read. */
export interface OpenFile {
  /** at which its bytes will be mapped: absolute, symlinks resolved; its name if it is on the Hub */
  readonly path: string;
  /** size of the whole file, in bytes */
  readonly size: number;
  /** `count` bytes from `from` on, fewer where the file ends before. @throws Problem `io` */
  read(from: number, count: number): Promise<Buffer>;
}

/**
 * Reads a file that must hold one JSON object.
 * @throws Problem with `code` when it does not, and as `CheckpointSource.text` does
 */
export async function readJson(source: CheckpointSource, file: string, code: ProblemCode): Promise<JsonObject> {
  return parseJsonObject(await source.text(file, code), file, code);
}
