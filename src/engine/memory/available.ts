/** How much memory is there for a model. */
import { readFileSync } from 'node:fs';
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
export type ReadSystemFile = (path: string) => string;

/** At once: these files are kept in memory, and waking another thread would take longer. */
const readSystemFile: ReadSystemFile = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/**
 * Measures memory. Linux says what is available (`MemAvailable`: free, and files that can be dropped), and may limit a
 * container further. macOS counts as free only what nothing has ever used, so half of its memory is assumed to be available.
 */
export function measureMemory(platform: NodeJS.Platform = process.platform, read = readSystemFile): Memory {
  const constrained = process.constrainedMemory();
  const total = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
  if (platform === 'darwin') return { available: Math.max(freemem(), total / 2), total };
  if (platform !== 'linux') return { available: freemem(), total };
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(read('/proc/meminfo'))?.[1];
  const machine: Memory = { available: kilobytes === undefined ? freemem() : 1024 * Number(kilobytes), total };
  return limits(read).reduce(
    (least, limit) => ({ available: Math.min(least.available, limit.available), total: Math.min(least.total, limit.total) }),
    machine,
  );
}

/** Limits of the control groups (version 2) that this process is in, from its own to the outermost. */
function limits(read: ReadSystemFile): Memory[] {
  const path = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/';
  const parts = path.split('/').filter(Boolean);
  const groups = parts.map((_, depth) => join('/sys/fs/cgroup', ...parts.slice(0, parts.length - depth)));
  return [...groups, '/sys/fs/cgroup'].flatMap((group) => {
    const total = Number.parseInt(read(`${group}/memory.max`), 10);
    if (Number.isNaN(total)) return [];
    // Files in memory, such as weights that are mapped, count as used and are dropped when there is need.
    const files = Number(/^file (\d+)$/m.exec(read(`${group}/memory.stat`))?.[1] ?? 0);
    const current = Number.parseInt(read(`${group}/memory.current`), 10);
    return [{ available: Math.max(0, total - Math.max(0, current - files)), total }];
  });
}
