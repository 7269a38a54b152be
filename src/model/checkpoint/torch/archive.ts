/** Where the files inside a zip file lie, which torch stores uncompressed so that they can be used in place. */
import { PassThrough, type Readable } from 'node:stream';
import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import { Problem } from '../../../core/problem';
import { DOWNLOAD_AGAIN } from '../json';
import type { OpenFile } from '../source';
import type { ByteRange } from '../storage';

/** Most files that an archive of tensors is read with: more than any model has tensors. */
const MAX_FILES = 1_000_000;

/**
 * The files of an archive by their paths in it, and where their bytes are.
 * @param name what messages call the archive
 * @throws Problem `weights-truncated`, `weights-invalid`, and what reading throws
 */
export async function readZip(opened: OpenFile, name: string): Promise<Map<string, Omit<ByteRange, 'file'>>> {
  const invalid = (what: string, cause?: unknown): Problem =>
    new Problem('weights-invalid', `${name} is not a sound zip file: ${what}.`, DOWNLOAD_AGAIN, { cause });
  const files = new Map<string, Omit<ByteRange, 'file'>>();
  try {
    const zip = await fromRandomAccessReaderPromise(new Reader(opened), opened.size, { autoClose: false });
    if (zip.entryCount > MAX_FILES) throw invalid(`it claims ${zip.entryCount} files`);
    for await (const entry of zip.eachEntry()) {
      if (entry.compressionMethod !== 0) throw invalid(`${entry.fileName} is compressed, which torch.save does not do`);
      if (files.has(entry.fileName)) throw invalid(`it has ${entry.fileName} twice`);
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      files.set(entry.fileName, { offset: fileDataStart, byteLength: entry.uncompressedSize });
    }
    return files;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { message } = Problem.from(error);
    if (/end of central directory/i.test(message)) {
      throw new Problem('weights-truncated', `${name} is not complete: the list of its contents, at its end, is missing.`, DOWNLOAD_AGAIN, {
        cause: error,
      });
    }
    throw invalid(message.replace(/\.$/, ''), error);
  }
}

/** Gives the library what it wants to see of a file. */
class Reader extends RandomAccessReader {
  constructor(private readonly opened: OpenFile) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const stream = new PassThrough();
    this.opened.read(start, end - start).then(
      (bytes) => stream.end(bytes),
      (error: unknown) => stream.destroy(Problem.from(error)),
    );
    return stream;
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    this.opened.read(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(bytes.length < length ? new Error('it ends inside one of its headers') : null);
      },
      (error: unknown) => callback(Problem.from(error)),
    );
  }
}
