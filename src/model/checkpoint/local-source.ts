/** The files of a checkpoint in a folder on this disk. */
import { existsSync } from 'node:fs';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Problem } from '../../core/problem';
import { DOWNLOAD_AGAIN, ioProblem } from './json';
import type { CheckpointSource, OpenFile } from './source';

/**
 * Lists a folder, or what is a model in one file.
 * @param name name to show for the checkpoint
 * @throws the error of the file system when it cannot be listed
 */
export async function localSource(folder: string, name: string): Promise<CheckpointSource> {
  // A model may be a file of its own, whatever else is in its folder.
  const path = resolve(folder);
  const isFile = (await stat(path)).isFile();
  const root = isFile ? dirname(path) : path;
  return {
    label: folder,
    name,
    files: new Set(isFile ? [basename(path)] : await readdir(root)),
    has: (file) => existsSync(join(root, file)),
    text: async (file) => {
      const path = join(root, file);
      return readFile(path, 'utf8').catch((error: unknown) => {
        throw ioProblem(path, error);
      });
    },
    bytes: ({ file, offset, byteLength }) => openLocal(file, ({ read }) => read(offset, byteLength)),
    open: async (file, work) => openLocal(await resolveFile(join(root, file), file), work),
  };
}

/**
 * Looks into a file on this disk.
 * @throws Problem `io`, and what `work` throws
 */
export async function openLocal<T>(path: string, work: (file: OpenFile) => Promise<T>): Promise<T> {
  const readable = <R>(promise: Promise<R>): Promise<R> =>
    promise.catch((error: unknown) => {
      throw ioProblem(path, error);
    });
  const handle = await readable(open(path, 'r'));
  try {
    const { size } = await readable(handle.stat());
    const read = async (from: number, count: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(count);
      let done = 0;
      while (done < count) {
        const { bytesRead } = await readable(handle.read(buffer, done, count - done, from + done));
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return buffer.subarray(0, done);
    };
    return await work({ path, size, read });
  } finally {
    await handle.close();
  }
}

/** The file that a name leads to, symlinks resolved: onnxruntime refuses links that leave a folder, and caches consist of them. */
async function resolveFile(path: string, name: string): Promise<string> {
  try {
    const file = await realpath(path);
    if (!(await stat(file)).isFile()) throw new Problem('weights-invalid', `${name} is not a file.`, DOWNLOAD_AGAIN);
    return file;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Problem('weights-missing', `The weights file ${name} is missing from ${dirname(path)}.`, DOWNLOAD_AGAIN, { cause: error });
    }
    throw error instanceof Problem ? error : ioProblem(path, error);
  }
}
