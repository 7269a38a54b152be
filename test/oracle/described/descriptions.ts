/** What a hand would write in visit.model.json of models that are fixtures of families: both must come to the same. */

const layer = (name: string, more: object = {}) => ({ weight: `${name}.weight`, bias: `${name}.bias`, ...more });
const norm = (name: string) => ({ gain: `${name}.weight`, bias: `${name}.bias` });

/** A third of GPT-2's layer for queries, keys and values, which is stored as Conv1D. */
const third = (from: number) => layer('transformer.h.*.attn.c_attn', { stored: 'in_out', part: { from, of: 48 } });

/** By name of the fixture. */
export const DESCRIPTIONS: Readonly<Record<string, object>> = {
  untied: {
    schema: 'visit.model/1',
    layers: 2,
    dModel: 16,
    heads: 2,
    dMlp: 64,
    vocabSize: 101,
    contextLength: 16,
    activation: 'gelu_tanh',
    attentionScale: 1,
    embedding: { tokens: 'transformer.wte.weight', positions: 'transformer.wpe.weight' },
    blocks: {
      ln1: norm('transformer.h.*.ln_1'),
      q: third(0),
      k: third(16),
      v: third(32),
      o: layer('transformer.h.*.attn.c_proj', { stored: 'in_out' }),
      ln2: norm('transformer.h.*.ln_2'),
      up: layer('transformer.h.*.mlp.c_fc', { stored: 'in_out' }),
      down: layer('transformer.h.*.mlp.c_proj', { stored: 'in_out' }),
    },
    unembedding: { norm: norm('transformer.ln_f'), weight: 'lm_head.weight' },
  },
  'llama-biased': {
    schema: 'visit.model/1',
    family: 'a Llama of my own',
    layers: 2,
    dModel: 24,
    heads: 4,
    keyValueHeads: 2,
    dHead: 10,
    dMlp: 36,
    vocabSize: 67,
    contextLength: 32,
    norm: { kind: 'rms', epsilon: 0.01 },
    activation: 'silu',
    rotary: { base: 100 },
    embedding: { tokens: 'model.embed_tokens.weight' },
    blocks: {
      ln1: { gain: 'model.layers.*.input_layernorm.weight' },
      q: layer('model.layers.*.self_attn.q_proj'),
      k: layer('model.layers.*.self_attn.k_proj'),
      v: layer('model.layers.*.self_attn.v_proj'),
      o: layer('model.layers.*.self_attn.o_proj'),
      ln2: { gain: 'model.layers.*.post_attention_layernorm.weight' },
      gate: layer('model.layers.*.mlp.gate_proj'),
      up: layer('model.layers.*.mlp.up_proj'),
      down: layer('model.layers.*.mlp.down_proj'),
    },
    unembedding: { norm: { gain: 'model.norm.weight' } },
  },
};
