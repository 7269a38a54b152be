/**
 * What a command has around it: streams and, where commands share one, an engine. A process of its own has its streams and starts
 * an engine for its command; many commands in one process, as in tests, are given theirs.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Readable } from 'node:stream';
import type { EngineCalls } from '../engine-client/engine-calls';

/** As much of a stream as commands need to write to it. */
export interface Output {
  /** `done` is called once the text has been handed on, or failed to be */
  write(text: string, done?: () => void): unknown;
  /** how wide the terminal is, in characters; absent where it is none */
  readonly columns?: number;
  readonly isTTY?: boolean;
}

/** Characters of a line where it goes to no terminal, or to one that does not tell. */
const WIDTH = 80;

/** Characters of a line. */
export const widthOf = ({ columns }: Output): number => columns || WIDTH;

/** Where a command reads, writes, and asks. */
export interface Surroundings {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  /** asked in place of an engine that is started for the command, and not ended with it */
  readonly engine?: EngineCalls;
}

const given = new AsyncLocalStorage<Surroundings>();

/** What the command that asks has around it: those of `within`, else this process. */
export function surroundings(): Surroundings {
  return given.getStore() ?? process;
}

/** Does `work`, and whatever it waits for, in these surroundings. */
export function within<T>(these: Surroundings, work: () => Promise<T>): Promise<T> {
  return given.run(these, work);
}
