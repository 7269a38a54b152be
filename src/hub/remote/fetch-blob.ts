/**
 * Fetching one file: resumed where it stopped, and verified by checksum.
 *
 * The content belongs to its checksum and is written at its own place in the file. So two programs that fetch the same file at
 * the same time write the same bytes to the same places, and need no lock.
 */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { cancelled, stopIfCancelled } from '../../core/cancel';
import { Problem } from '../../core/problem';
import { writeFully } from '../../files/whole-file';
import { connectionProblem } from './connection';
import { chunks } from './remote-file';
import type { RemoteFile } from './needed-files';

/** What patience there is with a connection. */
export interface Patience {
  /** milliseconds without a byte after which a connection counts as broken */
  readonly stall: number;
  /** milliseconds before the first new attempt; each later one waits twice as long */
  readonly pause: number;
  /** attempts in a row that bring nothing before it is given up */
  readonly attempts: number;
}

export const DEFAULT_PATIENCE: Patience = { stall: 30_000, pause: 500, attempts: 5 };

/** How a blob is fetched. */
export interface BlobRequest {
  /** as `hubFetch` makes it */
  readonly fetch: typeof globalThis.fetch;
  readonly url: string;
  readonly file: RemoteFile;
  /** where the content is to lie */
  readonly blob: string;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  /** gets the number of bytes of this file that are there */
  readonly onBytes: (bytes: number) => void;
}

/** Where the bytes of an unfinished blob are kept: a name that no other tool uses. */
export function partialFile(blob: string): string {
  return `${blob}.visit.incomplete`;
}

/**
 * Fetches a file into a blob, which appears complete or not at all. What has arrived is kept, so that the next call resumes there.
 * @throws Problem `cancelled`, `download-damaged`, and as `hubFetch` does; other errors are those of the file system
 */
export async function fetchBlob(request: BlobRequest): Promise<void> {
  const { file, blob } = request;
  const partial = partialFile(blob);
  const handle = await open(partial, constants.O_RDWR | constants.O_CREAT, 0o666);
  try {
    for (;;) {
      const { right, resumed } = await complete(handle, request);
      if (right) break;
      if (!resumed) throw damaged(file);
      // What an earlier call has left may have been the bad part.
      await handle.truncate(0);
    }
    await handle.datasync();
  } catch (error) {
    if (error instanceof Problem && error.code === 'download-damaged') await rm(partial, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  await rename(partial, blob).catch(async (error: unknown) => {
    // Another program that fetched the same was done a moment earlier.
    if (!(await stat(blob).catch(() => null))) throw error;
  });
}

/**
 * Fetches what is missing, with new attempts when the connection breaks. Says whether the whole has the right checksum, and
 * whether a part of it was there before.
 */
async function complete(handle: FileHandle, request: BlobRequest): Promise<{ right: boolean; resumed: boolean }> {
  const { file, patience, signal } = request;
  const present = await hashPresent(handle, request);
  const state: Transfer = { hash: present.hash, position: present.bytes };
  for (let failures = 0; state.position < file.bytes;) {
    const before = state.position;
    try {
      await transfer(handle, request, state);
    } catch (error) {
      const problem = connectionOr(error, request);
      if (problem?.code !== 'hub-offline') throw problem ?? error;
      failures = state.position > before ? 1 : failures + 1;
      if (failures >= patience.attempts) throw problem;
      await after(patience.pause * 2 ** (failures - 1), undefined, signal ? { signal } : {}).catch(() => undefined);
      if (signal?.aborted) throw cancelled('The download', { cause: error });
    }
  }
  return { right: state.hash.digest('hex') === file.checksum.hex, resumed: present.bytes > 0 };
}

/** A broken connection as a problem; undefined for what is none, such as a full disk. */
function connectionOr(error: unknown, { url, signal }: BlobRequest): Problem | undefined {
  if (error instanceof Problem) return error;
  const ofFileSystem = typeof (error as NodeJS.ErrnoException).syscall === 'string' && (error as NodeJS.ErrnoException).syscall !== 'read';
  return ofFileSystem ? undefined : connectionProblem(error, new URL(url).host, signal);
}

interface Transfer {
  hash: Hash;
  /** bytes that are there and in the hash */
  position: number;
}

/** One request for everything that is missing. Ends when the connection does. */
async function transfer(handle: FileHandle, request: BlobRequest, state: Transfer): Promise<void> {
  const { file, url, patience, signal, onBytes } = request;
  const stalled = new AbortController();
  const watch = setTimeout(() => stalled.abort(), patience.stall);
  try {
    const range = state.position > 0 ? { Range: `bytes=${state.position}-` } : {};
    const response = await request.fetch(url, { headers: { ...range, 'Accept-Encoding': 'identity' }, signal: stalled.signal });
    if (state.position > 0 && !continues(response, state.position)) Object.assign(state, { hash: newHash(file), position: 0 });
    for await (const chunk of chunks(response)) {
      stopIfCancelled({ signal }, 'The download');
      watch.refresh();
      if (state.position + chunk.byteLength > file.bytes) throw damaged(file);
      await writeFully(handle, chunk, state.position);
      state.hash.update(chunk);
      state.position += chunk.byteLength;
      onBytes(state.position);
    }
    if (state.position < file.bytes)
      throw new Problem(
        'hub-offline',
        `The connection was lost while downloading ${file.path}.`,
        'Download again to resume where it stopped.',
      );
  } catch (error) {
    if (stalled.signal.aborted && !signal?.aborted) {
      throw new Problem(
        'hub-offline',
        `No data for ${file.path} has arrived for ${patience.stall / 1000} seconds.`,
        'Download again to resume where it stopped.',
        { cause: error },
      );
    }
    throw error;
  } finally {
    clearTimeout(watch);
  }
}

/** Whether an answer begins at a position; a server that knows no ranges begins at the beginning. */
function continues(response: Response, position: number): boolean {
  const start = /^bytes (\d+)-/.exec(response.headers.get('Content-Range') ?? '')?.[1];
  return response.status === 206 && Number(start) === position;
}

/** The hash of what an earlier call has left. */
async function hashPresent(handle: FileHandle, { file, signal, onBytes }: BlobRequest): Promise<{ hash: Hash; bytes: number }> {
  const hash = newHash(file);
  let { size } = await handle.stat();
  if (size > file.bytes) {
    await handle.truncate(0);
    size = 0;
  }
  const buffer = Buffer.alloc(1 << 20);
  let bytes = 0;
  while (bytes < size) {
    stopIfCancelled({ signal }, 'The download');
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - bytes), bytes);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
    onBytes(bytes);
  }
  return { hash, bytes };
}

/** git hashes a header with the content: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
function newHash({ checksum, bytes }: RemoteFile): Hash {
  return checksum.kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
}

function damaged({ path }: RemoteFile): Problem {
  return new Problem(
    'download-damaged',
    `The downloaded ${path} does not match the published file: its checksum differs.`,
    'It was discarded. Download again; if this happens again, something between this machine and the Hub is altering files.',
  );
}
