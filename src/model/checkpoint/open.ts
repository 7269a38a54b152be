/** Opening checkpoints, in whatever format they are. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Problem } from '../../core/problem';
import { readAdapter, type ReadAdapter } from './adapter/about';
import { ADAPTER_WEIGHTS, unfit, withAdapter } from './adapter/apply';
import { doubts } from './adapter/belongs';
import { findBase } from './adapter/find-base';
import { keepBase } from './adapter/kept-bases';
import type { Checkpoint } from './checkpoint';
import type { CheckpointFormat } from './format';
import { SAFETENSORS } from './format-names';
import { formatOf, unreadableWeights } from './formats';
import { ollamaName } from './gguf/ollama';
import { isOllamaBlob } from './gguf/parts';
import { ioProblem, type JsonObject } from './json';
import { localSource } from './local-source';
import { checkpointName } from './name';
import { CONFIG, DESCRIPTION, folderConfig, hasConfig } from './folder-config';
import { safetensorsFolder } from './safetensors-folder';
import type { CheckpointSource } from './source';
import { unpacked } from './quantised/methods';
import { textModelOf } from './text-model';
import { withoutWrapper } from './wrapper';

const { weights: WEIGHTS, index: INDEX } = SAFETENSORS;

/**
 * Opens a checkpoint folder: reads what the model is and where every tensor lies. The weights themselves are not read.
 * @throws Problem `not-a-checkpoint`, `base-missing`, `base-misfit`, `config-invalid`, `weights-missing`, `weights-truncated`, `weights-invalid` or `io`
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const source = await listFolder(folder);
  const format = formatOf(source.files);
  if (format === null && source.files.has(basename(folder))) {
    const around = dirname(resolve(folder));
    const isModel = formatOf(new Set(await readdir(around).catch(() => []))) !== null;
    throw new Problem(
      'not-a-checkpoint',
      `${folder} is a file, and not one in GGUF, which is the only format of models in one file.`,
      isModel ? `It belongs to a model: choose its folder, ${around}.` : CHOOSE_FOLDER,
    );
  }
  const adapter = await readAdapter(source);
  if (format === null) {
    if (hasConfig(source.files)) throw await noWeights(source);
    if (adapter === undefined) throw await notACheckpoint(source);
    return adapted(await openBase(source, adapter), source, adapter);
  }
  const checkpoint = await readCheckpoint(format, source);
  return adapter === undefined || !ADAPTER_WEIGHTS.some((file) => source.files.has(file))
    ? checkpoint
    : adapted(checkpoint, source, adapter);
}

/**
 * From now on the adapter that is alone in a folder is opened with this base, wherever else one lies.
 * @param base folder of a whole model, or a GGUF file
 * @throws Problem `bad-request` for what is not an adapter, or has its base beside it; what is wrong with the base, and where the two do not fit
 */
export async function chooseBase(folder: string, base: string): Promise<void> {
  const source = await listFolder(folder);
  const adapter = await readAdapter(source);
  if (adapter === undefined || formatOf(source.files) !== null) {
    throw new Problem(
      'bad-request',
      `${folder} is not an adapter that needs a base${adapter === undefined ? '' : ': the model that it changes is in the same folder'}.`,
      'Open it as it is.',
    );
  }
  const chosen = await listFolder(base);
  const format = formatOf(chosen.files);
  if (format === null) throw (await readAdapter(chosen)) ? notABase(base) : await notACheckpoint(chosen);
  await adapted(await readCheckpoint(format, chosen), source, adapter);
  await keepBase(folder, base);
}

const notABase = (base: string): Problem =>
  new Problem('not-a-checkpoint', `${base} is an adapter itself, not a whole model.`, 'Choose the model that both were made for.');

/** The model that an adapter was made for. @throws Problem `base-missing` where it is not on this disk */
async function openBase({ label }: CheckpointSource, adapter: ReadAdapter): Promise<Checkpoint> {
  const { kind, base } = adapter;
  const found = await findBase(label, adapter);
  if (found !== null) {
    const source = await listFolder(found);
    const format = formatOf(source.files);
    if (format !== null) return readCheckpoint(format, source);
  }
  throw new Problem(
    'base-missing',
    `${label} holds a ${kind} adapter${base ? ` of ${base}` : ''}, not a whole model${base ? ', and that model is neither beside it nor in the Hugging Face cache' : ''}.`,
    base
      ? `Download ${base}, or put it into a folder beside the adapter that is named ${basename(base)}.`
      : 'Put the adapter into the folder of its base model.',
  );
}

