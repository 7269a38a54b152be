/** Command R and R7B, EXAONE 3 and 4, StarCoder 2: tensors named as Llama’s, rotated as they lie. */
import type { JsonObject } from '../../json';
import type { GgufDescription } from '../description';
import type { GgufArchitecture } from './architecture';
import { HEAD_NORMS, LLAMA_NAMES, POST_NORMS } from './llama-like';
import { biases, llamaWords, rmsEpsilon } from './words';

const { 'blk.*.ffn_norm': _oneNorm, ...ONE_NORM } = LLAMA_NAMES;
const { 'blk.*.attn_norm': _before, ...NO_NORM_BEFORE } = ONE_NORM;

const cohereWords = (file: GgufDescription): JsonObject => ({
  ...llamaWords(file),
  layer_norm_eps: file.positive('attention.layer_norm_epsilon'),
  logit_scale: file.positive('logit_scale'),
  attention_bias: file.has('blk.0.attn_q.bias'),
});

/** Every so many layers one sees everything, in the models that llama.cpp knows to have windows. */
const WINDOWS_OF_FOUR = 4;

/** Windows, as a file says them of each layer, or as llama.cpp knows them. */
function windows(file: GgufDescription): JsonObject {
  const window = file.optionalSize('attention.sliding_window');
  if (window === undefined) return { sliding_window: null };
  const slides = file.flags('attention.sliding_window_pattern');
  return {
    sliding_window: window,
    ...(slides === undefined
      ? { sliding_window_pattern: WINDOWS_OF_FOUR }
      : { layer_types: slides.map((does) => (does ? 'sliding_attention' : 'full_attention')) }),
  };
}

export const commandR: GgufArchitecture = {
  names: { ...ONE_NORM, ...HEAD_NORMS },
  config: (file) => ({ model_type: 'cohere', ...cohereWords(file), use_qk_norm: file.has('blk.0.attn_q_norm.weight') }),
};

export const cohere2: GgufArchitecture = {
  names: ONE_NORM,
  config: (file) => ({ model_type: 'cohere2', ...cohereWords(file), ...windows(file) }),
};

/** EXAONE 3 computes what Llama does. */
export const exaone: GgufArchitecture = {
  names: LLAMA_NAMES,
  config: (file) => ({ model_type: 'llama', ...llamaWords(file), ...rmsEpsilon(file), ...biases(file) }),
};

export const exaone4: GgufArchitecture = {
  names: { ...NO_NORM_BEFORE, ...HEAD_NORMS, ...POST_NORMS },
  config: (file) => ({ model_type: 'exaone4', ...llamaWords(file), ...rmsEpsilon(file), ...windows(file) }),
};

export const starcoder2: GgufArchitecture = {
  names: { ...LLAMA_NAMES, 'blk.*.ffn_up': 'model.layers.*.mlp.c_fc', 'blk.*.ffn_down': 'model.layers.*.mlp.c_proj' },
  config: (file) => ({
    model_type: 'starcoder2',
    ...llamaWords(file),
    norm_epsilon: file.positive('attention.layer_norm_epsilon'),
    sliding_window: file.optionalSize('attention.sliding_window') ?? null,
    use_bias: file.has('blk.0.attn_q.bias'),
  }),
};
