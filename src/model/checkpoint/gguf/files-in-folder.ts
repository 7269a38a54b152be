/** GGUF files of a folder, by the names that they are published with. */
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { isProjectorName, partsOf } from './parts';

/** The GGUF files in a folder and those below it, of a model in several files the first; not those that only see for another model. */
export async function ggufFilesIn(folder: string): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true }).catch((): string[] => [])).sort();
  return files.filter((path) => {
    const file = basename(path);
    return /\.gguf$/i.test(file) && partsOf(file)[0] === file && !isProjectorName(file);
  });
}
