/** Why a model cannot be drawn, in words for the person who chose it. */
import type { Config } from './family';

/** Kinds of models whose forward pass is not that of a dense decoder, and the `model_type`s that are known to be of them. */
const KINDS: readonly { readonly what: string; readonly modelTypes: readonly string[] }[] = [
  {
    what: 'a mixture of experts of a kind that is not computed yet',
    modelTypes: [
      'afmoe',
      'bailing_moe',
      'cohere2_moe',
      'dbrx',
      'deepseek_v32',
      'deepseek_v4',
      'glm_moe_dsa',
      'granitemoe_swa',
      'jetmoe',
      'laguna',
      'longcat_flash',
      'mimo_v2_flash',
      'mistral4',
      'nllb-moe',
      'step3p7',
    ],
  },
  {
    what: 'an encoder, which does not predict a next token',
    modelTypes: [
      'albert',
      'bert',
      'camembert',
      'clip',
      'deberta',
      'deberta-v2',
      'distilbert',
      'electra',
      'esm',
      'eurobert',
      'mobilebert',
      'modernbert',
      'mpnet',
      'nomic_bert',
      'roberta',
      'vit',
      'wav2vec2',
      'xlm-roberta',
    ],
  },
  {
    what: 'an encoder with a decoder, which needs more than a prompt',
    modelTypes: [
      'bart',
      'blenderbot',
      'led',
      'm2m_100',
      'marian',
      'mbart',
      'mt5',
      'pegasus',
      'speecht5',
      't5',
      't5gemma',
      'umt5',
      'whisper',
    ],
  },
  {
    what: 'a recurrent model, which has no attention heads to draw in some or all of its layers',
    modelTypes: [
      'bailing_hybrid',
      'bamba',
      'falcon_h1',
      'falcon_mamba',
      'granitemoehybrid',
      'jamba',
      'kimi_linear',
      'lfm2',
      'lfm2_moe',
      'lfm3',
      'mamba',
      'mamba2',
      'minimax',
      'nemotron_h',
      'olmo_hybrid',
      'qwen3_5',
      'qwen3_5_moe',
      'qwen3_5_moe_text',
      'qwen3_5_text',
      'qwen3_next',
      'recurrent_gemma',
      'rwkv',
      'xlstm',
      'zamba',
      'zamba2',
    ],
  },
  {
    what: 'a model of images or sound as well as text',
    modelTypes: [
      'glm4v',
      'idefics2',
      'internvl',
      'internvl_chat',
      'llava_onevision',
      'minicpmv',
      'mllama',
      'paligemma',
      'phi4_multimodal',
      'qwen2_audio',
    ],
  },
  {
    what: 'a model with heads of two widths in its layers, which also scales its residual stream',
    modelTypes: ['gemma4', 'gemma4_text', 'gemma4_unified'],
  },
  {
    what: 'a model with several residual streams, which mix in every layer',
    modelTypes: ['gemma3n', 'gemma3n_text'],
  },
  {
    what: 'a model whose attention has a learned sink, a score that no token has',
    modelTypes: ['granite_swa'],
  },
  {
    what: 'a model whose heads subtract one pattern of attention from another',
    modelTypes: ['diffllama'],
  },
  {
    what: 'a model with weights of three values, which are rounded only while it runs',
    modelTypes: ['bitnet'],
  },
  {
    what: 'a model whose code is published beside its weights alone, so that there is no reference to be compared with',
    modelTypes: [
      'aquila',
      'baichuan',
      'chatglm',
      'exaone',
      'internlm',
      'internlm2',
      'jais',
      'mimo',
      'minicpm',
      'openelm',
      'orion',
      'kimi_k2',
      'plamo',
      'qwen',
      'xverse',
    ],
  },
];

/** Fields that only mixtures of experts give, with the number of experts. */
const EXPERTS = ['num_experts', 'num_local_experts', 'n_routed_experts', 'moe_num_experts'];

/**
 * What kind of model a config describes, as the end of the sentence “… is”, where it is of a kind that cannot be drawn;
 * judged by its `model_type`, or by fields that give it away.
 */
export function unsupportedKind(config: Config): string | undefined {
  const known = KINDS.find(({ modelTypes }) => modelTypes.some((modelType) => modelType === config['model_type']));
  if (known) return known.what;
  if (EXPERTS.some((field) => Number(config[field] ?? 0) > 1)) return KINDS[0].what;
  if (config['is_encoder_decoder'] === true) return KINDS[2].what;
  return undefined;
}
