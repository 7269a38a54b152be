/** Downloading a model into the Hugging Face cache. */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../core/call-context';
import { repositoryFolders } from '../cache/layout';
import { isPresent, linkBlob, writeRef } from '../cache/write';
import { requireRoom, writeProblem } from '../disk';
import { hubFetch, repositoryUrl, type HubAccess } from './connection';
import { DEFAULT_PATIENCE, fetchBlob, partialFile, type Patience } from './fetch-blob';
import type { RemoteFile } from './needed-files';
import type { DownloadPlan } from './repository';

/** What goes with a download. */
export interface DownloadOptions {
  /** folder of the cache */
  readonly cache: string;
  readonly signal?: AbortSignal | undefined;
  /** `done` and `total` are bytes; `message` names the file */
  readonly onProgress?: (progress: Progress) => void;
  readonly patience?: Patience;
}

/** How much of a plan is there already. */
export interface DownloadSize {
  /** bytes of all files */
  readonly total: number;
  /** bytes that are still to come */
  readonly missing: number;
}

/** Compares a plan with the cache. */
export async function downloadSize(plan: DownloadPlan, cache: string): Promise<DownloadSize> {
  const missing = await Promise.all(
    plan.files.map(async (file) => {
      const { blob, pointer } = placesOf(plan, file, cache);
      if ((await isPresent(pointer, file.bytes)) || (await isPresent(blob, file.bytes))) return 0;
      const partial = await stat(partialFile(blob)).catch(() => null);
      return file.bytes - Math.min(file.bytes, partial?.size ?? 0);
    }),
  );
  return { total: plan.files.reduce((sum, { bytes }) => sum + bytes, 0), missing: missing.reduce((sum, bytes) => sum + bytes, 0) };
}

/**
 * Fetches what the cache lacks of a model; the branch's note follows when everything is there, so that other tools never see
 * half a model as its newest state.
 *
 * @returns the model's folder
 * @throws Problem `disk-full`, `io`, and as `fetchBlob` does
 */
export async function downloadModel(access: HubAccess, plan: DownloadPlan, options: DownloadOptions): Promise<string> {
  const { cache, signal, onProgress = () => undefined, patience = DEFAULT_PATIENCE } = options;
  const { total, missing } = await downloadSize(plan, cache);
  await requireRoom(cache, missing);
  const { blobs, snapshots } = repositoryFolders(cache, plan.id);
  const fetch = hubFetch(access, { repository: plan.id, signal });
  let before = 0;
  try {
    await mkdir(blobs, { recursive: true });
    for (const file of plan.files) {
      const { blob, pointer } = placesOf(plan, file, cache);
      const onBytes = (bytes: number): void => onProgress({ message: file.path, done: before + bytes, total });
      onBytes(0);
      if (!(await isPresent(pointer, file.bytes))) {
        if (!(await isPresent(blob, file.bytes))) {
          const url = repositoryUrl(access, plan.id, { commit: plan.commit, path: file.path });
          await fetchBlob({ fetch, url, file, blob, patience, signal, onBytes });
        }
        await linkBlob(blob, pointer);
      }
      before += file.bytes;
    }
    await writeRef(cache, plan.id, plan.revision, plan.commit);
  } catch (error) {
    throw writeProblem(error, cache);
  }
  onProgress({ message: 'done', done: total, total });
  return join(snapshots, plan.commit);
}

function placesOf({ id, commit }: DownloadPlan, { path, checksum }: RemoteFile, cache: string): { blob: string; pointer: string } {
  const { blobs, snapshots } = repositoryFolders(cache, id);
  return { blob: join(blobs, checksum.hex), pointer: join(snapshots, commit, ...path.split('/')) };
}
