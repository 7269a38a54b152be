/** Room on the disk. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { showBytes } from '../core/text/bytes';
import { Problem } from '../core/problem';
import { isDiskFull, whyNotWritten } from '../files/cannot-write';

/** Bytes that may still be written to the disk of a folder, which need not exist yet; Infinity where that cannot be told. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(folder);
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== folder ? freeBytes(parent) : Infinity;
  }
}

/** A failure to write to the cache as a problem that names its folder. */
export function writeProblem(error: unknown, folder: string): Problem {
  if (error instanceof Problem) return error;
  if (isDiskFull(error)) return diskFull(`The disk that holds ${folder} is full.`, error);
  return new Problem(
    'io',
    `${folder} cannot be written: ${whyNotWritten(folder, error)}.`,
    'Choose another cache with HF_HUB_CACHE, or make this one writable.',
    { cause: error },
  );
}

/** @throws Problem `disk-full` when a disk has less room than is needed */
export async function requireRoom(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(folder);
  if (bytes > free)
    throw diskFull(`The download needs ${showBytes(bytes)}, but the disk that holds ${folder} has only ${showBytes(free)} free.`);
}

function diskFull(message: string, cause?: unknown): Problem {
  return new Problem(
    'disk-full',
    message,
    'Free some space, or put the cache on another disk with HF_HUB_CACHE; what has been downloaded so far is kept.',
    { cause },
  );
}
