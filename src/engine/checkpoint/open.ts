import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import * as z from 'zod';
import { Problem } from '../../core/problem';
import type { Checkpoint, TensorLocation, WeightType } from './checkpoint';
import { DOWNLOAD_AGAIN, ioProblem, readJsonObject } from './json';
import { readSafetensorsHeader, type TensorEntry } from './safetensors';

const CONFIG = 'config.json';
const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Opens a Hugging Face checkpoint folder: reads its configuration and where every tensor lies. The weights themselves
 * are not read.
 * @throws Problem `not-a-checkpoint`, `config-invalid`, `weights-missing`, `weights-truncated`, `weights-invalid` or `io`
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const root = resolve(folder);
  const files = await listFolder(root, folder);
  if (!files.has(CONFIG)) throw await notACheckpoint(root, folder, files);
  const config = await readJsonObject(join(root, CONFIG), 'config-invalid');

  const tensors = new Map<string, TensorLocation>();
  const skipped = new Map<string, string>();
  const add = (entry: TensorEntry, file: string): void => {
    if (isWeightType(entry.dtype)) tensors.set(entry.name, { ...entry, dtype: entry.dtype, file });
    else skipped.set(entry.name, entry.dtype);
  };

  if (files.has(WEIGHTS)) {
    const file = await resolveFile(join(root, WEIGHTS), WEIGHTS);
    for (const entry of await readSafetensorsHeader(file, WEIGHTS)) add(entry, file);
  } else if (files.has(INDEX)) {
    for (const [shard, names] of await readIndex(root)) {
      const file = await resolveFile(join(root, shard), shard);
      const entries = new Map((await readSafetensorsHeader(file, shard)).map((entry) => [entry.name, entry]));
      for (const name of names) {
        const entry = entries.get(name);
        if (!entry) throw new Problem('weights-missing', `${INDEX} says that ${shard} holds "${name}", but it does not.`, DOWNLOAD_AGAIN);
        add(entry, file);
      }
    }
  } else {
    throw noWeights(folder, files);
  }
  return { folder, name: checkpointName(root), config, tensors, skipped };
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

/** The shards of a checkpoint, each with the names of the tensors that it is said to hold. */
async function readIndex(root: string): Promise<Map<string, string[]>> {
  const index = indexSchema.safeParse(await readJsonObject(join(root, INDEX), 'weights-invalid'));
  if (!index.success) throw new Problem('weights-invalid', `${INDEX} has no "weight_map" from tensors to files.`, DOWNLOAD_AGAIN);
  const shards = new Map<string, string[]>();
  for (const [tensor, shard] of Object.entries(index.data.weight_map)) {
    if (isAbsolute(shard) || shard === '' || shard.split(/[\\/]/).includes('..') || /^[a-z]:|\0/i.test(shard)) {
      throw new Problem('weights-invalid', `${INDEX} points outside the checkpoint: ${JSON.stringify(shard)}.`, 'Do not use this checkpoint unless you trust where it came from.');
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
    if (snapshot !== undefined) return new Problem('not-a-checkpoint', message, `Choose the snapshot inside it: ${join(folder, 'snapshots', snapshot)}.`);
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