async function adapted(base: Checkpoint, source: CheckpointSource, adapter: ReadAdapter): Promise<Checkpoint> {
  const { kind, base: name, config } = adapter;
  const tensors = await withAdapter(base, source, config);
  const noted = await doubts({ ...adapter, folder: source.label }, base, (what) => unfit(base, source, what));
  return {
    ...base,
    ...tensors,
    notes: [...(base.notes ?? []), ...noted],
    withoutAdapter: { tensors: base.tensors, skipped: base.skipped },
    folder: source.label,
    name: source.name,
    adapter: { kind, base: name, appliedTo: base.name },
  };
}

/**
 * What a folder says that its model is, in the words of config.json, even where its weights cannot be read.
 * @throws Problem `not-a-checkpoint`, `config-invalid` or `io`
 */
export async function readConfig(folder: string): Promise<JsonObject> {
  const source = await listFolder(folder);
  const format = formatOf(source.files);
  const adapter = format === null && !hasConfig(source.files) ? await readAdapter(source) : undefined;
  const base = adapter === undefined ? null : await findBase(folder, adapter);
  return base === null ? (format ?? safetensorsFolder).config(source) : readConfig(base);
}

/**
 * Reads a checkpoint of a format, wherever it lies.
 * @throws Problem `config-invalid`, `weights-missing`, `weights-truncated`, `weights-invalid`, and what the source throws
 */
export async function readCheckpoint(format: CheckpointFormat, source: CheckpointSource): Promise<Checkpoint> {
  const whole = await format.config(source);
  const unwrapped = withoutWrapper(await format.tensors(source));
  const { isUnpacked, notes: ofQuantisation, ...stored } = await unpacked(whole, unwrapped, source);
  const { config, tensors, skipped, notes } = textModelOf(whole, stored);
  const adapter = await readAdapter(source);
  return {
    folder: source.label,
    name: source.name,
    config,
    tensors,
    skipped,
    tokenizer: format.tokenizer(source),
    notes: [...((await format.notes?.(source)) ?? []), ...unwrapped.notes, ...ofQuantisation, ...notes],
    ...(isUnpacked && { isUnpacked }),
    ...(adapter && { adapter: { kind: adapter.kind, base: adapter.base } }),
  };
}

async function listFolder(folder: string): Promise<CheckpointSource> {
  try {
    const path = resolve(folder);
    const kept = isOllamaBlob(basename(path)) ? await ollamaName(path) : undefined;
    return await localSource(folder, kept ?? checkpointName(path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new Problem('not-a-checkpoint', `There is no folder ${folder}.`, CHOOSE_FOLDER, { cause: error });
    if (code === 'ENOTDIR') throw new Problem('not-a-checkpoint', `${folder} is a file, not a folder.`, CHOOSE_FOLDER, { cause: error });
    throw ioProblem(folder, error);
  }
}

async function notACheckpoint(source: CheckpointSource): Promise<Problem> {
  const { label, files } = source;
  const message = `${label} is not a checkpoint: it has no ${CONFIG}.`;
  if (files.has('snapshots')) {
    const [snapshot] = await readdir(join(label, 'snapshots')).catch(() => []);
    if (snapshot !== undefined)
      return new Problem('not-a-checkpoint', message, `Choose the snapshot inside it: ${join(label, 'snapshots', snapshot)}.`);
  }
  if (unreadableWeights(files, 'GGUF') !== undefined) {
    return new Problem('not-a-checkpoint', message, 'It holds several GGUF files: choose one of them.');
  }
  return new Problem('not-a-checkpoint', message, CHOOSE_FOLDER);
}

async function noWeights(source: CheckpointSource): Promise<Problem> {
  const { label, files } = source;
  // A broken configuration is told before weights that are missing.
  await folderConfig(source);
  const shard = [...files].find((file) => /-\d{5}-of-\d{5}\.safetensors$/.test(file));
  if (shard !== undefined) {
    return new Problem(
      'weights-missing',
      `${label} holds ${shard}, and no ${INDEX}, which says what is in which file.`,
      `Download ${INDEX} too, from where the other files are.`,
    );
  }
  const other = unreadableWeights(files, 'other');
  return other === undefined
    ? new Problem('weights-missing', `${label} has no ${WEIGHTS} and no ${INDEX}.`, `Download the weights too, or choose another folder.`)
    : new Problem(
        'weights-missing',
        `${label} has its weights only as ${other}, not as safetensors.`,
        'Convert it in Python: AutoModelForCausalLM.from_pretrained(folder).save_pretrained(folder, safe_serialization=True).',
      );
}

const CHOOSE_FOLDER = `Choose a Hugging Face model folder: one with ${CONFIG} and ${WEIGHTS}, or a model of your own with ${DESCRIPTION} (docs/own-models.md).`;
