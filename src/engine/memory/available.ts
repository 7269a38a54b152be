/** How much memory is there for a model. */
import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';

/** In bytes. */
export interface Memory {
  /** what can be taken without anything being swapped out */
  readonly available: number;
  /** what the machine has, or the container is allowed */
  readonly total: number;
}

/** Reads a small file of the system; empty where there is none. */
export type ReadSystemFile = (path: string) => Promise<string>;

const readSystemFile: ReadSystemFile = (path) => readFile(path, 'utf8').catch(() => '');

/**
 * Measures memory. Linux says what is available (`MemAvailable`: free, and files that can be dropped), and may limit a
 * container further. macOS counts as free only what nothing has ever used, so half of its memory is assumed to be available.
 */
export async function measureMemory(platform: NodeJS.Platform = process.platform, read = readSystemFile): Promise<Memory> {
  const constrained = process.constrainedMemory();
  const total = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
  if (platform === 'darwin') return { available: Math.max(freemem(), total / 2), total };
  if (platform !== 'linux') return { available: freemem(), total };
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(await read('/proc/meminfo'))?.[1];
  const machine: Memory = { available: kilobytes === undefined ? freemem() : 1024 * Number(kilobytes), total };
  return (await limits(read)).reduce(
    (least, limit) => ({ available: Math.min(least.available, limit.available), total: Math.min(least.total, limit.total) }),
    machine,
  );
}

/** Limits of the control groups (version 2) that this process is in, from its own to the outermost. */
async function limits(read: ReadSystemFile): Promise<Memory[]> {
  const path = /^0::(\/.*)$/m.exec(await read('/proc/self/cgroup'))?.[1] ?? '/';
  const parts = path.split('/').filter(Boolean);
  const groups = parts.map((_, depth) => join('/sys/fs/cgroup', ...parts.slice(0, parts.length - depth)));
  const found = await Promise.all(
    [...groups, '/sys/fs/cgroup'].map(async (group) => {
      const [max, current, statistics] = await Promise.all(
        ['memory.max', 'memory.current', 'memory.stat'].map((name) => read(`${group}/${name}`)),
      );
      const total = Number.parseInt(max, 10);
      if (Number.isNaN(total)) return [];
      // Files in memory, such as weights that are mapped, count as used and are dropped when there is need.
      const files = Number(/^file (\d+)$/m.exec(statistics)?.[1] ?? 0);
      return [{ available: Math.max(0, total - Math.max(0, Number.parseInt(current, 10) - files)), total }];
    }),
  );
  return found.flat();
}
