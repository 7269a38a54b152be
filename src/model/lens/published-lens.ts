/**
 * Lenses that others publish, in files of `torch.save`: tuned lenses (a folder with `params.pt` and `config.json`, as the Python package
 * tuned-lens writes it) and Jacobian lenses (one file with `J`, a matrix for each block). Only tensors are read. docs/lenses.md
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { Problem } from '../../core/problem';
import type { StoredTensor } from '../checkpoint/checkpoint';
import { openLocal } from '../checkpoint/local-source';
import { isWeightType } from '../checkpoint/storage';
import type { PickleValue } from '../checkpoint/torch/rebuild';
import { TorchTensor } from '../checkpoint/torch/rebuild';
import { readTorchFile, type TorchFile } from '../checkpoint/torch/torch-file';
import type { LensSize } from './lens-size';

/** The map of one border as it is published: column vectors are multiplied from the right. */
export interface PublishedMap {
  /** [d,d], outputs first */
  readonly weight: StoredTensor;
  /** [d]; null: none */
  readonly offset: StoredTensor | null;
}

/** See the head of this file. */
export interface PublishedLens {
  /** `tuned`: x + W·x + b; `jacobian`: J·x, which means nothing without an offset, and has none */
  readonly kind: 'tuned' | 'jacobian';
  /** what messages call it, and what its name may be */
  readonly path: string;
  /** one for each border before the last; null: the file has none (a Jacobian lens begins after the first block) */
  readonly maps: readonly (PublishedMap | null)[];
  /** [V,d] of the model that it was made for, where the file holds it */
  readonly unembedding: StoredTensor | null;
}

/** The files of a tuned lens. */
const [PARAMETERS, CONFIG] = ['params.pt', 'config.json'];

/** Whether a path is a folder that tuned-lens wrote. */
export async function isTunedLensFolder(path: string): Promise<boolean> {
  return (await stat(join(path, PARAMETERS)).catch(() => null))?.isFile() ?? false;
}

/**
 * Opens a lens that was published; its numbers are not read.
 *
 * @param path folder of a tuned lens, its `params.pt`, or the file of a Jacobian lens
 * @throws Problem `lens-invalid` when it is none or fits another size of model; `weights-invalid`, `weights-truncated`, `io`
 */
export async function openPublishedLens(path: string, size: LensSize): Promise<PublishedLens> {
  const named = (await isTunedLensFolder(path)) ? join(path, PARAMETERS) : path;
  const file = await realpath(named).catch((cause: unknown) => {
    throw new Problem('lens-invalid', `There is no lens ${path}.`, 'Name a folder with params.pt and config.json, or a file.', { cause });
  });
  if (!(await stat(file)).isFile()) throw notALens(path, 'the folder has no params.pt');
  return openLocal(file, async (opened) => {
    const torch = await readTorchFile(opened, basename(path));
    const { value } = torch;
    if (!(value instanceof Map)) throw notALens(path, 'the file does not hold tensors by name');
    const read = (name: string, entry: PickleValue | undefined): StoredTensor => stored(torch, name, entry, path);
    const jacobians = value.get('J');
    if (jacobians !== undefined) return jacobianLens(path, value, jacobians, read, size);
    return tunedLens(path, await readConfig(join(dirname(named), CONFIG), path), value, read, size);
  });
}

const configSchema = z.object({
  d_model: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  lens_type: z.string().optional(),
});
type TunedConfig = z.infer<typeof configSchema>;

async function readConfig(file: string, path: string): Promise<TunedConfig | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return configSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw notALens(path, 'its config.json is not that of a tuned lens', cause);
  }
}

type ReadTensor = (name: string, entry: PickleValue | undefined) => StoredTensor;
type Entries = ReadonlyMap<PickleValue, PickleValue>;

function tunedLens(path: string, config: TunedConfig | null, entries: Entries, read: ReadTensor, size: LensSize): PublishedLens {
  if (config !== null) {
    if (config.lens_type !== undefined && config.lens_type !== 'linear_tuned_lens') {
      throw notALens(path, `it is a ${config.lens_type}; only linear ones are read`);
    }
    checkSize(path, { nLayers: config.num_hidden_layers, dModel: config.d_model }, size);
  }
  const parts = new Map<string, StoredTensor>();
  let unembedding: StoredTensor | null = null;
  for (const [key, entry] of entries) {
    if (typeof key !== 'string' || !(entry instanceof TorchTensor)) continue;
    const translator = /^(?:layer_translators\.)?(\d+\.(?:weight|bias))$/.exec(key);
    if (translator) parts.set(translator[1], read(key, entry));
    else if (/^unembed\.unembedding\.weight$/.test(key)) unembedding = read(key, entry);
    else if (!key.startsWith('unembed.')) throw notALens(path, `it holds ${key}, which linear tuned lenses do not have`);
  }
  const nLayers = new Set([...parts.keys()].map((key) => key.split('.')[0])).size;
  if (nLayers === 0) throw notALens(path, 'it holds no translator of any layer');
  const maps = Array.from({ length: size.nLayers }, (_, border): PublishedMap => {
    const weight = parts.get(`${border}.weight`);
    if (weight === undefined) throw missing(path, border, size);
    return { weight, offset: parts.get(`${border}.bias`) ?? null };
  });
  if (nLayers > size.nLayers) throw otherSize(path, { nLayers, dModel: maps[0].weight.shape[0] }, size);
  return checked({ kind: 'tuned', path, maps, unembedding }, size);
}

