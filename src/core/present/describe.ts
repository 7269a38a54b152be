/** Nodes and edges in words: a title and one plain sentence on what each is. Used by cards, tables and exports alike. */
import * as l10n from '@vscode/l10n';
import { showToken } from '../text/token-text';
import type { Comparison, Side } from '../format/comparison';
import type { FlowEdge, FlowGraph, FlowNode } from '../format/flow-graph';
import { assertNever } from '../problem';
import { factsOf, NODE_WORDS, type DescribedPrompt } from './node-words';

/** Short heading: "Layer 3 · head 5 · value at ‘·Japan’". */
export function nodeTitle(node: FlowNode, prompt: DescribedPrompt): string {
  const name = nodeName(node, prompt);
  return node.layer < 0 ? name : l10n.t`Layer ${node.layer} · ${name}`;
}

/** The heading without the layer: "head 5 · value at ‘·Japan’". */
export function nodeName(node: FlowNode, prompt: DescribedPrompt): string {
  return NODE_WORDS[node.kind].title(factsOf(node, prompt));
}

/** One plain sentence on what the node is and what its tokens mean. */
export function nodeSentence(node: FlowNode, prompt: DescribedPrompt): string {
  return NODE_WORDS[node.kind].sentence(factsOf(node, prompt));
}

/** What the shares of a graph sum to: "logit ·Tokyo", or "logit difference ·Tokyo − ·Kyoto". */
export function logitInWords({ target }: Pick<FlowGraph, 'target'>): string {
  return target.against === undefined ? l10n.t`logit ${showToken(target)}` : l10n.t`logit difference ${targetInWords({ target })}`;
}

/** What a graph is read for: "·Tokyo", or "·Tokyo − ·Kyoto". */
export function targetInWords({ target }: Pick<FlowGraph, 'target'>): string {
  return target.against === undefined ? showToken(target) : `${showToken(target)} − ${showToken(target.against)}`;
}

/** What both passes of a comparison are asked for: "logit ·Tokyo", "logit ·Paris − ·Tokyo", "logit (·Paris − ·Rome) − ·Tokyo". */
export function contrastInWords({ left, right, contrast }: Pick<Comparison, Side | 'contrast'>): string {
  if (contrast.of === 'target') return logitInWords(left);
  const term = (graph: FlowGraph): string => (graph.target.against === undefined ? targetInWords(graph) : `(${targetInWords(graph)})`);
  return l10n.t`logit ${term(right)} − ${term(left)}`;
}

/** What an edge's weight measures, in words. */
export function edgeMeaning(kind: FlowEdge['kind']): string {
  switch (kind) {
    case 'residual':
      return l10n.t('norm of the residual stream carried forward');
    case 'norm':
      return l10n.t('norm of the vector passed along');
    case 'attention':
      return l10n.t('attention probability');
    case 'contribution':
      return l10n.t('norm of the summand');
    case 'coefficient':
      return l10n.t('size of the coefficient');
    default:
      return assertNever(kind);
  }
}
