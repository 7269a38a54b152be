import type { Adapter } from '../checkpoint';
import type { JsonObject } from '../json';
import { readJson, type CheckpointSource } from '../source';

/** What an adapter is. */
export const ADAPTER_CONFIG = 'adapter_config.json';

/** An adapter with its settings. */
export interface ReadAdapter extends Adapter {
  readonly config: JsonObject;
}

/** What is stored with a model, or alone, as a set of weights that changes one; undefined where there is none. @throws Problem `config-invalid`, and what the source throws */
export async function readAdapter(source: CheckpointSource): Promise<ReadAdapter | undefined> {
  if (!source.files.has(ADAPTER_CONFIG)) return undefined;
  const config = await readJson(source, ADAPTER_CONFIG, 'config-invalid');
  const { peft_type: type, base_model_name_or_path: base } = config;
  return {
    kind: type === 'LORA' ? 'LoRA' : typeof type === 'string' ? type : 'weight',
    base: typeof base === 'string' && base !== '' ? base : null,
    config,
  };
}
