/** adapter_config.json of LoRA as PEFT writes it: what is honoured, and what is refused by its name. https://huggingface.co/docs/peft/package_reference/lora */
import * as z from 'zod';
import { Problem } from '../../../core/problem';
import { firstIssue } from '../../schema-problem';
import type { JsonObject } from '../json';

const settingsSchema = z.looseObject({
  r: z.number().positive().default(8),
  lora_alpha: z.number().default(8),
  use_rslora: z.boolean().nullish(),
  rank_pattern: z.record(z.string(), z.number()).nullish(),
  alpha_pattern: z.record(z.string(), z.number()).nullish(),
  /** parameters that are updated by themselves, by the ends of their names: see stacks.ts */
  target_parameters: z.array(z.string()).nullish(),
  peft_version: z.string().nullish(),
});

/** What is needed of it. */
export type LoraSettings = z.infer<typeof settingsSchema>;

/** Fields that change what an adapter computes, whatever they are set to, and what they are called. */
const OTHER: Readonly<Record<string, string>> = {
  use_dora: 'DoRA',
  use_qalora: 'QA-LoRA',
  lora_bias: 'LoRA with biases (lora_bias)',
  layer_replication: 'LoRA with repeated layers (layer_replication)',
  trainable_token_indices: 'LoRA with tokens of its own (trainable_token_indices)',
  alora_invocation_tokens: 'Activated LoRA',
  arrow_config: 'Arrow',
  use_bdlora: 'BD-LoRA',
};

/** Ways to begin that change the weights of the base, so that an adapter belongs to others than those that were published. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/i;

/** @throws Problem `config-invalid` for other methods than LoRA, by their names */
export function loraSettings(label: string, config: JsonObject): LoraSettings {
  const refused = (what: string): Problem =>
    new Problem(
      'config-invalid',
      `${label} is an adapter of the kind ${what}, which cannot be applied here.`,
      'Merge it into its base model (merge_and_unload() of peft, then save_pretrained()), and open that.',
    );
  const { peft_type: type, bias = 'none', init_lora_weights: init } = config;
  if (type !== 'LORA') throw refused(typeof type === 'string' ? type : 'that adapter_config.json does not name');
  for (const [field, name] of Object.entries(OTHER)) {
    const value = config[field];
    if (value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0)) throw refused(name);
  }
  if (bias !== 'none') throw refused(`LoRA with biases (bias is ${JSON.stringify(bias)})`);
  if (typeof init === 'string' && CHANGES_BASE.test(init)) throw refused(`LoRA that changes its base (init_lora_weights is ${init})`);
  const read = settingsSchema.safeParse(config);
  if (!read.success)
    throw new Problem(
      'config-invalid',
      `adapter_config.json of ${label} is not what PEFT writes (${firstIssue(read.error)}).`,
      FETCH_AGAIN,
    );
  return read.data;
}

/** What the update of a layer is multiplied with. @param rank of its matrices @param layer its name @throws Problem `config-invalid` */
export function scaleOf(
  { lora_alpha: alpha, alpha_pattern: patterns, use_rslora: rootOfRank }: LoraSettings,
  layer: string,
  rank: number,
): number {
  const own = Object.entries(patterns ?? {}).find(([pattern]) => matches(pattern, layer))?.[1] ?? alpha;
  return own / (rootOfRank === true ? Math.sqrt(rank) : rank);
}

const FETCH_AGAIN = 'Fetch the adapter again, or save it again with save_pretrained() of peft.';
/** Repetitions that a pattern may have: with more, or with repeated groups, comparing it with one name can take for ever. */
const MOST_REPETITIONS = 4;

function matches(pattern: string, layer: string): boolean {
  const unsound = (what: string): Problem =>
    new Problem('config-invalid', `adapter_config.json: alpha_pattern has ${JSON.stringify(pattern)}, which ${what}.`, FETCH_AGAIN);
  if (/\)[*+{]/.test(pattern) || (pattern.match(/[*+{]/g)?.length ?? 0) > MOST_REPETITIONS)
    throw unsound('repeats too much to be compared with names');
  try {
    return new RegExp(`^(.*\\.)?(${pattern})$`).test(layer);
  } catch {
    throw unsound('is not a pattern');
  }
}
