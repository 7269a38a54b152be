/** dist/ as the sources say. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';
import { step } from './progress.mjs';
import { ROOT } from './repository.mjs';

/** Everything that a bundle is made from. */
const SOURCES = ['src', 'webview', 'esbuild.mjs', 'package.json', 'package-lock.json'];
/** What a build leaves behind. */
const PRODUCTS = ['dist/extension.js', 'dist/engine.js', 'dist/cli.js', 'dist/webview/inspector.js'];

/** Builds if a product is missing or older than a source. */
export async function ensureBuild() {
  const products = PRODUCTS.map((file) => join(ROOT, file));
  if (products.every((file) => existsSync(file))) {
    const built = Math.min(...(await Promise.all(products.map(modified))));
    if ((await newest(SOURCES.map((path) => join(ROOT, path)))) <= built) return;
  }
  await step('Building', () => run(process.execPath, ['esbuild.mjs'], { cwd: ROOT }));
}

/** @param {string} path */
async function modified(path) {
  return (await stat(path)).mtimeMs;
}

/**
 * @param {readonly string[]} paths files and folders
 * @returns {Promise<number>} when the last of all files in them was changed
 */
async function newest(paths) {
  const times = paths.map(async (path) => {
    const info = await stat(path);
    if (!info.isDirectory()) return info.mtimeMs;
    return newest((await readdir(path)).map((name) => join(path, name)));
  });
  return Math.max(0, ...(await Promise.all(times)));
}
