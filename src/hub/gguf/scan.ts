/** The models in GGUF that other programs on this machine keep. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ollamaModels } from '../../model/checkpoint/gguf/ollama';
import { ggufFilesIn } from '../../model/checkpoint/gguf/files-in-folder';
import { summarize, type ModelSummary } from '../model-summary';
import type { GgufPlaces } from './places';

/** A model of another program. */
export interface KeptGguf extends ModelSummary {
  /** as that program names it, or the path of its file in the program's folder */
  readonly name: string;
  readonly program: 'Ollama' | 'LM Studio' | 'llama.cpp';
}

/** Every model, those that can be run first; folders that are not there hold none. Never throws. */
export async function scanGguf({ ollama, lmStudio, llamaCpp }: GgufPlaces): Promise<KeptGguf[]> {
  const found: Pick<KeptGguf, 'name' | 'program' | 'folder'>[] = [];
  for (const folder of ollama)
    for (const { name, file } of await ollamaModels(folder)) found.push({ name, program: 'Ollama', folder: file });
  for (const [program, folders] of [
    ['LM Studio', lmStudio],
    ['llama.cpp', llamaCpp],
  ] as const) {
    for (const folder of folders)
      for (const file of await ggufFilesIn(folder)) found.push({ name: file, program, folder: join(folder, file) });
  }
  const models: KeptGguf[] = [];
  const seen = new Set<string>();
  // One after the other: a header may be large.
  for (const model of found) {
    const file = await realpath(model.folder).catch(() => null);
    if (file === null || seen.has(`${model.name} ${file}`)) continue;
    seen.add(`${model.name} ${file}`);
    models.push({ ...(await summarize(model.folder)), ...model });
  }
  return [...models.filter(({ problem }) => problem === null), ...models.filter(({ problem }) => problem !== null)];
}
