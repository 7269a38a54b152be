/** Which model a command runs. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelRef } from '../core/protocol/engine-options';
import { Problem } from '../core/problem';
import { findCached } from '../hub/cache/revisions';
import { hubPlaces } from '../hub/hf-environment';
import { isRepositoryId } from '../hub/repository-id';
import type { ModelOptions } from './arguments';

/** Folder of the embedded model; the bundles are in dist/. */
export const EMBEDDED = path.join(__dirname, '..', 'models', 'visit-small');

/**
 * The model that `--model` names: a folder, else the id of a model in the Hugging Face cache; without it the embedded one.
 * @throws Problem `not-a-checkpoint` when it is neither
 */
export async function modelRef({ model, ignoreMemory }: ModelOptions): Promise<ModelRef> {
  const folder = model === undefined ? EMBEDDED : await folderOf(model);
  return { folder, ...(ignoreMemory && { ignoreMemory }) };
}

async function folderOf(model: string): Promise<string> {
  const folder = path.resolve(model);
  if (await stat(folder).catch(() => null)) return folder;
  const { cache } = hubPlaces();
  const cached = await findCached(cache, model);
  if (cached !== undefined) return cached;
  throw new Problem(
    'not-a-checkpoint',
    `There is no folder ${folder}${isRepositoryId(model) ? `, and no model ${model} in ${cache}` : ''}.`,
    isRepositoryId(model)
      ? `“visit models” lists the models on this machine; “visit download ${model}” downloads it.`
      : '“visit models” lists the models on this machine.',
  );
}
