/** Lanes: a stage's files dealt out to several processes, which then run side by side. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @typedef {object} Lane
 * @property {number} index from 0
 * @property {number} of how many there are
 */

/**
 * @param {number} count 1 or more
 * @returns {readonly Lane[]} that many
 */
export function lanes(count) {
  return Array.from({ length: count }, (_, index) => ({ index, of: count }));
}

/**
 * @param {string} stage
 * @param {Lane} lane
 * @returns {string} such as "e2e" where there is one lane, "e2e 1 of 2" where there are more
 */
export function laneName(stage, { index, of }) {
  return of === 1 ? stage : `${stage} ${index + 1} of ${of}`;
}

/**
 * Deals files out, the largest first, each to the lane that has least: how large a file of tests is says about how long it runs.
 * @template {{ readonly size: number }} T
 * @param {readonly T[]} files
 * @param {Lane} lane
 * @returns {T[]} those of this lane, in their order
 */
export function filesOfLane(files, { index, of }) {
  const sums = Array.from({ length: of }, () => 0);
  /** @type {Set<T>} */
  const own = new Set();
  for (const file of [...files].sort((a, b) => b.size - a.size)) {
    const least = sums.indexOf(Math.min(...sums));
    sums[least] = (sums[least] ?? 0) + file.size;
    if (least === index) own.add(file);
  }
  return files.filter((file) => own.has(file));
}

/**
 * @param {string} folder
 * @returns {Promise<{ path: string, size: number }[]>} files of tests in it and below, by name; sizes in bytes
 */
export async function testFiles(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.test.ts')).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return { path, size: (await stat(path)).size };
    }),
  );
}
