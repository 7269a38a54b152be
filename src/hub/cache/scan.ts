/** The models in the Hugging Face cache. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ggufFilesIn } from '../../model/checkpoint/gguf/files-in-folder';
import { summarize, type ModelSummary } from '../model-summary';
import { idOfFolder } from './layout';
import { cachedRevisions, type CachedRevision } from './revisions';

/** One revision of a model in the cache. */
export interface CachedModel extends ModelSummary, Pick<CachedRevision, 'commit' | 'refs'> {
  /** repository, such as `openai-community/gpt2` */
  readonly id: string;
  /** the model's file, where a repository has several models in GGUF */
  readonly file?: string;
}

/** Every revision of every model in the cache, those that can be run first, by name. A cache that is not there holds none. */
export async function scanCache(cache: string): Promise<CachedModel[]> {
  const ids = (await readdir(cache).catch(() => [])).flatMap((name) => idOfFolder(name) ?? []);
  const models: CachedModel[] = [];
  // One after the other: a header may be large, and a cache may hold many.
  for (const id of ids.sort((a, b) => a.localeCompare(b, 'en'))) {
    for (const { commit, refs, folder } of await cachedRevisions(cache, id))
      models.push(...(await modelsIn(folder)).map((model) => ({ id, commit, refs, ...model })));
  }
  return [...models.filter(({ problem }) => problem === null), ...models.filter(({ problem }) => problem !== null)];
}

/** The model of a folder; where it holds several in GGUF, each of them. */
async function modelsIn(folder: string): Promise<(ModelSummary & Pick<CachedModel, 'file'>)[]> {
  const whole = await summarize(folder);
  const files = whole.problem === null ? [] : await ggufFilesIn(folder);
  if (files.length === 0) return [whole];
  const models: (ModelSummary & { readonly file: string })[] = [];
  for (const file of files) models.push({ ...(await summarize(join(folder, file))), file });
  return models;
}
