/**
 * What kinds of nodes there are, and everything that is decided by kind: place in the drawing, part in the attribution, order
 * in a comparison, colour, shape. A new kind is a row here, its words in `present/node-words.ts`, and the code that adds it.
 */

import * as l10n from '@vscode/l10n';

/** Columns of the drawing, from left to right: those of the embeddings, then those of each block. Each is named after its first kind. */
export const COLUMNS = {
  embed: l10n.t('Embeddings'),
  resid_pre: l10n.t('Before layer'),
  ln1: l10n.t('Norm 1'),
  q: l10n.t('Query'),
  head_query: l10n.t('Heads'),
  head_key: l10n.t('Keys'),
  head_value: l10n.t('Values'),
  head_out: l10n.t('Head outputs'),
  concat: l10n.t('Concat'),
  o_neuron: l10n.t('W_O neurons'),
  attn_raw: l10n.t('Before norm'),
  attn_out: l10n.t('Attention out'),
  resid_mid: l10n.t('After attention'),
  ln2: l10n.t('Norm 2'),
  router: l10n.t('Router'),
  neuron_key: l10n.t('Neuron keys'),
  neuron_value: l10n.t('Neuron values'),
  expert: l10n.t('Experts'),
  mlp_raw: l10n.t('Before norm'),
  mlp_out: l10n.t('MLP out'),
  resid_post: l10n.t('After layer'),
} as const;
/** Name of a column. */
export type ColumnName = keyof typeof COLUMNS;

/** What a node does in its block, whatever block it is of. The shape of its box tells it. */
export type NodeRole =
  | 'embedding'
  | 'stream'
  | 'norm'
  | 'query'
  | 'key'
  | 'value'
  | 'rest'
  | 'patch'
  | 'output'
  | 'bias'
  | 'update'
  | 'junction';

/** Part of the model by colour. */
export type NodeFamily = 'stream' | 'norm' | 'attention' | 'feedForward';

/** Kinds of components that can be switched off or replaced; see `component.ts`. */
export type ComponentKind = 'head' | 'source' | 'neuron' | 'expert' | 'attention' | 'mlp' | 'adapter';

/** Nodes that are drawn together and ordered by one measure: those of a head, a row of W_O, a neuron. */
export type NodeGroup = 'head' | 'row' | 'neuron';

/** Everything that is decided by a node's kind. */
export interface NodeKindTraits {
  readonly column: ColumnName;
  /** `on`: on the residual rail; `under`: right below it; absent: in the stages that hang from the rail */
  readonly rail?: 'on' | 'under';
  readonly role: NodeRole;
  readonly family: NodeFamily;
  readonly group?: NodeGroup;
  /** smallest component that it shows a part of; absent: none that can be changed */
  readonly component?: ComponentKind;
  /**
   * Its part in the attribution. `drawn`: a summand of the final stream that contains no other one that is drawn; `rest`: the
   * sum of those that are not drawn; `before`: everything before the drawn layers, a summand where the embeddings are
   * not drawn; `again`: a second view of summands that are counted elsewhere, ranked by itself. Absent: a sum, or no summand.
   */
  readonly summand?: 'drawn' | 'rest' | 'before' | 'again';
  /** drawn for the sake of a summand of its component: hidden when that is */
  readonly companion?: true;
  /** changes because what it gathers changes, as a row of W_O does with what heads write: lists leave it out unless asked */
  readonly gathers?: true;
  /** small text on its box that tells it from its neighbours */
  readonly tag?: 'head' | 'source' | 'neuron' | 'expert' | 'count' | 'bias' | 'approximateBias' | 'adapter';
}

