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
  return { kind: type === 'LORA' ? 'LoRA' : typeof type === 'string' ? type : 'weight', ...baseNames(config), config };
}

/** What an adapter calls its base. */
export interface BaseNames {
  /** a path, or the name of a repository; null where it does not say */
  readonly base: string | null;
  /** of such a repository: a branch, a tag or a commit; absent: that of `main` */
  readonly revision?: string;
}

/** What adapter_config.json says of the model that the adapter was made for. */
export function baseNames({ base_model_name_or_path: base, revision }: JsonObject): BaseNames {
  const said = (value: unknown): value is string => typeof value === 'string' && value !== '';
  return { base: said(base) ? base : null, ...(said(revision) && { revision }) };
}
