/** A disk that is full after some bytes, as the operating system shows it: a write that is cut short, then ENOSPC. */
import { mkdtempSync, rmSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Call = 'write' | 'datasync';

/** Does some work while this process’s open files take only so many more bytes. `on`: what the disk refuses to do once it is full. */
export async function withRoomFor<T>(bytes: number, work: () => Promise<T>, on: Call = 'write'): Promise<T> {
  const files = await fileHandles();
  const real = { write: files.write, datasync: files.datasync };
  let room = bytes;
  const full = (): never => {
    throw Object.assign(new Error(`ENOSPC: no space left on device, ${on}`), { code: 'ENOSPC', syscall: on, errno: -28 });
  };
  if (on === 'datasync') files.datasync = async () => full();
  else {
    files.write = async function (this: FileHandle, buffer: Uint8Array, offset: number, length: number, position: number) {
      if (room === 0) full();
      const written = Math.min(room, length);
      room -= written;
      return real.write.call(this, buffer, offset, written, position);
    };
  }
  try {
    return await work();
  } finally {
    Object.assign(files, real);
  }
}

interface FileHandles {
  write: (this: FileHandle, buffer: Uint8Array, offset: number, length: number, position: number) => Promise<{ bytesWritten: number }>;
  datasync: (this: FileHandle) => Promise<void>;
}

/** What all open files have in common. */
async function fileHandles(): Promise<FileHandles> {
  const folder = mkdtempSync(join(tmpdir(), 'visit-disk-'));
  const handle = await open(join(folder, 'any'), 'w');
  await handle.close();
  rmSync(folder, { recursive: true });
  return Object.getPrototypeOf(handle) as FileHandles;
}