function jacobianLens(path: string, entries: Entries, jacobians: PickleValue, read: ReadTensor, size: LensSize): PublishedLens {
  if (!(jacobians instanceof Map)) throw notALens(path, 'its J is not one matrix for each block');
  const dModel = entries.get('d_model');
  if (typeof dModel === 'number' && dModel !== size.dModel) {
    throw otherSize(path, { nLayers: jacobians.size + 1, dModel }, size);
  }
  const of = new Map([...jacobians].map(([block, entry]) => [Number(block), entry]));
  // None for the last block, which is followed by nothing: lenses that have one read something else, such as what the heads write.
  const beyond = [...of.keys()].find((block) => !(block >= 0 && block < size.nLayers - 1));
  if (beyond !== undefined) throw otherSize(path, { nLayers: Math.max(...of.keys()) + 2, dModel: size.dModel }, size);
  // Block l’s matrix is that of the stream that leaves it: the border after it. Before the first block there is none.
  const maps = Array.from({ length: size.nLayers }, (_, border): PublishedMap | null => {
    if (border === 0) return null;
    if (!of.has(border - 1)) throw missing(path, border, size);
    return { weight: read(`J.${border - 1}`, of.get(border - 1)), offset: null };
  });
  return checked({ kind: 'jacobian', path, maps, unembedding: null }, size);
}

function checked(lens: PublishedLens, size: LensSize): PublishedLens {
  const d = size.dModel;
  for (const [border, map] of lens.maps.entries()) {
    if (map === null) continue;
    const { weight, offset } = map;
    if (weight.shape.join() !== `${d},${d}`) {
      throw new Problem(
        'lens-invalid',
        `${lens.path} was made for a model of another width: its map of border ${border} is [${weight.shape.join(', ')}], and the stream is ${d} wide.`,
        OTHER_MODEL,
      );
    }
    if (offset !== null && offset.shape.join() !== `${d}`) throw notALens(lens.path, `its offset at border ${border} is not of width ${d}`);
  }
  return lens;
}

function stored({ locate }: TorchFile, name: string, entry: PickleValue | undefined, path: string): StoredTensor {
  if (!(entry instanceof TorchTensor)) throw notALens(path, `${name} is not a tensor`);
  const { dtype, shape } = entry;
  const bytes = locate(entry);
  if (bytes === null) throw notALens(path, `${name} is stored in columns: save it again with .contiguous()`);
  if (!isWeightType(dtype)) throw notALens(path, `${name} is of type ${dtype}; F32, F16 and BF16 are read`);
  return { name, shape, storage: { kind: 'dense', dtype, bytes } };
}

function checkSize(path: string, its: LensSize, size: LensSize): void {
  if (its.nLayers !== size.nLayers || its.dModel !== size.dModel) throw otherSize(path, its, size);
}

const OTHER_MODEL = 'A lens belongs to the checkpoint that it was made with: use it with that one.';

function otherSize(path: string, its: LensSize, size: LensSize): Problem {
  return new Problem(
    'lens-invalid',
    `${path} was made for a model of ${its.nLayers} layers and width ${its.dModel}; this one has ${size.nLayers} layers and width ${size.dModel}.`,
    OTHER_MODEL,
  );
}

function missing(path: string, border: number, { nLayers }: LensSize): Problem {
  return new Problem(
    'lens-invalid',
    `${path} has no map for border ${border} of ${nLayers}: it was made for fewer layers, or for some of them only.`,
    OTHER_MODEL,
  );
}

function notALens(path: string, why: string, cause?: unknown): Problem {
  return new Problem(
    'lens-invalid',
    `${path} is not a lens that can be read: ${why}.`,
    'Tuned lenses and Jacobian lenses are read. docs/lenses.md',
    {
      cause,
    },
  );
}
