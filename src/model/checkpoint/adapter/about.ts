import type { Adapter } from '../checkpoint';
import type { JsonObject } from '../json';
import { readJson, type CheckpointSource } from '../source';

/** What an adapter is. */
export const ADAPTER_CONFIG = 'adapter_config.json';

/** An adapter with its settings. */
export interface ReadAdapter extends Adapter, BaseNames {
  readonly config: JsonObject;
}

/** What is stored with a model, or alone, as a set of weights that changes one; undefined where there is none. @throws Problem `config-invalid`, and what the source throws */
export async function readAdapter(source: CheckpointSource): Promise<ReadAdapter | undefined> {
  if (!source.files.has(ADAPTER_CONFIG)) return undefined;
  const config = await readJson(source, ADAPTER_CONFIG, 'config-invalid');
  const { peft_type: type } = config;
  const card = () => (source.files.has(MODEL_CARD) ? source.text(MODEL_CARD, 'config-invalid') : Promise.resolve(''));
  return { kind: type === 'LORA' ? 'LoRA' : typeof type === 'string' ? type : 'weight', ...(await baseNames(config, card)), config };
}

/** What an adapter calls its base. */
export interface BaseNames {
  /** a path, or the name of a repository; null where nothing says it */
  readonly base: string | null;
  /** where it was trained, if that is a path and `base` is what its model card says */
  readonly path?: string;
  /** of such a repository: a branch, a tag or a commit; absent: that of `main` */
  readonly revision?: string;
}

/**
 * What adapter_config.json says of the model that the adapter was made for, and its model card where that says no repository.
 * @param card reads README.md, which may fail
 */
export async function baseNames({ base_model_name_or_path: given, revision }: JsonObject, card: () => Promise<string>): Promise<BaseNames> {
  const said = (value: unknown): value is string => typeof value === 'string' && value !== '';
  const base = said(given) ? given : null;
  const published = base !== null && isRepository(base) ? null : baseOfCard(await card().catch(() => ''));
  return {
    base: published ?? base,
    ...(published !== null && base !== null && { path: base }),
    ...(said(revision) && { revision }),
  };
}

/** Whether a name can be that of a repository on the Hugging Face Hub: owner and name. */
export function isRepository(name: string): boolean {
  return /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(name);
}

/** What a repository says of itself, with what machines read in front. */
export const MODEL_CARD = 'README.md';

/** The one repository that a model card gives as its base; null where it gives none, or several. https://huggingface.co/docs/hub/model-cards */
function baseOfCard(card: string): string | null {
  const front = /^---\r?\n([^]*?)\r?\n---/.exec(card)?.[1] ?? '';
  const [, line = '', list = ''] = /^base_model:[ \t]*(.*)((?:\r?\n[ \t]*-[ \t].*)*)/m.exec(front) ?? [];
  const names = [line, ...list.split(/\r?\n[ \t]*-[ \t]/)]
    .map((name) => name.trim().replace(/^(["'])(.*)\1$/, '$2'))
    .filter((name) => name !== '');
  const [name] = names;
  return names.length === 1 && isRepository(name) ? name : null;
}
