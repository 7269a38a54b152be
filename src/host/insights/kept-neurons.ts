/**
 * What was found out about a model's always-active neurons, kept on disk for as long as the model's files are the same.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActiveNeurons } from '../../core/insight/active-neurons';
import { writeWholeFile } from '../../files/whole-file';

/** One file for each model in a folder of its own. */
export class KeptNeurons {
  /** @param folder where the files lie; made when it is needed */
  constructor(private readonly folder: string) {}

  /** What is kept of the model with a fingerprint; null where nothing is, or nothing that can be read. */
  async read(fingerprint: string): Promise<ActiveNeurons | null> {
    try {
      const { keptNeuronsSchema } = await import('./kept-neurons-schema');
      const kept: unknown = JSON.parse(await readFile(this.#file(fingerprint), 'utf8'));
      return keptNeuronsSchema.safeParse(kept).success ? (kept as ActiveNeurons) : null;
    } catch {
      return null;
    }
  }

  /** Keeps what was found. The file appears complete or not at all. */
  async write(fingerprint: string, found: ActiveNeurons): Promise<void> {
    const file = this.#file(fingerprint);
    await mkdir(this.folder, { recursive: true });
    await writeWholeFile(file, JSON.stringify(found));
  }

  #file(fingerprint: string): string {
    return join(this.folder, `${fingerprint}.json`);
  }
}
