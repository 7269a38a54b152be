/** What kinds of nodes there are, and where each belongs. */
import type { NodeKind } from './flow-graph';

/** A column of a block. */
export type Stage = { readonly title: string; readonly kinds: readonly NodeKind[] };

/** Columns of one block from left to right. */
export const STAGES: readonly Stage[] = [
  { title: 'Norm 1', kinds: ['ln1'] },
  { title: 'Query', kinds: ['q'] },
  { title: 'Heads', kinds: ['head_query'] },
  { title: 'Keys', kinds: ['head_key', 'head_rest'] },
  { title: 'Values', kinds: ['head_value', 'head_patch'] },
  { title: 'Head outputs', kinds: ['head_out', 'heads_rest'] },
  { title: 'Concat', kinds: ['concat'] },
  { title: 'W_O neurons', kinds: ['o_neuron', 'o_rest', 'attn_bias', 'attn_patch'] },
  { title: 'Before norm', kinds: ['attn_raw'] },
  { title: 'Attention out', kinds: ['attn_out'] },
  { title: 'After attention', kinds: ['resid_mid'] },
  { title: 'Norm 2', kinds: ['ln2'] },
  { title: 'Neuron keys', kinds: ['neuron_key'] },
  { title: 'Neuron values', kinds: ['neuron_value', 'neuron_rest', 'mlp_bias_in', 'mlp_bias_out', 'mlp_patch'] },
  { title: 'Before norm', kinds: ['mlp_raw'] },
  { title: 'MLP out', kinds: ['mlp_out'] },
  { title: 'After layer', kinds: ['resid_post'] },
];
/** Kinds of nodes in the order in which a block draws them, from left to right and from top to bottom. */
export const DRAWING_ORDER: readonly NodeKind[] = ['embed', 'pos_embed', 'resid_pre', ...STAGES.flatMap(({ kinds }) => kinds)];
