/** Files that appear complete or not at all: written as a draft beside the file, which then takes its name. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';

/** Puts bytes at a place in the file, counted from its start. */
export type WritePart = (bytes: Uint8Array, position: number) => Promise<void>;

/**
 * Writes a file at once. An older file of the same name stays as it was until the new one is on the disk.
 * @throws the error of the file system; see `cannotWrite`
 */
export async function writeWholeFile(file: string, content: string): Promise<void> {
  await writeFileInParts(file, (write) => write(Buffer.from(content), 0));
}

/**
 * Writes a file part by part, in any order.
 * @returns what `work` does
 * @throws the error of the file system, and what `work` throws
 */
export async function writeFileInParts<T>(file: string, work: (write: WritePart) => Promise<T>): Promise<T> {
  return throughDraft(file, async (draft) => {
    const handle = await open(draft, 'w');
    try {
      const result = await work((bytes, position) => writeFully(handle, bytes, position));
      await handle.datasync();
      return result;
    } finally {
      await handle.close();
    }
  });
}

/**
 * Lets a file appear that something else writes. A process that exits before leaves nothing of it.
 * @param work writes the draft at the path that it is given
 * @throws the error of the file system, and what `work` throws
 */
export async function throughDraft<T>(file: string, work: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${file}.${randomUUID()}.tmp`;
  const discard = (): void => rmSync(draft, { force: true });
  process.once('exit', discard);
  try {
    const result = await work(draft);
    await rename(draft, file);
    return result;
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    process.removeListener('exit', discard);
  }
}

/** Writes all bytes: a disk that is nearly full takes only some of them, and refuses the rest at the next call. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    done += (await handle.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
  }
}
