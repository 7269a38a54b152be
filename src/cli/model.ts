/** Which model a command runs. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelRef } from '../core/protocol/engine-inputs';
import { Problem } from '../core/problem';
import { cachedRevisions, findCached, type CachedRevision } from '../hub/cache/revisions';
import { summarize } from '../hub/model-summary';
import { escapeUnsafe } from '../core/text/token-text';
import { chooseBase } from '../model/checkpoint/open';
import { isTunedLensFolder } from '../model/lens/published-lens';
import { hubPlaces } from '../files/hf-environment';
import { isRepositoryId } from '../hub/repository-id';
import type { ModelOptions } from './arguments';
import { surroundings } from './surroundings';

/** Folder of the embedded model; the bundles are in dist/. */
export const EMBEDDED = path.join(__dirname, '..', 'models', 'visit-small');

/**
 * The model that `--model` names: a folder, else the id of a model in the Hugging Face cache; without it the embedded one.
 * An adapter is given the base that `--base` names.
 * @throws Problem `not-a-checkpoint` when it is neither; as `chooseBase`
 */
export async function modelRef({ model, base, ignoreMemory, device, lens }: ModelOptions): Promise<ModelRef> {
  const folder = model === undefined ? EMBEDDED : await folderOf(model);
  if (base !== undefined) await chooseBase(folder, await folderOf(base));
  if (model !== undefined) await warnOf(folder, model);
  return {
    folder,
    ...(ignoreMemory && { ignoreMemory }),
    ...(device && { device }),
    ...(lens !== undefined && { lens: await lensNamed(lens) }),
  };
}

/** What names a lens on the command line, for the engine: a file, or the folder of a tuned lens, as its absolute path; a name as it is. */
export async function lensNamed(lens: string): Promise<string> {
  const file = path.resolve(lens);
  const isThere = (await stat(file).catch(() => null))?.isFile() || (await isTunedLensFolder(file));
  return isThere ? file : lens;
}

/**
 * Says on the standard error stream for what reasons numbers may differ from what was published.
 *
 * @param model as it was named
 * @throws Problem where it cannot be run, and another snapshot of it in the cache can
 */
async function warnOf(folder: string, model: string): Promise<void> {
  const { report, problem } = await summarize(folder);
  const other = problem && (await otherSnapshot(folder, model));
  if (problem && other)
    throw new Problem(
      problem.code,
      problem.message,
      `Another snapshot of ${model} can be run (${other.commit.slice(0, 7)}): --model ${other.folder}`,
    );
  for (const { kind, text } of report?.notes ?? [])
    if (kind === 'warning') surroundings().stderr.write(`visit: warning: ${escapeUnsafe(text)}\n`);
}

/** Another snapshot of a model in the cache that can be run; undefined for what is none of the cache. */
async function otherSnapshot(folder: string, model: string): Promise<CachedRevision | undefined> {
  const revisions = await cachedRevisions(hubPlaces().cache, model);
  if (!revisions.some((revision) => revision.folder === folder)) return undefined;
  for (const revision of revisions) if (revision.folder !== folder && (await summarize(revision.folder)).problem === null) return revision;
  return undefined;
}

/** The folder of a model. @throws Problem `not-a-checkpoint` */
export async function folderOf(model: string): Promise<string> {
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
