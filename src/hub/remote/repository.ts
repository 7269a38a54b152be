/** A look at a repository before anything large is fetched: can its model be run, and what would have to be downloaded. */
import { listFiles, modelInfo } from '@huggingface/hub';
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { describeModel, familyOf } from '../../model/architecture/registry';
import { readCheckpoint } from '../../model/checkpoint/open';
import type { CheckpointSource } from '../../model/checkpoint/source';
import { firstIssue } from '../../model/schema-problem';
import { requireRepositoryId, requireRevision } from '../repository-id';
import { connectionProblem, hubFetch, repositoryUrl, type HubAccess } from './connection';
import { neededFiles, remoteFileSchema, requireFormat, type RemoteFile } from './needed-files';
import { readBytes } from './remote-file';

/** A model that can be run, and the files that make it. */
export interface DownloadPlan {
  readonly id: string;
  /** as it was asked for: branch, tag or commit */
  readonly revision: string;
  /** what the revision is, in 40 hex digits */
  readonly commit: string;
  readonly family: string;
  readonly files: readonly RemoteFile[];
}

/** It becomes the name of a folder. */
const commitSchema = z.string().regex(/^[0-9a-f]{40}$/);

/** Far more than any config.json or index has. */
const MOST_TEXT_BYTES = 50e6;

/** Bytes that are asked for at first of a file of weights: the header of most. */
const FIRST_BYTES = 65_536;

/**
 * Reads a repository's list of files, its configuration and the headers of its weights, and asks the engine's own check
 * whether the model can be run. Nothing is written.
 *
 * @throws Problem as `hubFetch` does, and whatever the check has against the model
 */
export async function inspectRepository(access: HubAccess, id: string, revision = 'main', signal?: AbortSignal): Promise<DownloadPlan> {
  requireRepositoryId(id);
  requireRevision(revision);
  const fetch = hubFetch(access, { repository: id, signal });
  try {
    const { sha } = await modelInfo({ name: id, revision, additionalFields: ['sha'], hubUrl: access.endpoint, fetch });
    const commit = commitSchema.parse(sha);
    const files: RemoteFile[] = [];
    for await (const { type, path, size, oid, lfs } of listFiles({ repo: id, revision: commit, hubUrl: access.endpoint, fetch })) {
      if (type !== 'file') continue;
      files.push(
        remoteFileSchema.parse({
          path,
          bytes: lfs?.size ?? size,
          checksum: lfs ? { kind: 'sha256', hex: lfs.oid } : { kind: 'git', hex: oid },
        }),
      );
    }
    const paths = new Set(files.map(({ path }) => path));
    const format = requireFormat(id, paths);
    const source = remoteSource(access, { id, commit, files }, fetch);
    familyOf({ name: id, config: await format.config(source) });
    const needed = neededFiles(id, files, await format.weightFiles(source));
    const { spec } = describeModel(await readCheckpoint(format, source));
    return { id, revision, commit, family: spec.family, files: needed };
  } catch (error) {
    if (error instanceof z.ZodError)
      throw new Problem(
        'hub-failed',
        `${new URL(access.endpoint).host} sent an unexpected description of ${id} (${firstIssue(error)}).`,
        'Try again later, or download the model by other means and open its folder.',
      );
    throw connectionProblem(error, new URL(access.endpoint).host, signal);
  }
}

/** A checkpoint on the Hub. */
function remoteSource(
  access: HubAccess,
  { id, commit, files }: Pick<DownloadPlan, 'id' | 'commit' | 'files'>,
  fetch: typeof globalThis.fetch,
): CheckpointSource {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const find = (path: string): { url: string; size: number } => {
    const file = byPath.get(path);
    if (!file) throw new Problem('weights-missing', `${id} lacks the file ${path}.`, 'Its weights index names it.');
    return { url: repositoryUrl(access, id, { commit, path }), size: file.bytes };
  };
  return {
    label: id,
    name: id,
    files: new Set(byPath.keys()),
    has: (path) => byPath.has(path),
    text: async (path, code) => {
      const { url, size } = find(path);
      if (size > MOST_TEXT_BYTES)
        throw new Problem(
          code,
          `${path} of ${id} has ${size} bytes, too many for a file of this name.`,
          'Choose another model or another revision.',
        );
      return (await readBytes(fetch, url, 0, size)).toString('utf8');
    },
    bytes: ({ file, offset, byteLength }) => readBytes(fetch, find(file).url, offset, byteLength),
    open: async (path, work) => {
      const { url, size } = find(path);
      // What formats read first is at the beginning, in many small pieces.
      let beginning: Promise<Buffer> | undefined;
      const read = async (from: number, count: number): Promise<Buffer> => {
        beginning ??= readBytes(fetch, url, 0, Math.min(size, FIRST_BYTES));
        const first = await beginning;
        const to = Math.min(from + count, size);
        const known = first.subarray(from, to);
        const next = from + known.length;
        return to > next ? Buffer.concat([known, await readBytes(fetch, url, next, to - next)]) : known;
      };
      return work({ path, size, read });
    },
  };
}
