/** Every kind of node in words: what a card calls it, and one plain sentence on what it is and what its tokens mean. */
import * as l10n from '@vscode/l10n';
import { showToken } from '../text/token-text';
import { expertInWords } from '../format/component';
import type { FlowGraph, FlowNode } from '../format/flow-graph';
import type { NodeKind } from '../format/node-kinds';

/** The prompt of a graph, as far as words about its nodes need it. */
export type DescribedPrompt = Pick<FlowGraph, 'tokens' | 'position'> & {
  /** absent: nothing is said of heads that share their keys and values, and experts are weighted by their scores */
  readonly model?: Pick<FlowGraph['model'], 'nHeads' | 'nKeyValueHeads' | 'adapter' | 'experts'>;
};

/** A prompt token in quotation marks, its spaces visible. */
function quoted(prompt: DescribedPrompt, index: number): string {
  const token = prompt.tokens[index];
  return token === undefined ? l10n.t`position ${index}` : `‘${showToken(token)}’`;
}

/** Which heads read the same keys and values as this one, as a sentence; empty where each head has its own. */
function sharing(head: number | undefined, { model }: DescribedPrompt): string {
  if (head === undefined || model === undefined || model.nKeyValueHeads === model.nHeads) return '';
  if (model.nKeyValueHeads === 1) return ` ${l10n.t('All heads of the layer share these keys and values.')}`;
  const perGroup = model.nHeads / model.nKeyValueHeads;
  const first = Math.floor(head / perGroup) * perGroup;
  return ` ${l10n.t`Heads ${first} to ${first + perGroup - 1} share these keys and values.`}`;
}

/** What an adapter changes in a layer that does not add up, as a sentence; empty where there is nothing. */
function actsWithin(layer: number, { model }: DescribedPrompt): string {
  const within = model?.adapter?.matrices.filter(({ layers, summand }) => summand === undefined && layers.includes(layer)) ?? [];
  if (within.length === 0) return '';
  const names = within.map(({ matrix }) => matrix).join(', ');
  return ` ${l10n.t`The adapter also updates ${names} of this layer: that acts through patterns and activations, and has no node.`}`;
}

/** What the words about a node are made of. */
interface Facts {
  readonly node: FlowNode;
  readonly layer: number;
  /** its number */
  readonly head: number | string;
  /** its number */
  readonly neuron: number | string;
  /** the expert that it is, or that it is a part of: “expert 3”; empty: none */
  readonly expert: string;
  /** the token under study, and its position */
  readonly here: string;
  readonly position: number;
  /** the token that a head reads from */
  readonly source: string;
  /** which heads share keys and values with this one; a sentence, or empty */
  readonly sharing: string;
  /** that a negative coefficient turns what is written round; a sentence, or empty */
  readonly opposite: string;
  /** of the update of an adapter */
  readonly rank: number | string;
  /** which other matrices of the layer the adapter updates, and how that acts; a sentence, or empty */
  readonly adapted: string;
  /** whether the scores of experts multiply what they read, and not what they write */
  readonly readsScored: boolean;
  /** how many it gathers */
  readonly count: number;
}

/** The facts of a node. */
export function factsOf(node: FlowNode, prompt: DescribedPrompt): Facts {
  return {
    node,
    layer: node.layer,
    head: node.head ?? '?',
    neuron: node.neuron ?? '?',
    expert: node.expert === undefined ? '' : expertInWords(node.expert),
    here: quoted(prompt, prompt.position),
    position: prompt.position,
    source: node.source === undefined ? '?' : quoted(prompt, node.source),
    sharing: sharing(node.head, prompt),
    readsScored: prompt.model?.experts?.scored === 'input',
    opposite:
      (node.coefficient ?? 0) < 0 ? ` ${l10n.t('Its coefficient is negative, so it writes the opposite: its least likely tokens.')}` : '',
    rank: node.rank ?? '?',
    adapted: actsWithin(node.layer, prompt),
    count: node.count ?? 0,
  };
}

/** The words of one kind. */
interface NodeWords {
  /** without the layer */
  readonly title: (facts: Facts) => string;
  readonly sentence: (facts: Facts) => string;
}

