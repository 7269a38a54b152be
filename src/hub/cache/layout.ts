/**
 * The layout of the Hugging Face cache, as the Python package huggingface_hub makes it:
 *
 *     models--owner--name/blobs/<etag>                   content; the etag is its checksum
 *     models--owner--name/snapshots/<commit>/<file>      links to blobs
 *     models--owner--name/refs/<branch or tag>           a commit
 *
 * https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
import { join } from 'node:path';

/** The folders of one repository in the cache. */
export interface RepositoryFolders {
  readonly blobs: string;
  readonly snapshots: string;
  readonly refs: string;
}

/** Where a model repository is in a cache. */
export function repositoryFolders(cache: string, id: string): RepositoryFolders {
  const root = join(cache, `models--${id.replace('/', '--')}`);
  return { blobs: join(root, 'blobs'), snapshots: join(root, 'snapshots'), refs: join(root, 'refs') };
}

/** The id of the model repository that a folder of the cache holds; null for data sets and anything else in the cache. */
export function idOfFolder(name: string): string | null {
  return /^models--(.+)$/.exec(name)?.[1]?.replace('--', '/') ?? null;
}
