import type { Adapter } from './checkpoint';
import { readJson, type CheckpointSource } from './source';

const CONFIG = 'adapter_config.json';

/** What is stored with a model, or alone, as a set of weights that changes one; undefined where there is none. @throws Problem `config-invalid`, and what the source throws */
export async function readAdapter(source: CheckpointSource): Promise<Adapter | undefined> {
  if (!source.files.has(CONFIG)) return undefined;
  const { peft_type: type, base_model_name_or_path: base } = await readJson(source, CONFIG, 'config-invalid');
  return {
    kind: type === 'LORA' ? 'LoRA' : typeof type === 'string' ? type : 'weight',
    base: typeof base === 'string' && base !== '' ? base : null,
  };
}
