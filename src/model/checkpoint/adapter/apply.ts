/** An adapter on its base: each layer that it changes keeps its weight, and is given the update beside it. */
import { Problem } from '../../../core/problem';
import type { StoredTensor, StoredTensors } from '../checkpoint';
import type { JsonObject } from '../json';
import { HEAD, TOKEN_TABLE } from '../copies';
import type { CheckpointSource } from '../source';
import { readSafetensorsHeader } from '../safetensors';
import { isWeightType } from '../storage';
import { readTensors } from '../torch/torch-folder';
import { PARTS_OF_LAYERS } from '../layer-parts';
import { loraSettings, scaleOf } from './settings';
import { updateOfStack } from './stacks';

/** Weights of an adapter, the first of which is read where there are several. */
export const ADAPTER_WEIGHTS = ['adapter_model.safetensors', 'adapter_model.bin'] as const;

/** What PEFT puts before the names of a model’s tensors. */
const PREFIX = /^base_model\.model\./;
const MATRIX = /^(.+)\.lora_([AB])(\.\w+)?\.weight$/;

/** A model that an adapter is applied to. */
export interface AdapterBase extends StoredTensors {
  /** folder or file in which it is stored */
  readonly folder: string;
  readonly config: JsonObject;
}

/**
 * The tensors of a base with those of an adapter.
 * @throws Problem `config-invalid`, `weights-missing`, `weights-invalid`, `base-misfit` where the two do not fit and the base lies somewhere else,
 *   and what the source throws
 */
export async function withAdapter(base: AdapterBase, source: CheckpointSource, config: JsonObject): Promise<StoredTensors> {
  const settings = loraSettings(source.label, config);
  const tensors = new Map(base.tensors);
  const own = await adapterTensors(source);
  const layers = new Map<string, { A?: StoredTensor; B?: StoredTensor }>();
  for (const [stored, tensor] of own) {
    const name = stored.replace(PREFIX, '');
    const [, layer, side] = MATRIX.exec(name) ?? [];
    if (layer !== undefined) layers.set(layer, { ...layers.get(layer), [side]: tensor });
    else {
      // A module that was trained as a whole (modules_to_save).
      const target = nameInBase(base, name.replace(/\.(modules_to_save|original_module)(\.\w+)?(?=\.\w+$)/, ''));
      const replaced = target === undefined ? undefined : tensors.get(target);
      if (name === HEAD && target === undefined) {
        tensors.set(HEAD, { ...tensor, name: HEAD });
        continue;
      }
      if (target === undefined || replaced === undefined) throw unknown(base, source, stored);
      if (replaced.shape.join() !== tensor.shape.join()) throw misfit(base, source, stored, tensor.shape, replaced.shape);
      tensors.set(target, { ...tensor, name: target });
    }
  }
  const changesTable = [...tensors].some(([name, tensor]) => TOKEN_TABLE.test(name) && tensor !== base.tensors.get(name));
  if (changesTable && !tensors.has(HEAD)) {
    throw new Problem(
      'config-invalid',
      `${source.label} replaces the token table and leaves the unembedding that was tied to it as it was, which cannot be done here.`,
      'Merge it into its base model, and open that.',
    );
  }
  for (const [layer, { A, B }] of layers) {
    if (A === undefined || B === undefined)
      throw new Problem('weights-missing', `${source.label} holds one half of the update of ${layer}.`, 'Fetch the adapter again.');
    const weights = weightsOf({ tensors, skipped: base.skipped }, layer);
    if (weights.length === 0) {
      const find = (name: string) => tensors.get(nameInBase(base, name) ?? '');
      const stack = updateOfStack(find, base.config, settings, layer, { A, B });
      if (stack === undefined) throw unknown(base, source, A.name);
      for (const tensor of stack.added) tensors.set(tensor.name, tensor);
      const scale = scaleOf(settings, stack.name, stack.rank);
      for (const { tensor, ...halves } of stack.updated) {
        if (tensors.get(tensor.name)?.update !== undefined) throw unfit(base, source, `changes ${tensor.name} twice`);
        tensors.set(tensor.name, { ...tensor, update: { ...halves, scale } });
      }
      continue;
    }
    const [rank, inputs] = A.shape;
    const [outputs, upRank] = B.shape;
    const whole = wholeShape(weights);
    if (A.shape.length !== 2 || B.shape.length !== 2 || rank !== upRank || rank === 0 || !sameSizes([outputs, inputs], whole))
      throw misfit(base, source, A.name, [...B.shape, ...A.shape], whole);
    tensors.set(A.name, A).set(B.name, B);
    const update = { down: A.name, up: B.name, scale: scaleOf(settings, layer, rank) };
    for (const weight of weights) tensors.set(weight.name, { ...weight, update });
  }
  return { tensors, skipped: base.skipped };
}

