/**
 * Ollama's folder of models: `manifests/HOST/NAMESPACE/MODEL/TAG` says of which files a model consists, `blobs/sha256-…` are the files.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import * as z from 'zod';

/** A model of Ollama's, and the file of its weights. */
export interface OllamaModel {
  /** as `ollama list` names it: `llama3.2:1b`, `ada/tiny:latest`, `hf.co/org/name:Q4_K_M` */
  readonly name: string;
  readonly file: string;
}

const manifestSchema = z.object({ layers: z.array(z.object({ mediaType: z.string(), digest: z.string() })) });
const WEIGHTS = 'application/vnd.ollama.image.model';
/** Bytes; a manifest has a kilobyte. */
const MAX_MANIFEST = 1_000_000;

/** Every model in a folder of Ollama's, by name; none where there is no such folder. Never throws. */
export async function ollamaModels(folder: string): Promise<readonly OllamaModel[]> {
  const manifests = join(folder, 'manifests');
  const paths = await readdir(manifests, { recursive: true }).catch((): string[] => []);
  const models = await Promise.all(
    paths.sort().map(async (path): Promise<OllamaModel[]> => {
      const parts = path.split(sep);
      const file = parts.length < 4 ? null : await weightsOf(join(manifests, path), join(folder, 'blobs'));
      return file === null ? [] : [{ name: nameOf(parts), file }];
    }),
  );
  return models.flat();
}

/** The name of a file of Ollama's; undefined where no manifest names it. Never throws. */
export async function ollamaName(file: string): Promise<string | undefined> {
  const models = await ollamaModels(dirname(dirname(file)));
  return models.find((model) => model.file === file)?.name;
}

async function weightsOf(manifest: string, blobs: string): Promise<string | null> {
  try {
    const state = await stat(manifest);
    if (!state.isFile() || state.size > MAX_MANIFEST) return null;
    const { layers } = manifestSchema.parse(JSON.parse(await readFile(manifest, 'utf8')));
    const digest = layers.find(({ mediaType }) => mediaType === WEIGHTS)?.digest ?? '';
    return /^sha256:[0-9a-f]{64}$/.test(digest) ? join(blobs, digest.replace(':', '-')) : null;
  } catch {
    return null;
  }
}

function nameOf(parts: readonly string[]): string {
  const [tag, model, ...rest] = [...parts].reverse();
  const place = rest.reverse().filter((part, i) => !(i === 0 && part === 'registry.ollama.ai') && part !== 'library');
  return `${[...place, model].join('/')}:${tag}`;
}
