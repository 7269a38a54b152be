/** The VSIX: what a user installs. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.mjs';
import { SetupError, step } from './progress.mjs';
import { ROOT } from './repository.mjs';

/** Platforms for which onnxruntime-node carries binaries: every one gets a package of its own. */
export const TARGETS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

/**
 * Largest VSIX that is let out, in bytes. Windows and macOS libraries are larger than Linux's.
 * @type {Readonly<Record<string, number>>}
 */
const LIMITS = { 'linux-x64': 40e6, 'linux-arm64': 40e6, 'darwin-arm64': 60e6, 'win32-x64': 60e6, 'win32-arm64': 60e6 };

/** @returns {string} the target that runs on this machine */
export function ownTarget() {
  return `${process.platform}-${process.arch}`;
}

/**
 * Packages dist/ and what it needs at run time for one platform.
 * @param {string} target one of `TARGETS`
 * @returns {Promise<{ file: string, bytes: number }>} the VSIX
 * @throws {SetupError} for an unknown target or a package over its limit
 */
export async function packageFor(target) {
  if (!TARGETS.includes(target)) {
    throw new SetupError(`There is no package for "${target}".`, `Targets: ${TARGETS.join(', ')}`);
  }
  return step(`Packaging for ${target}`, async () => {
    const file = join(ROOT, 'artifacts', `visit-${target}.vsix`);
    await mkdir(join(ROOT, 'artifacts'), { recursive: true });
    await run(
      process.execPath,
      [
        join(ROOT, 'node_modules', '@vscode', 'vsce', 'vsce'),
        ...['package', '--target', target, '--out', file, '--ignoreFile', await ignoreFile(target)],
        ...['--no-rewrite-relative-links', '--allow-missing-repository'],
      ],
      { cwd: ROOT },
    );
    const { size: bytes } = await stat(file);
    const limit = LIMITS[target];
    if (bytes > limit) {
      throw new SetupError(`The package for ${target} has ${megabytes(bytes)}.`, `At most ${megabytes(limit)} are allowed.`);
    }
    return { file, bytes };
  });
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Writes .vscodeignore as it is for one platform; returns the file's path. */
async function ignoreFile(/** @type {string} */ target) {
  const [platform, arch] = target.split('-');
  const binaries = `node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}`;
  if (!existsSync(join(ROOT, binaries))) {
    throw new SetupError(
      `onnxruntime-node has no binaries in ${binaries}.`,
      'Its version may have moved them; adapt scripts/setup/package.mjs.',
    );
  }
  const rules = await readFile(join(ROOT, '.vscodeignore'), 'utf8');
  const narrowed = rules.replace(/^!node_modules\/onnxruntime-node\/bin\/.*$/m, `!${binaries}/${LIBRARIES[platform]}`);
  const file = join(ROOT, '.cache', `${target}.vscodeignore`);
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  await writeFile(file, narrowed);
  return file;
}

/**
 * What is loaded from a platform's folder. macOS has its library there twice, under two names; the binding asks for this one.
 * @type {Readonly<Record<string, string>>}
 */
const LIBRARIES = { linux: '*', win32: '*', darwin: '{onnxruntime_binding.node,libonnxruntime.1.dylib}' };
