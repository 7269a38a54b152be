/** The model that an adapter was made for, where it is on this disk. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { hubPlaces } from '../../../files/hf-environment';
import { formatOf } from '../formats';
import { parseJsonObject } from '../json';
import { ADAPTER_CONFIG } from './about';

/**
 * The folder of a model by the name that an adapter gives it: a path, a folder beside the adapter or around it, or a repository in the Hugging
 * Face cache; null where there is none.
 */
export async function findBase(adapter: string, base: string): Promise<string | null> {
  const around = dirname(resolve(adapter));
  const name = basename(base);
  const candidates = [
    resolve(adapter, base),
    resolve(around, base),
    join(around, name),
    ...(basename(around) === name ? [around] : []),
    ...(await cached(base)),
  ];
  for (const folder of candidates) if (folder !== resolve(adapter) && (await isModel(folder))) return folder;
  return null;
}

/** The folder of the base of an adapter that is alone in a folder; null where there is none, or it cannot be found. Never throws. */
export async function baseOf(folder: string): Promise<string | null> {
  if (await isModel(folder)) return null;
  try {
    const { base_model_name_or_path: base } = parseJsonObject(
      await readFile(join(folder, ADAPTER_CONFIG), 'utf8'),
      ADAPTER_CONFIG,
      'config-invalid',
    );
    return typeof base === 'string' && base !== '' ? await findBase(folder, base) : null;
  } catch {
    return null;
  }
}

async function isModel(folder: string): Promise<boolean> {
  const isFolder = await stat(folder).then(
    (state) => state.isDirectory(),
    () => false,
  );
  return isFolder && formatOf(new Set(await readdir(folder).catch(() => []))) !== null;
}

/** Snapshots of a repository in the cache, that of `main` first. */
async function cached(id: string): Promise<string[]> {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id)) return [];
  const root = join(hubPlaces().cache, `models--${id.replace('/', '--')}`);
  const main = (await readFile(join(root, 'refs', 'main'), 'utf8').catch(() => '')).trim();
  const commits = (await readdir(join(root, 'snapshots')).catch(() => [])).sort((a, b) => Number(b === main) - Number(a === main));
  return commits.map((commit) => join(root, 'snapshots', commit));
}