/** One row a kind, in the order of the published schema. */
const TABLE = {
  embed: { column: 'embed', rail: 'on', role: 'embedding', family: 'stream', summand: 'drawn' },
  pos_embed: { column: 'embed', rail: 'under', role: 'embedding', family: 'stream', summand: 'drawn' },
  resid_pre: { column: 'resid_pre', rail: 'on', role: 'stream', family: 'stream', summand: 'before', gathers: true },
  ln1: { column: 'ln1', role: 'norm', family: 'norm', gathers: true },
  attn_raw: { column: 'attn_raw', role: 'norm', family: 'norm', component: 'attention' },
  attn_out: { column: 'attn_out', role: 'output', family: 'attention', component: 'attention', gathers: true },
  resid_mid: { column: 'resid_mid', rail: 'on', role: 'stream', family: 'stream', gathers: true },
  ln2: { column: 'ln2', role: 'norm', family: 'norm', gathers: true },
  mlp_raw: { column: 'mlp_raw', role: 'norm', family: 'norm', component: 'mlp' },
  mlp_out: { column: 'mlp_out', role: 'output', family: 'feedForward', component: 'mlp', gathers: true },
  resid_post: { column: 'resid_post', rail: 'on', role: 'stream', family: 'stream', gathers: true },
  q: { column: 'q', role: 'query', family: 'attention', component: 'attention', gathers: true },
  head_query: { column: 'head_query', role: 'query', family: 'attention', group: 'head', component: 'head', companion: true, tag: 'head' },
  head_key: { column: 'head_key', role: 'key', family: 'attention', group: 'head', component: 'source', companion: true, tag: 'source' },
  head_value: { column: 'head_value', role: 'value', family: 'attention', group: 'head', component: 'source', summand: 'drawn' },
  head_out: { column: 'head_out', role: 'output', family: 'attention', group: 'head', component: 'head', companion: true, tag: 'head' },
  head_rest: {
    column: 'head_key',
    role: 'rest',
    family: 'attention',
    group: 'head',
    component: 'head',
    summand: 'rest',
    gathers: true,
    tag: 'count',
  },
  heads_rest: {
    column: 'head_out',
    role: 'rest',
    family: 'attention',
    group: 'head',
    component: 'attention',
    summand: 'rest',
    gathers: true,
    tag: 'count',
  },
  concat: { column: 'concat', role: 'junction', family: 'attention', component: 'attention', gathers: true },
  o_neuron: {
    column: 'o_neuron',
    role: 'value',
    family: 'attention',
    group: 'row',
    component: 'head',
    summand: 'again',
    tag: 'neuron',
    gathers: true,
  },
  o_rest: {
    column: 'o_neuron',
    role: 'rest',
    family: 'attention',
    component: 'attention',
    summand: 'again',
    gathers: true,
    tag: 'count',
  },
  attn_bias: { column: 'o_neuron', role: 'bias', family: 'attention', component: 'attention', summand: 'drawn', tag: 'bias' },
  attn_update: { column: 'o_neuron', role: 'update', family: 'attention', component: 'adapter', summand: 'drawn', tag: 'adapter' },
  head_patch: { column: 'head_value', role: 'patch', family: 'attention', group: 'head', component: 'head', summand: 'drawn' },
  attn_patch: { column: 'o_neuron', role: 'patch', family: 'attention', component: 'attention', summand: 'drawn' },
  mlp_patch: { column: 'neuron_value', role: 'patch', family: 'feedForward', component: 'mlp', summand: 'drawn' },
  neuron_key: {
    column: 'neuron_key',
    role: 'key',
    family: 'feedForward',
    group: 'neuron',
    component: 'neuron',
    companion: true,
    tag: 'neuron',
  },
  neuron_value: { column: 'neuron_value', role: 'value', family: 'feedForward', group: 'neuron', component: 'neuron', summand: 'drawn' },
  neuron_rest: {
    column: 'neuron_value',
    role: 'rest',
    family: 'feedForward',
    component: 'mlp',
    summand: 'rest',
    gathers: true,
    tag: 'count',
  },
  router: { column: 'router', role: 'junction', family: 'feedForward', component: 'mlp', gathers: true },
  expert: { column: 'expert', role: 'output', family: 'feedForward', component: 'expert', companion: true, tag: 'expert' },
  expert_patch: { column: 'neuron_value', role: 'patch', family: 'feedForward', component: 'expert', summand: 'drawn', tag: 'expert' },
  mlp_bias_in: { column: 'neuron_value', role: 'bias', family: 'feedForward', component: 'mlp', companion: true, tag: 'approximateBias' },
  mlp_bias_out: { column: 'neuron_value', role: 'bias', family: 'feedForward', component: 'mlp', summand: 'drawn', tag: 'bias' },
  mlp_update: { column: 'neuron_value', role: 'update', family: 'feedForward', component: 'adapter', summand: 'drawn', tag: 'adapter' },
} as const satisfies Readonly<Record<string, NodeKindTraits>>;

/** What a node is. */
export type NodeKind = keyof typeof TABLE;

/** The traits of every kind. */
export const NODE_KINDS: Readonly<Record<NodeKind, NodeKindTraits>> = TABLE;

/** All kinds, in the order of the published schema. */
export const KIND_NAMES = Object.keys(TABLE) as readonly NodeKind[];

/**
 * Kinds in the order in which a block draws them: column by column from left to right, and from top to bottom within one,
 * where a patched value comes below what it replaces.
 */
export const DRAWING_ORDER: readonly NodeKind[] = Object.keys(COLUMNS).flatMap((column) => {
  const inColumn = KIND_NAMES.filter((kind) => NODE_KINDS[kind].column === column);
  const isPatch = (kind: NodeKind): boolean => NODE_KINDS[kind].role === 'patch';
  return [...inColumn.filter((kind) => !isPatch(kind)), ...inColumn.filter(isPatch)];
});

/** Whether a node stands for a head as a whole: its query or its output. */
export function standsForHead(kind: NodeKind): boolean {
  const { role, component } = NODE_KINDS[kind];
  return component === 'head' && (role === 'query' || role === 'output');
}
