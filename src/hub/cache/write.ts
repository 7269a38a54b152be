/** Writing to the Hugging Face cache so that every other tool finds what is in it. */
import { copyFile, mkdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { throughDraft, writeWholeFile } from '../../files/whole-file';
import { repositoryFolders } from './layout';

/** Whether a file of this size is there, linked or not. */
export async function isPresent(file: string, bytes: number): Promise<boolean> {
  const state = await stat(file).catch(() => null);
  return state !== null && state.isFile() && state.size === bytes;
}

/**
 * Makes a blob a file of a snapshot: by a relative link, so that the cache may be moved; where links cannot be made, by moving
 * the blob there.
 */
export async function linkBlob(blob: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await rm(file, { force: true });
  try {
    await symlink(relative(dirname(file), blob), file, 'file');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    await rename(blob, file).catch(() => throughDraft(file, (draft) => copyFile(blob, draft)));
  }
}

/** Notes which commit a branch or tag means; a commit needs no note. */
export async function writeRef(cache: string, id: string, revision: string, commit: string): Promise<void> {
  if (revision === commit) return;
  const file = join(repositoryFolders(cache, id).refs, revision);
  await mkdir(dirname(file), { recursive: true });
  await writeWholeFile(file, commit);
}
