/** A look at a repository before anything large is fetched: can its model be run, and what would have to be downloaded. */
import { listFiles, modelInfo } from '@huggingface/hub';
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { describeModel, familyOf } from '../../model/architecture/registry';
import { parseJsonObject } from '../../model/checkpoint/json';
import { CONFIG, INDEX, readCheckpoint, readIndex, WEIGHTS, type CheckpointSource } from '../../model/checkpoint/open';
import { headerLength, LENGTH_BYTES, parseSafetensorsHeader } from '../../model/checkpoint/safetensors';
import { firstIssue } from '../../model/schema-problem';
import { requireRepositoryId, requireRevision } from '../repository-id';
import { connectionProblem, hubFetch, repositoryUrl, type HubAccess } from './connection';
import { neededFiles, remoteFileSchema, requireCheckpoint, type RemoteFile } from './needed-files';
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
const MOST_JSON_BYTES = 50e6;

/** Bytes of a weights file that are asked for at first: the header of most. */
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
    requireCheckpoint(id, paths);
    const source = remoteSource(access, { id, commit, files }, fetch);
    familyOf({ name: id, config: await source.json(CONFIG, 'config-invalid') });
    const shards = paths.has(WEIGHTS) ? [] : [...(await readIndex(source)).keys()];
    const needed = neededFiles(id, files, shards);
    const { spec } = describeModel(await readCheckpoint(source));
    return { id, revision, commit, family: spec.family, files: needed };
  } catch (error) {
    if (error instanceof z.ZodError)
      throw new Problem(
        'hub-failed',
        `${new URL(access.endpoint).host} describes ${id} in a way that is not understood (${firstIssue(error)}).`,
      );
    throw connectionProblem(error, new URL(access.endpoint).host, signal);
  }
}

/** A checkpoint that lies on the Hub. */
function remoteSource(
  access: HubAccess,
  { id, commit, files }: Pick<DownloadPlan, 'id' | 'commit' | 'files'>,
  fetch: typeof globalThis.fetch,
): CheckpointSource {
  const find = (path: string): { url: string; bytes: number } => {
    const file = files.find((candidate) => candidate.path === path);
    if (!file) throw new Problem('weights-missing', `${id} lacks the file ${path}.`, `Its ${INDEX} names it.`);
    return { url: repositoryUrl(access, id, { commit, path }), bytes: file.bytes };
  };
  return {
    label: id,
    name: id,
    files: new Set(files.map(({ path }) => path)),
    json: async (path, code) => {
      const { url, bytes } = find(path);
      if (bytes > MOST_JSON_BYTES) throw new Problem(code, `${path} of ${id} has ${bytes} bytes, too many to be what its name says.`);
      return parseJsonObject((await readBytes(fetch, url, 0, bytes)).toString('utf8'), path, code);
    },
    weights: async (path) => {
      const { url, bytes } = find(path);
      const first = await readBytes(fetch, url, 0, Math.min(bytes, FIRST_BYTES));
      if (first.length < LENGTH_BYTES)
        throw new Problem('weights-truncated', `${path} of ${id} has ${bytes} bytes, too few for a safetensors file.`);
      const end = LENGTH_BYTES + headerLength(first.subarray(0, LENGTH_BYTES), bytes, path);
      const rest = end > first.length ? await readBytes(fetch, url, first.length, end - first.length) : Buffer.alloc(0);
      return { path, entries: parseSafetensorsHeader(Buffer.concat([first, rest]).subarray(LENGTH_BYTES, end), bytes, path) };
    },
  };
}
