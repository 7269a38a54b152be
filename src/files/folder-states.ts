/** What is on the disk, without reading any of it: nothing here throws. */
import { readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

type Soon<T> = T | Promise<T>;

/** How the disk is asked. */
export interface FolderStates {
  /** where a path leads to; the path itself, absolute, where that cannot be said */
  real(path: string): Soon<string>;
  /** null: there is nothing that can be looked at */
  of(path: string): Soon<Stats | null>;
  /** names in a folder; none where it cannot be read */
  names(folder: string): Soon<readonly string[]>;
}

/** On other threads: for a process that must not wait for a slow disk. */
export const IN_BACKGROUND: FolderStates = {
  real: (path) => realpath(path).catch(() => resolve(path)),
  of: (path) => stat(path).catch(() => null),
  names: (folder) => readdir(folder).catch(() => []),
};

/** At once: waking another thread takes a hundred times as long as an answer of the system’s own cache. For a process that others do not wait for. */
export const AT_ONCE: FolderStates = {
  real: (path) => orElse(() => realpathSync.native(path), resolve(path)),
  of: (path) => orElse(() => statSync(path), null),
  names: (folder) => orElse(() => readdirSync(folder), []),
};

function orElse<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}
