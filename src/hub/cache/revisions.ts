/** The revisions of a repository that are in the cache. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isRepositoryId } from '../repository-id';
import { repositoryFolders } from './layout';

/** One commit of a repository, as far as the cache has it. */
export interface CachedRevision {
  /** 40 hex digits */
  readonly commit: string;
  /** branches and tags that pointed there when the cache was filled */
  readonly refs: readonly string[];
  readonly folder: string;
}

/** The revisions of a repository in the cache: that of `main` first, then the newest. Empty where there is none. */
export async function cachedRevisions(cache: string, id: string): Promise<CachedRevision[]> {
  if (!isRepositoryId(id)) return [];
  const { snapshots, refs } = repositoryFolders(cache, id);
  const commits = await readdir(snapshots).catch(() => []);
  const named = await readRefs(refs);
  const found = await Promise.all(
    commits.map(async (commit) => {
      const folder = join(snapshots, commit);
      const state = await stat(folder).catch(() => null);
      const pointing = named
        .filter((ref) => ref.commit === commit)
        .map(({ name }) => name)
        .sort();
      return state?.isDirectory() ? [{ commit, refs: pointing, folder, changed: state.mtimeMs }] : [];
    }),
  );
  const isMain = ({ refs: names }: { refs: readonly string[] }): number => Number(names.includes('main'));
  return found
    .flat()
    .sort((a, b) => isMain(b) - isMain(a) || b.changed - a.changed)
    .map(({ commit, refs: names, folder }) => ({ commit, refs: names, folder }));
}

/**
 * The folder of a cached model, or undefined when the cache does not hold it.
 * @param revision branch, tag, or at least 7 digits of a commit; absent: `main`, or the newest where there is no `main`
 */
export async function findCached(cache: string, id: string, revision?: string): Promise<string | undefined> {
  const revisions = await cachedRevisions(cache, id);
  const wanted =
    revision === undefined
      ? revisions[0]
      : (revisions.find(({ refs }) => refs.includes(revision)) ??
        revisions.find(({ commit }) => revision.length >= 7 && commit.startsWith(revision)));
  return wanted?.folder;
}

async function readRefs(folder: string): Promise<{ name: string; commit: string }[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return Promise.all(
    names.map(async (name) => {
      // a name such as refs/pr/1 has folders before it, which hold no commit
      const commit = (await readFile(join(folder, name), 'utf8').catch(() => '')).trim();
      return { name: name.split(sep).join('/'), commit };
    }),
  );
}
