/** The model that an adapter was made for, where it is on this disk. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { hubPlaces } from '../../../files/hf-environment';
import { formatNameOf } from '../format-names';
import { parseJsonObject } from '../json';
import { ADAPTER_CONFIG, baseNames, isRepository, MODEL_CARD, type BaseNames } from './about';
import { commitNamed } from './belongs';
import { keptBase } from './kept-bases';

/**
 * Where the base of an adapter is: what was chosen for it; else by the name that it gives, as a path, as a folder beside the adapter or around it,
 * as a path from a folder that the adapter is in, or as a repository in the Hugging Face cache, of which a revision that it gives is taken where
 * it is there. Null where there is none.
 */
export async function findBase(adapter: string, { base, path, revision = 'main' }: BaseNames): Promise<string | null> {
  const own = resolve(adapter);
  const chosen = await keptBase(adapter);
  const candidates = [
    ...(chosen === null ? [] : [chosen]),
    ...(path === undefined ? [] : named(own, path)),
    ...(base === null ? [] : [...named(own, base), ...(await cached(base, revision))]),
  ];
  for (const candidate of candidates) if (candidate !== own && (await isModel(candidate))) return candidate;
  return null;
}

/** Folders that a name may mean, from the adapter’s own. */
function named(adapter: string, base: string): string[] {
  const around = dirname(adapter);
  const segments = base.split(/[\\/]/).filter((segment) => segment !== '');
  const name = segments.at(-1) ?? base;
  return [
    resolve(adapter, base),
    resolve(around, base),
    join(around, name),
    ...(basename(around) === name ? [around] : []),
    // PEFT writes a path from where the training ran, which is often above. A single name would be found anywhere.
    ...(segments.length < 2 || isAbsolute(base) ? [] : foldersAbove(around).map((folder) => resolve(folder, ...segments))),
  ];
}

/** The folders that a folder is in, the nearest first: as far as the home folder, or to the root of its disk. */
function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder || folder === homedir() ? [] : [above, ...foldersAbove(above)];
}

/** The folder of the base of an adapter that is alone in a folder; null where there is none, or it cannot be found. Never throws. */
export async function baseOf(folder: string): Promise<string | null> {
  if (await isModel(folder)) return null;
  const adapter = await readNames(folder);
  return adapter === undefined ? null : findBase(folder, adapter).catch(() => null);
}

/** The repository on the Hugging Face Hub that an adapter names as its base; null where it names none, or a folder. Never throws. */
export async function repositoryOfBase(folder: string): Promise<string | null> {
  const name = (await readNames(folder))?.base;
  return name && isRepository(name) ? name : null;
}

/** What an adapter calls its base; undefined where there is no adapter that can be read. */
async function readNames(folder: string): Promise<BaseNames | undefined> {
  try {
    const text = await readFile(join(folder, ADAPTER_CONFIG), 'utf8');
    return await baseNames(parseJsonObject(text, ADAPTER_CONFIG, 'config-invalid'), () => readFile(join(folder, MODEL_CARD), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether a path is that of a model: a folder, or a file of its own. */
async function isModel(path: string): Promise<boolean> {
  const state = await stat(path).catch(() => null);
  const files = state?.isFile() ? [basename(path)] : state?.isDirectory() ? await readdir(path).catch(() => []) : [];
  return formatNameOf(new Set(files)) !== null;
}

/** Snapshots of a repository in the cache: that of a revision first, then that of `main`. */
async function cached(id: string, revision: string): Promise<string[]> {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id)) return [];
  const root = join(hubPlaces().cache, `models--${id.replace('/', '--')}`);
  const first = [await commitNamed(root, 'main'), await commitNamed(root, revision)];
  const commits = await readdir(join(root, 'snapshots')).catch(() => []);
  return commits.sort((a, b) => first.indexOf(b) - first.indexOf(a)).map((commit) => join(root, 'snapshots', commit));
}
