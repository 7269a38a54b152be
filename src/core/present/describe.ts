/** Nodes and edges in words: a title and one plain sentence on what each is. Used by cards, tables and exports alike. */
import { showToken } from '../text/token-text';
import type { Comparison, Side } from '../format/comparison';
import type { FlowEdge, FlowGraph, FlowNode } from '../format/flow-graph';
import { assertNever } from '../problem';

type Prompt = Pick<FlowGraph, 'tokens' | 'position'> & {
  /** absent: nothing is said of heads that share their keys and values */
  readonly model?: Pick<FlowGraph['model'], 'nHeads' | 'nKeyValueHeads'>;
};

/** A prompt token in quotation marks, its spaces visible. */
function quoted(prompt: Prompt, index: number): string {
  const token = prompt.tokens[index];
  return token === undefined ? `position ${index}` : `‘${showToken(token)}’`;
}

/** Which heads read the same keys and values as this one, as a sentence; empty where each head has its own. */
function sharing(head: number | undefined, { model }: Prompt): string {
  if (head === undefined || model === undefined || model.nKeyValueHeads === model.nHeads) return '';
  if (model.nKeyValueHeads === 1) return ' All heads of the layer share these keys and values.';
  const perGroup = model.nHeads / model.nKeyValueHeads;
  const first = Math.floor(head / perGroup) * perGroup;
  return ` Heads ${first} to ${first + perGroup - 1} share these keys and values.`;
}

/** Short heading: "Layer 3 · head 5 · value at ‘·Japan’". */
export function nodeTitle(node: FlowNode, prompt: Prompt): string {
  if (node.layer < 0) return node.kind === 'embed' ? 'Token embedding' : 'Position embedding';
  return [`Layer ${node.layer}`, ...titleParts(node, prompt)].join(' · ');
}

function titleParts(node: FlowNode, prompt: Prompt): string[] {
  const head = `head ${node.head ?? '?'}`;
  const neuron = `neuron ${node.neuron ?? '?'}`;
  const at = node.source === undefined ? '' : ` at ${quoted(prompt, node.source)}`;
  switch (node.kind) {
    case 'embed':
    case 'pos_embed':
      return [];
    case 'resid_pre':
      return ['residual stream entering'];
    case 'resid_mid':
      return ['residual stream after attention'];
    case 'resid_post':
      return ['residual stream leaving'];
    case 'ln1':
      return ['first norm'];
    case 'ln2':
      return ['second norm'];
    case 'q':
      return ['query of all heads'];
    case 'head_query':
      return [head, 'query'];
    case 'head_key':
      return [head, `key${at}`];
    case 'head_value':
      return [head, `value${at}`];
    case 'head_rest':
      return [head, `${node.count ?? 0} other ${node.count === 1 ? 'source' : 'sources'}`];
    case 'head_out':
      return [head, 'output'];
    case 'heads_rest':
      return [`${node.count ?? 0} other ${node.count === 1 ? 'head' : 'heads'}`];
    case 'concat':
      return ['concatenated heads'];
    case 'o_neuron':
      return ['W_O', neuron];
    case 'o_rest':
      return ['W_O', `${node.count ?? 0} other ${node.count === 1 ? 'neuron' : 'neurons'}`];
    case 'attn_bias':
      return ['attention output bias'];
    case 'attn_raw':
      return ['attention output before its norm'];
    case 'head_patch':
      return [head, 'put in'];
    case 'attn_patch':
      return ['attention output put in'];
    case 'mlp_patch':
      return ['feed-forward output put in'];
    case 'attn_out':
      return ['attention output'];
    case 'neuron_key':
      return [neuron, 'key'];
    case 'neuron_value':
      return [neuron, 'value'];
    case 'neuron_rest':
      return [`${node.count ?? 0} other ${node.count === 1 ? 'neuron' : 'neurons'}`];
    case 'mlp_bias_in':
      return ['first feed-forward bias'];
    case 'mlp_bias_out':
      return ['second feed-forward bias'];
    case 'mlp_raw':
      return ['feed-forward output before its norm'];
    case 'mlp_out':
      return ['feed-forward output'];
    default:
      return assertNever(node.kind);
  }
}

