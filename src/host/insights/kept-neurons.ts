/**
 * What was found out about a model's always-active neurons, kept on disk for as long as the model's files are the same.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { ActiveNeurons } from '../../core/insight/active-neurons';

/** Files by which a model is known: where they change, it is another. */
const OF_MODEL = /^config\.json$|\.safetensors$/;

/** As much of a kept file as tells whether this version can read it. */
const keptSchema = z.looseObject({
  schema: z.literal('visit.active-neurons/1'),
  model: z.looseObject({ name: z.string() }),
  prompts: z.number(),
  neurons: z.array(z.looseObject({ layer: z.number(), neuron: z.number(), frequency: z.number() })),
});

/** One file for each model in a folder of its own. */
export class KeptNeurons {
  /** @param folder where the files lie; made when it is needed */
  constructor(private readonly folder: string) {}

  /** What is kept of the model in a folder; null where nothing is, or nothing that can be read. */
  async read(modelFolder: string): Promise<ActiveNeurons | null> {
    try {
      const kept: unknown = JSON.parse(await readFile(await this.#file(modelFolder), 'utf8'));
      return keptSchema.safeParse(kept).success ? (kept as ActiveNeurons) : null;
    } catch {
      return null;
    }
  }

  /** Keeps what was found. The file appears complete or not at all. */
  async write(modelFolder: string, found: ActiveNeurons): Promise<void> {
    const file = await this.#file(modelFolder);
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${file}.part`, JSON.stringify(found));
    await rename(`${file}.part`, file);
  }

  async #file(modelFolder: string): Promise<string> {
    return join(this.folder, `${await versionOf(modelFolder)}.json`);
  }
}

/** Names the model that lies in a folder now, by the folder and by size and date of its files. */
async function versionOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => OF_MODEL.test(name)).sort();
  const files = await Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(folder, name));
      return [name, size, mtimeMs];
    }),
  );
  return createHash('sha256')
    .update(JSON.stringify([folder, files]))
    .digest('hex');
}