/** A tensor’s name in the base, which may lack the prefix of the whole model, or have it. */
function nameInBase({ tensors }: StoredTensors, name: string): string | undefined {
  if (tensors.has(name)) return name;
  const short = name.slice(name.indexOf('.') + 1);
  if (tensors.has(short)) return short;
  return [...tensors.keys()].find((candidate) => candidate.endsWith(`.${name}`));
}

/** What a layer is stored as: one weight, or parts in tensors of their own, which share its update; none where the base does not have it. */
function weightsOf(base: StoredTensors, layer: string): StoredTensor[] {
  const stored = (name: string): StoredTensor[] => {
    const found = base.tensors.get(nameInBase(base, `${name}.weight`) ?? '');
    return found === undefined ? [] : [found];
  };
  const whole = stored(layer);
  return whole.length > 0 ? whole : PARTS_OF_LAYERS.flatMap((part) => stored(`${layer}.${part}`));
}

/** Sizes of a layer that is stored as these weights; parts lie one after the other, by outputs. */
function wholeShape([first, ...others]: readonly StoredTensor[]): readonly number[] {
  return others.length === 0 ? first.shape : [[first, ...others].reduce((sum, { shape }) => sum + shape[0], 0), ...first.shape.slice(1)];
}

async function adapterTensors(source: CheckpointSource): Promise<ReadonlyMap<string, StoredTensor>> {
  const file = ADAPTER_WEIGHTS.find((name) => source.files.has(name));
  if (file === undefined)
    throw new Problem('weights-missing', `${source.label} has no ${ADAPTER_WEIGHTS.join(' and no ')}.`, 'Fetch the adapter again.');
  const otherType = (name: string, dtype: string): Problem =>
    new Problem(
      'weights-invalid',
      `${name} in ${file} is stored as ${dtype}, where F32, F16 or BF16 is needed.`,
      'Save the adapter again in one of these types, row by row.',
    );
  if (file === 'adapter_model.bin') {
    const { tensors, skipped } = await readTensors(source, file);
    for (const [name, { dtype }] of skipped) throw otherType(name, dtype);
    return tensors;
  }
  return source.open(file, async (opened) => {
    const entries = await readSafetensorsHeader(opened, file);
    return new Map(
      entries.map(({ name, dtype, shape, offset, byteLength }) => {
        if (!isWeightType(dtype)) throw otherType(name, dtype);
        return [name, { name, shape, storage: { kind: 'dense', dtype, bytes: { file: opened.path, offset, byteLength } } }];
      }),
    );
  });
}

/** Whether two sizes are the same, in whichever order. */
function sameSizes([a, b]: readonly (number | undefined)[], others: readonly number[]): boolean {
  const [c, d] = others;
  return others.length === 2 && ((a === c && b === d) || (a === d && b === c));
}

function unknown(base: AdapterBase, source: CheckpointSource, name: string): Problem {
  return unfit(base, source, `changes ${name}, which ${nameOf(base, source)} does not have, or which cannot be changed so here`);
}

function misfit(base: AdapterBase, source: CheckpointSource, name: string, own: readonly number[], other: readonly number[]): Problem {
  return unfit(base, source, `has ${name} of sizes ${own.join(', ')}, which do not fit [${other.join(', ')}] of ${nameOf(base, source)}`);
}

const isApart = (base: AdapterBase, source: CheckpointSource): boolean => base.folder !== source.label;
const nameOf = (base: AdapterBase, source: CheckpointSource): string => (isApart(base, source) ? `its base in ${base.folder}` : 'its base');

/** The problem with an adapter that is of another base. One that lies somewhere else was found by a name, which another model may have: there may be a better one. */
export function unfit(base: AdapterBase, source: CheckpointSource, what: string): Problem {
  return isApart(base, source)
    ? new Problem('base-misfit', `${source.label} ${what}.`, 'Choose the model that it was made for.')
    : new Problem(
        'weights-invalid',
        `${source.label} ${what}.`,
        'Make sure that the adapter was made for this base, or merge it into its base and open that.',
      );
}
