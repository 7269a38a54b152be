/** Processor time of the processes that a benchmark has started, by what they are; Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds by kind of process. */
export type ProcessorTime = ReadonlyMap<string, number>;

const KINDS: readonly (readonly [name: string, command: RegExp])[] = [
  ['engine', /dist\/engine\.js/],
  ['extension host', /type=extensionHost/],
  ['pages', /--type=renderer/],
  ['browser', /chrom/],
  ['server', /code-server/],
];

/** Processor time of all descendants of this process so far. Empty where the system does not tell. */
export function processorTime(): ProcessorTime {
  const times = new Map<string, number>();
  const parents = new Map(pids().flatMap((pid) => parentOf(pid)));
  for (const pid of parents.keys()) {
    if (!isOurs(pid, parents)) continue;
    const command = read(`/proc/${pid}/cmdline`);
    const kind = KINDS.find(([, pattern]) => pattern.test(command))?.[0];
    if (kind !== undefined) times.set(kind, (times.get(kind) ?? 0) + runTime(pid));
  }
  return times;
}

/** What was taken from the one until the other. */
export function taken(before: ProcessorTime, after: ProcessorTime): ProcessorTime {
  return new Map([...after].map(([kind, time]) => [kind, Math.max(0, time - (before.get(kind) ?? 0))]));
}

function isOurs(pid: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at = parents.get(pid); at !== undefined; at = parents.get(at)) if (at === process.pid) return true;
  return false;
}

function pids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** A process with its parent; none where it has gone. */
function parentOf(pid: number): [number, number][] {
  const parent = / [A-Za-z] (\d+)/.exec(read(`/proc/${pid}/stat`).replace(/^.*\)/s, ''))?.[1];
  return parent === undefined ? [] : [[pid, Number(parent)]];
}

/** Milliseconds that all threads of a process have run. */
function runTime(pid: number): number {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return 0;
  }
  return threads.reduce((sum, thread) => sum + Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] ?? 0), 0) / 1e6;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
