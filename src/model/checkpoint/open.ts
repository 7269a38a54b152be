import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import * as z from 'zod';
import { Problem, type ProblemCode } from '../../core/problem';
import type { Checkpoint, TensorLocation, WeightType } from './checkpoint';
import { DOWNLOAD_AGAIN, ioProblem, readJsonObject, type JsonObject } from './json';
import { readSafetensorsHeader, type TensorEntry } from './safetensors';

export const CONFIG = 'config.json';
/** Weights in one file; where it is there, an index is not read. */
export const WEIGHTS = 'model.safetensors';
/** Which file holds which tensor, where there are several. */
export const INDEX = 'model.safetensors.index.json';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Where the files of a checkpoint are read: a folder on this disk, or a repository of which nothing has been fetched yet. */
export interface CheckpointSource {
  /** what messages call the place */
  readonly label: string;
  /** name to show */
  readonly name: string;
  /** names of its files */
  readonly files: ReadonlySet<string>;
  /** a file that holds one JSON object; `code` when it does not */
  json(file: string, code: ProblemCode): Promise<JsonObject>;
  /** the header of a safetensors file, and the path at which its tensors lie */
  weights(file: string): Promise<{ readonly path: string; readonly entries: readonly TensorEntry[] }>;
}

/**
 * Opens a Hugging Face checkpoint folder: reads its configuration and where every tensor lies. The weights themselves
 * are not read.
 * @throws Problem `not-a-checkpoint`, `config-invalid`, `weights-missing`, `weights-truncated`, `weights-invalid` or `io`
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const root = resolve(folder);
  const files = await listFolder(root, folder);
  if (!files.has(CONFIG)) throw await notACheckpoint(root, folder, files);
  return readCheckpoint({
    label: folder,
    name: checkpointName(root),
    files,
    json: (file, code) => readJsonObject(join(root, file), code),
    weights: async (file) => {
      const path = await resolveFile(join(root, file), file);
      return { path, entries: await readSafetensorsHeader(path, file) };
    },
  });
}

/**
 * Reads a checkpoint's configuration and where every tensor lies, wherever that is.
 * @throws Problem `config-invalid`, `weights-missing`, `weights-truncated`, `weights-invalid`, and what the source throws
 */
export async function readCheckpoint(source: CheckpointSource): Promise<Checkpoint> {
  const { label, name, files } = source;
  const config = await source.json(CONFIG, 'config-invalid');
  const tensors = new Map<string, TensorLocation>();
  const skipped = new Map<string, string>();
  const add = (entry: TensorEntry, file: string): void => {
    if (isWeightType(entry.dtype)) tensors.set(entry.name, { ...entry, dtype: entry.dtype, file });
    else skipped.set(entry.name, entry.dtype);
  };

  if (files.has(WEIGHTS)) {
    const { path, entries } = await source.weights(WEIGHTS);
    for (const entry of entries) add(entry, path);
  } else if (files.has(INDEX)) {
    for (const [shard, names] of await readIndex(source)) {
      const { path, entries } = await source.weights(shard);
      const byName = new Map(entries.map((entry) => [entry.name, entry]));
      for (const tensor of names) {
        const entry = byName.get(tensor);
        if (!entry) throw new Problem('weights-missing', `${INDEX} says that ${shard} holds "${tensor}", but it does not.`, DOWNLOAD_AGAIN);
        add(entry, path);
      }
    }
  } else {
    throw noWeights(label, files);
  }
  return { folder: label, name, config, tensors, skipped };
}

/** Name to show for a checkpoint folder: org/name inside a Hugging Face cache, else the folder's own. */
export function checkpointName(folder: string): string {
  const cached = /[\\/]models--([^\\/]+)[\\/]snapshots[\\/][^\\/]+$/.exec(folder)?.[1];
  return cached?.replace('--', '/') ?? (basename(folder) || folder);
}

