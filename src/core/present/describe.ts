/** Nodes and edges in words: a title and one plain sentence on what each is. Used by cards, tables and exports alike. */
import * as l10n from '@vscode/l10n';
import { showToken } from '../text/token-text';
import type { Comparison, Side } from '../format/comparison';
import type { FlowEdge, FlowGraph, FlowNode } from '../format/flow-graph';
import type { ShareMeasure } from '../format/share-measure';
import { exactFigure } from '../analyse/attribution';
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

/** What the model says for the target: "logit ·Tokyo", or "logit difference ·Tokyo − ·Kyoto". */
export function logitInWords({ target }: Pick<FlowGraph, 'target'>): string {
  return target.against === undefined ? l10n.t`logit ${showToken(target)}` : l10n.t`logit difference ${targetInWords({ target })}`;
}

/** What the shares of a graph sum to: "logit ·Tokyo less the mean logit", "logit ·Tokyo", or "logit difference ·Tokyo − ·Kyoto". */
export function measuredInWords({ target }: Pick<FlowGraph, 'target'>): string {
  const logit = logitInWords({ target });
  return target.measure === 'centred' ? l10n.t`${logit} less the mean logit` : logit;
}

/** The same with its figures: "logit ·Tokyo 13.011 less the mean logit 1.707", "logit ·Tokyo 13.011". */
export function measuredFigures({ target }: Pick<FlowGraph, 'target'>): string {
  const { logit, measured, measure } = target;
  const said = `${logitInWords({ target })} ${exactFigure(logit)}`;
  return measure === 'centred' ? l10n.t`${said} less the mean logit ${exactFigure(logit - measured)}` : said;
}

/** What shares of a measure are called: "Centred share", "Raw share", or of a difference "Share". */
export function shareName(measure: ShareMeasure): string {
  switch (measure) {
    case 'centred':
      return l10n.t('Centred share');
    case 'raw':
      return l10n.t('Raw share');
    case 'difference':
      return l10n.t('Share');
    default:
      return assertNever(measure);
  }
}

/** What a single share is called: "Centred share", "Raw share", or "Share of ·Tokyo − ·Kyoto". */
export function shareInWords({ target }: Pick<FlowGraph, 'target'>): string {
  return target.measure === 'difference' ? l10n.t`Share of ${targetInWords({ target })}` : shareName(target.measure);
}

/** The same and what it is a share of, as a scale's title: "Centred share of logit ·Tokyo". */
export function shareOfInWords({ target }: Pick<FlowGraph, 'target'>): string {
  return l10n.t`${shareName(target.measure)} of ${logitInWords({ target })}`;
}

/** What a measure of shares means, in one sentence. */
export function measureMeaning(measure: ShareMeasure): string {
  switch (measure) {
    case 'centred':
      return l10n.t(
        'Centred: what is added to the target’s logit, less what is added to all logits on average, which the softmax ignores.',
      );
    case 'raw':
      return l10n.t('Raw: what is added to the target’s logit itself, even where it is added to every other logit too.');
    case 'difference':
      return l10n.t('What is added to the target’s logit, less what is added to that of the second token.');
    default:
      return assertNever(measure);
  }
}

/** What a graph is read for: "·Tokyo", or "·Tokyo − ·Kyoto". */
export function targetInWords({ target }: Pick<FlowGraph, 'target'>): string {
  return target.against === undefined ? showToken(target) : `${showToken(target)} − ${showToken(target.against)}`;
}

/** What both passes of a comparison are asked for: "logit ·Tokyo less the mean logit", "logit ·Paris − ·Tokyo", "logit (·Paris − ·Rome) − ·Tokyo". */
export function contrastInWords({ left, right, contrast }: Pick<Comparison, Side | 'contrast'>): string {
  if (contrast.of === 'target') return measuredInWords(left);
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