/** One plain sentence on what the node is and what its tokens mean. */
export function nodeSentence(node: FlowNode, prompt: Prompt): string {
  const here = quoted(prompt, prompt.position);
  const source = node.source === undefined ? '' : quoted(prompt, node.source);
  const head = `Head ${node.head ?? '?'} of layer ${node.layer}`;
  const opposite = (node.coefficient ?? 0) < 0 ? ' Its coefficient is negative, so it writes the opposite: its least likely tokens.' : '';
  switch (node.kind) {
    case 'embed':
      return `What the model knows of ${here} before reading anything else.`;
    case 'pos_embed':
      return `What the model adds for standing at position ${prompt.position}.`;
    case 'resid_pre':
      return `The hidden state at ${here} as it enters layer ${node.layer}.`;
    case 'resid_mid':
      return `The hidden state at ${here} after the attention of layer ${node.layer} has been added.`;
    case 'resid_post':
      return `The hidden state at ${here} as it leaves layer ${node.layer}.`;
    case 'ln1':
      return `The hidden state after the norm in front of attention: what the heads of layer ${node.layer} see.`;
    case 'ln2':
      return `The hidden state after the norm in front of the feed-forward layer: what its neurons see.`;
    case 'q':
      return `What all heads of layer ${node.layer} together look for, as directions of the residual stream.`;
    case 'head_query':
      return `${head} reading ${here}: what it looks for in earlier tokens.${sharing(node.head, prompt)}`;
    case 'head_key':
      return `${head} at ${source}: what this token offers to be found by.${sharing(node.head, prompt)}`;
    case 'head_value':
      return `${head} reading ${source}: what it would write if it looked only there (a dynamic memory value).${sharing(node.head, prompt)}`;
    case 'head_rest':
      return `What ${head.toLowerCase()} brings from all sources that are not drawn.`;
    case 'head_out':
      return `What ${head.toLowerCase()} writes to the residual stream.`;
    case 'heads_rest':
      return `The sum of what the heads that are not drawn write.`;
    case 'concat':
      return `All heads side by side, before the output projection. A junction: its own projection means nothing.`;
    case 'o_neuron':
      return `Row ${node.neuron ?? '?'} of the output projection, within head ${node.head ?? '?'}; this pass multiplies it by its coefficient.${opposite}`;
    case 'o_rest':
      return `The sum of coefficient × row over all rows of the output projection that are not drawn.`;
    case 'head_patch':
      return `What ${head.toLowerCase()} wrote on another prompt, put in the place of what it reads here.`;
    case 'attn_patch':
      return `What the attention of layer ${node.layer} wrote on another prompt, put in the place of what its heads write here.`;
    case 'mlp_patch':
      return `What the feed-forward layer ${node.layer} wrote on another prompt, put in the place of what its neurons write here.`;
    case 'attn_bias':
      return `The constant that attention adds in every pass.`;
    case 'attn_raw':
      return `What the attention of layer ${node.layer} writes, before the norm behind it. Heads, rows and bias are drawn as they leave that norm, its scale held fixed.`;
    case 'attn_out':
      return `What the attention of layer ${node.layer} adds to the residual stream, bias included.`;
    case 'neuron_key':
      return `What makes neuron ${node.neuron ?? '?'} of layer ${node.layer} fire: column of the first feed-forward matrix.${node.also ? ' Its coefficient is this times what its gate, listed below, lets through.' : ''}`;
    case 'neuron_value':
      return `What neuron ${node.neuron ?? '?'} of layer ${node.layer} writes, times its coefficient (a memory value).${opposite}`;
    case 'neuron_rest':
      return `The sum of coefficient × value over all neurons that are not drawn.`;
    case 'mlp_bias_in':
      return `The first bias sent through the second matrix, b_1 · W_2. An approximation and no summand: the non-linearity stands in between.`;
    case 'mlp_bias_out':
      return `The constant that the feed-forward layer adds in every pass.`;
    case 'mlp_raw':
      return `What the feed-forward layer ${node.layer} writes, before the norm behind it. Neurons and bias are drawn as they leave that norm, its scale held fixed.`;
    case 'mlp_out':
      return `What the feed-forward layer ${node.layer} adds to the residual stream, bias included.`;
    default:
      return assertNever(node.kind);
  }
}

/** What the shares of a graph sum to: "logit ·Tokyo", or "logit difference ·Tokyo − ·Kyoto". */
export function logitInWords({ target }: Pick<FlowGraph, 'target'>): string {
  return target.against === undefined ? `logit ${showToken(target)}` : `logit difference ${targetInWords({ target })}`;
}

/** What a graph is read for: "·Tokyo", or "·Tokyo − ·Kyoto". */
export function targetInWords({ target }: Pick<FlowGraph, 'target'>): string {
  return target.against === undefined ? showToken(target) : `${showToken(target)} − ${showToken(target.against)}`;
}

/** What both passes of a comparison are asked for: "logit ·Tokyo", "logit ·Paris − ·Tokyo", "logit (·Paris − ·Rome) − ·Tokyo". */
export function contrastInWords({ left, right, contrast }: Pick<Comparison, Side | 'contrast'>): string {
  if (contrast.of === 'target') return logitInWords(left);
  const term = (graph: FlowGraph): string => (graph.target.against === undefined ? targetInWords(graph) : `(${targetInWords(graph)})`);
  return `logit ${term(right)} − ${term(left)}`;
}

/** What an edge's weight measures, in words. */
export function edgeMeaning(kind: FlowEdge['kind']): string {
  switch (kind) {
    case 'residual':
      return 'norm of the residual stream that flows on';
    case 'norm':
      return 'norm of the vector that flows';
    case 'attention':
      return 'attention probability';
    case 'contribution':
      return 'norm of the summand that arrives';
    case 'coefficient':
      return 'size of the coefficient';
    default:
      return assertNever(kind);
  }
}