/** The words of every kind. */
export const NODE_WORDS: Readonly<Record<NodeKind, NodeWords>> = {
  embed: {
    title: () => l10n.t('Token embedding'),
    sentence: ({ here }) => l10n.t`What the model knows about ${here} before reading anything else.`,
  },
  pos_embed: {
    title: () => l10n.t('Position embedding'),
    sentence: ({ position }) => l10n.t`The vector that the model adds for position ${position}.`,
  },
  resid_pre: {
    title: () => l10n.t('residual stream entering'),
    sentence: ({ layer, here }) => l10n.t`The hidden state at ${here} as it enters layer ${layer}.`,
  },
  ln1: {
    title: () => l10n.t('first norm'),
    sentence: ({ layer }) => l10n.t`The hidden state after the norm before attention: what the heads of layer ${layer} see.`,
  },
  attn_raw: {
    title: () => l10n.t('attention output before its norm'),
    sentence: ({ layer }) =>
      l10n.t`What the attention of layer ${layer} writes, before the norm that follows. Heads, rows and bias are drawn as they leave that norm, with its scale held fixed.`,
  },
  attn_out: {
    title: () => l10n.t('attention output'),
    sentence: ({ layer }) => l10n.t`What the attention of layer ${layer} adds to the residual stream, bias included.`,
  },
  resid_mid: {
    title: () => l10n.t('residual stream after attention'),
    sentence: ({ layer, here }) => l10n.t`The hidden state at ${here} after the attention of layer ${layer} has been added.`,
  },
  ln2: {
    title: () => l10n.t('second norm'),
    sentence: () => l10n.t('The hidden state after the norm before the feed-forward layer: what its neurons see.'),
  },
  mlp_raw: {
    title: () => l10n.t('feed-forward output before its norm'),
    sentence: ({ layer }) =>
      l10n.t`What feed-forward layer ${layer} writes, before the norm that follows. Neurons and bias are drawn as they leave that norm, with its scale held fixed.`,
  },
  mlp_out: {
    title: () => l10n.t('feed-forward output'),
    sentence: ({ layer }) => l10n.t`What feed-forward layer ${layer} adds to the residual stream, bias included.`,
  },
  resid_post: {
    title: () => l10n.t('residual stream leaving'),
    sentence: ({ layer, here }) => l10n.t`The hidden state at ${here} as it leaves layer ${layer}.`,
  },
  q: {
    title: () => l10n.t('query of all heads'),
    sentence: ({ layer }) => l10n.t`What all heads of layer ${layer} together look for, as directions of the residual stream.`,
  },
  head_query: {
    title: ({ head }) => l10n.t`head ${head} · query`,
    sentence: ({ layer, here, sharing, head }) =>
      `${l10n.t`Head ${head} of layer ${layer} reading ${here}: what it looks for in earlier tokens.`}${sharing}`,
  },
  head_key: {
    title: ({ head, source }) => l10n.t`head ${head} · key at ${source}`,
    sentence: ({ layer, source, sharing, head }) =>
      `${l10n.t`Head ${head} of layer ${layer} at ${source}: what this token can be found by.`}${sharing}`,
  },
  head_value: {
    title: ({ head, source }) => l10n.t`head ${head} · value at ${source}`,
    sentence: ({ layer, source, sharing, head }) =>
      `${l10n.t`Head ${head} of layer ${layer} reading ${source}: what it would write if it looked only there (a dynamic memory value).`}${sharing}`,
  },
  head_out: {
    title: ({ head }) => l10n.t`head ${head} · output`,
    sentence: ({ layer, head }) => l10n.t`What head ${head} of layer ${layer} writes to the residual stream.`,
  },
  head_rest: {
    title: ({ head, count }) => (count === 1 ? l10n.t`head ${head} · 1 other source` : l10n.t`head ${head} · ${count} other sources`),
    sentence: ({ layer, head }) => l10n.t`What head ${head} of layer ${layer} adds from all sources that are not drawn.`,
  },
  heads_rest: {
    title: ({ count }) => (count === 1 ? l10n.t('1 other head') : l10n.t`${count} other heads`),
    sentence: () => l10n.t('The sum of what the heads that are not drawn write.'),
  },
  concat: {
    title: () => l10n.t('concatenated heads'),
    sentence: () => l10n.t('All heads side by side, before the output projection. It cannot be read as tokens.'),
  },
  o_neuron: {
    title: ({ neuron }) => l10n.t`W_O · neuron ${neuron}`,
    sentence: ({ head, opposite, neuron }) =>
      `${l10n.t`Row ${neuron} of the output projection, within head ${head}; this pass multiplies it by its coefficient.`}${opposite}`,
  },
  o_rest: {
    title: ({ count }) => (count === 1 ? l10n.t('W_O · 1 other neuron') : l10n.t`W_O · ${count} other neurons`),
    sentence: () => l10n.t('The sum of coefficient × row over all rows of the output projection that are not drawn.'),
  },
  attn_bias: {
    title: () => l10n.t('attention output bias'),
    sentence: () => l10n.t('The constant that attention adds in every pass.'),
  },
  attn_update: {
    title: ({ rank }) => l10n.t`LoRA update of W_O, rank ${rank}`,
    sentence: ({ layer, adapted }) =>
      `${l10n.t`What the adapter adds to what the attention of layer ${layer} writes: the concatenated heads through its update of W_O. Heads and rows are drawn without it.`}${adapted}`,
  },
  mlp_update: {
    title: ({ rank }) => l10n.t`LoRA update of W_out, rank ${rank}`,
    sentence: ({ layer, adapted }) =>
      `${l10n.t`What the adapter adds to what feed-forward layer ${layer} writes: its neurons’ coefficients through its update of W_out. Neurons are drawn without it.`}${adapted}`,
  },
  head_patch: {
    title: ({ node, head }) => (node.intervention === 'mean' ? l10n.t`head ${head} · mean` : l10n.t`head ${head} · patched`),
    sentence: ({ layer, node, head }) =>
      node.intervention === 'mean'
        ? l10n.t`What head ${head} of layer ${layer} wrote on other prompts, on average, replacing what it reads here.`
        : l10n.t`What head ${head} of layer ${layer} wrote on another prompt, replacing what it reads here.`,
  },
  attn_patch: {
    title: ({ node }) => (node.intervention === 'mean' ? l10n.t('mean attention output') : l10n.t('patched attention output')),
    sentence: ({ layer, node }) =>
      node.intervention === 'mean'
        ? l10n.t`What the attention of layer ${layer} wrote on other prompts, on average, replacing what its heads write here.`
        : l10n.t`What the attention of layer ${layer} wrote on another prompt, replacing what its heads write here.`,
  },
  mlp_patch: {
    title: ({ node }) => (node.intervention === 'mean' ? l10n.t('mean feed-forward output') : l10n.t('patched feed-forward output')),
    sentence: ({ layer, node }) =>
      node.intervention === 'mean'
        ? l10n.t`What feed-forward layer ${layer} wrote on other prompts, on average, replacing what its neurons write here.`
        : l10n.t`What feed-forward layer ${layer} wrote on another prompt, replacing what its neurons write here.`,
  },
  expert_patch: {
    title: ({ node, expert }) => (node.intervention === 'mean' ? l10n.t`${expert} · mean` : l10n.t`${expert} · patched`),
    sentence: ({ layer, node, expert, count }) =>
      count > 0
        ? l10n.t`What neurons of ${expert} of layer ${layer} write that were replaced (${count}). The expert is not chosen here.`
        : node.intervention === 'mean'
          ? l10n.t`What ${expert} of layer ${layer} wrote on other prompts, on average, its weight there included: nothing where it was not chosen. It replaces what it writes here.`
          : l10n.t`What ${expert} of layer ${layer} wrote on another prompt, its weight there included: nothing if it was not chosen there. It replaces what it writes here.`,
  },
  router: {
    title: () => l10n.t('router'),
    sentence: ({ layer, readsScored }) =>
      readsScored
        ? l10n.t`Chooses the experts of layer ${layer} that the hidden state goes to, and multiplies what each of them reads with its score. Experts that it does not choose are not computed.`
        : l10n.t`Chooses the experts of layer ${layer} that the hidden state goes to, and what their outputs are multiplied with. Experts that it does not choose are not computed.`,
  },
  expert: {
    title: ({ expert }) => l10n.t`${expert} · output`,
    sentence: ({ layer, node, expert, readsScored, count }) =>
      count > 0
        ? l10n.t`What ${expert} of layer ${layer} writes. It is not chosen here: this is what its replaced neurons write (${count}).`
        : node.expert === 'shared'
          ? l10n.t`What the expert of layer ${layer} writes that all tokens go through, times its weight.`
          : readsScored
            ? l10n.t`What ${expert} of layer ${layer} writes. It reads the layer’s input times the score that the router gives it.`
            : l10n.t`What ${expert} of layer ${layer} writes, times the weight that the router gives it.`,
  },
  neuron_key: {
    title: ({ neuron, expert }) => (expert === '' ? l10n.t`neuron ${neuron} · key` : l10n.t`${expert} · neuron ${neuron} · key`),
    sentence: ({ layer, neuron, node, expert }) =>
      `${
        expert === ''
          ? l10n.t`What makes neuron ${neuron} of layer ${layer} fire: its column of the first feed-forward matrix.`
          : l10n.t`What makes neuron ${neuron} of ${expert} of layer ${layer} fire: its column of the expert’s first matrix.`
      }${node.also ? ` ${l10n.t('Its coefficient is this multiplied by its gate, listed below.')}` : ''}`,
  },
  neuron_value: {
    title: ({ neuron, expert }) => (expert === '' ? l10n.t`neuron ${neuron} · value` : l10n.t`${expert} · neuron ${neuron} · value`),
    sentence: ({ layer, neuron, opposite, expert }) =>
      `${
        expert === ''
          ? l10n.t`What neuron ${neuron} of layer ${layer} writes, times its coefficient (a memory value).`
          : l10n.t`What neuron ${neuron} of ${expert} of layer ${layer} writes, times its coefficient: its activation times the expert’s weight.`
      }${opposite}`,
  },
  neuron_rest: {
    title: ({ count, expert }) => {
      const others = count === 1 ? l10n.t('1 other neuron') : l10n.t`${count} other neurons`;
      return expert === '' ? others : l10n.t`${expert} · ${others}`;
    },
    sentence: ({ expert }) =>
      expert === ''
        ? l10n.t('The sum of coefficient × value over all neurons that are not drawn.')
        : l10n.t`The sum of coefficient × value over all neurons of ${expert} that are not drawn.`,
  },
  mlp_bias_in: {
    title: () => l10n.t('first feed-forward bias'),
    sentence: () =>
      l10n.t(
        'The first bias sent through the second matrix, b_1 · W_2. An approximation, not a summand: the non-linearity comes in between.',
      ),
  },
  mlp_bias_out: {
    title: () => l10n.t('second feed-forward bias'),
    sentence: () => l10n.t('The constant that the feed-forward layer adds in every pass.'),
  },
};
