/** By what a model is known to every cache: its files, never its display name. */
import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { IN_BACKGROUND, type FolderStates } from '../../files/folder-states';
import { ADAPTER_CONFIG } from './adapter/about';
import { baseOf } from './adapter/find-base';
import { isRead } from './format-names';
import { partsOf } from './gguf/parts';

/**
 * Names what a checkpoint folder contains now: 64 hex digits that follow from the folder's location and from names, sizes and
 * dates of the files that a model is read from. Weights saved again, a file that comes or goes, or another folder with the same
 * content each give another fingerprint; files that no model is read from, such as logs, do not matter. Contents are not read. Of an adapter, its base counts too.
 *
 * Never throws: a folder that cannot be read has the fingerprint of an empty one.
 *
 * @param disk how it is asked
 */
export async function fingerprintOf(folder: string, disk: FolderStates = IN_BACKGROUND): Promise<string> {
  const location = await disk.real(folder);
  const isFile = (await disk.of(location))?.isFile() === true;
  // A file may be one of several that a model is cut into, and a link to where a cache keeps it.
  const root = isFile ? dirname(resolve(folder)) : location;
  const names = isFile ? partsOf(basename(resolve(folder))) : (await disk.names(location)).filter(isRead).sort();
  const files = names.map(async (name) => {
    const state = await disk.of(join(root, name));
    return [name, state && [state.size, state.mtimeMs]];
  });
  const base = names.includes(ADAPTER_CONFIG) ? await baseOf(location) : null;
  return createHash('sha256')
    .update(JSON.stringify([location, await Promise.all(files), ...(base === null ? [] : [await fingerprintOf(base, disk)])]))
    .digest('hex');
}