function isWeightType(dtype: string): dtype is WeightType {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

async function listFolder(root: string, folder: string): Promise<Set<string>> {
  try {
    return new Set(await readdir(root));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new Problem('not-a-checkpoint', `There is no folder ${folder}.`, CHOOSE_FOLDER, { cause: error });
    if (code === 'ENOTDIR') throw new Problem('not-a-checkpoint', `${folder} is a file, not a folder.`, CHOOSE_FOLDER, { cause: error });
    throw ioProblem(folder, error);
  }
}

/**
 * The shards of a checkpoint, each with the names of the tensors that it is said to hold.
 * @throws Problem `weights-invalid` when the index is none, or points outside the checkpoint
 */
export async function readIndex(source: Pick<CheckpointSource, 'json'>): Promise<Map<string, string[]>> {
  const index = indexSchema.safeParse(await source.json(INDEX, 'weights-invalid'));
  if (!index.success) throw new Problem('weights-invalid', `${INDEX} has no "weight_map" from tensors to files.`, DOWNLOAD_AGAIN);
  const shards = new Map<string, string[]>();
  for (const [tensor, shard] of Object.entries(index.data.weight_map)) {
    if (isAbsolute(shard) || shard === '' || shard.split(/[\\/]/).includes('..') || /^[a-z]:|\0/i.test(shard)) {
      throw new Problem(
        'weights-invalid',
        `${INDEX} points outside the checkpoint: ${JSON.stringify(shard)}.`,
        'Do not use this checkpoint unless you trust where it came from.',
      );
    }
    const names = shards.get(shard);
    if (names) names.push(tensor);
    else shards.set(shard, [tensor]);
  }
  return shards;
}

/** The file behind a name, symlinks resolved: onnxruntime refuses links that leave a folder, and caches consist of them. */
async function resolveFile(path: string, name: string): Promise<string> {
  try {
    const file = await realpath(path);
    if (!(await stat(file)).isFile()) throw new Problem('weights-invalid', `${name} is not a file.`, DOWNLOAD_AGAIN);
    return file;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Problem('weights-missing', `The weights file ${name} is missing from ${dirname(path)}.`, DOWNLOAD_AGAIN, { cause: error });
    }
    throw error instanceof Problem ? error : ioProblem(path, error);
  }
}

async function notACheckpoint(root: string, folder: string, files: ReadonlySet<string>): Promise<Problem> {
  const message = `${folder} is no checkpoint: it has no ${CONFIG}.`;
  if (files.has('snapshots')) {
    const [snapshot] = await readdir(join(root, 'snapshots')).catch(() => []);
    if (snapshot !== undefined)
      return new Problem('not-a-checkpoint', message, `Choose the snapshot inside it: ${join(folder, 'snapshots', snapshot)}.`);
  }
  if ([...files].some((name) => name.endsWith('.gguf'))) {
    return new Problem('not-a-checkpoint', message, 'GGUF files cannot be read: choose the model’s original Hugging Face folder.');
  }
  return new Problem('not-a-checkpoint', message, CHOOSE_FOLDER);
}

function noWeights(folder: string, files: ReadonlySet<string>): Problem {
  const pickled = [...files].find((name) => /^pytorch_model.*\.bin(\.index\.json)?$|^tf_model\.h5$|^flax_model\.msgpack$/.test(name));
  return pickled === undefined
    ? new Problem('weights-missing', `${folder} has no ${WEIGHTS} and no ${INDEX}.`, `Download the weights too, or choose another folder.`)
    : new Problem(
        'weights-missing',
        `${folder} has its weights only as ${pickled}, not as safetensors.`,
        'Convert it in Python: AutoModelForCausalLM.from_pretrained(folder).save_pretrained(folder, safe_serialization=True).',
      );
}

const CHOOSE_FOLDER = `Choose a Hugging Face model folder: one with ${CONFIG} and ${WEIGHTS}.`;
