/** Which of several files holds which tensor, as Hugging Face's tools write it beside weights in whatever format. */
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { DOWNLOAD_AGAIN } from './json';
import { readJson, type CheckpointSource } from './source';

/** The files of a checkpoint whose weights are in one file, or in several with an index, which then comes first. @throws as `readShardIndex` */
export async function weightFiles(source: CheckpointSource, whole: string, index: string): Promise<string[]> {
  return source.files.has(whole) ? [whole] : [index, ...(await readShardIndex(source, index)).keys()];
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * The shards of a checkpoint, each with the names of the tensors that it is said to hold.
 * @param file the name of the index
 * @throws Problem `weights-invalid` when the index is none, or points outside the checkpoint
 */
export async function readShardIndex(source: CheckpointSource, file: string): Promise<Map<string, string[]>> {
  const index = indexSchema.safeParse(await readJson(source, file, 'weights-invalid'));
  if (!index.success) throw new Problem('weights-invalid', `${file} has no "weight_map" from tensors to files.`, DOWNLOAD_AGAIN);
  const shards = new Map<string, string[]>();
  for (const [tensor, shard] of Object.entries(index.data.weight_map)) {
    if (isAbsolute(shard) || shard === '' || shard.split(/[\\/]/).includes('..') || /^[a-z]:|\0/i.test(shard)) {
      throw new Problem(
        'weights-invalid',
        `${file} points outside the checkpoint: ${JSON.stringify(shard)}.`,
        'Do not use this checkpoint unless you trust where it came from.',
      );
    }
    const names = shards.get(shard);
    if (names) names.push(tensor);
    else shards.set(shard, [tensor]);
  }
  return shards;
}
