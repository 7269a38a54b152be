/** Gemma 1 to 3: norms are stored whole, and what attention’s scores are scaled by follows from the size of the model. */
import type { JsonObject } from '../../json';
import type { GgufDescription } from '../description';
import type { GgufArchitecture } from './architecture';
import { LLAMA_NAMES } from './llama-like';
import { llamaWords, rmsEpsilon } from './words';

const GEMMA2_NAMES = {
  ...LLAMA_NAMES,
  'blk.*.post_attention_norm': 'model.layers.*.post_attention_layernorm',
  'blk.*.ffn_norm': 'model.layers.*.pre_feedforward_layernorm',
  'blk.*.post_ffw_norm': 'model.layers.*.post_feedforward_layernorm',
};

/** Layers of the largest model of a generation, whose scores are scaled by its width instead of that of its heads. */
const LAYERS_OF_27B = { gemma2: 46, gemma3: 62 };

function gemma2Words(file: GgufDescription, generation: keyof typeof LAYERS_OF_27B): JsonObject {
  const isLargest = file.size('block_count') === LAYERS_OF_27B[generation];
  return {
    ...llamaWords(file),
    ...rmsEpsilon(file),
    query_pre_attn_scalar: isLargest ? file.size('embedding_length') / file.headCount : file.headWidth,
    ...optional('sliding_window', file.optionalSize('attention.sliding_window')),
    ...optional('final_logit_softcapping', file.positive('final_logit_softcapping')),
  };
}

const optional = (field: string, value: number | undefined): JsonObject => (value === undefined ? {} : { [field]: value });

export const gemma: GgufArchitecture = {
  names: LLAMA_NAMES,
  storesWholeGains: true,
  config: (file) => ({ model_type: 'gemma', ...llamaWords(file), ...rmsEpsilon(file) }),
};

export const gemma2: GgufArchitecture = {
  names: GEMMA2_NAMES,
  storesWholeGains: true,
  config: (file) => ({
    model_type: 'gemma2',
    ...gemma2Words(file, 'gemma2'),
    ...optional('attn_logit_softcapping', file.positive('attn_logit_softcapping')),
  }),
};

export const gemma3: GgufArchitecture = {
  names: {
    ...GEMMA2_NAMES,
    'blk.*.attn_q_norm': 'model.layers.*.self_attn.q_norm',
    'blk.*.attn_k_norm': 'model.layers.*.self_attn.k_norm',
  },
  storesWholeGains: true,
  config: (file) => ({
    model_type: 'gemma3_text',
    ...gemma2Words(file, 'gemma3'),
    ...optional('sliding_window_pattern', file.optionalSize('attention.sliding_window_pattern')),
    ...optional('rope_local_base_freq', file.positive('rope.freq_base_swa')),
  }),
};
