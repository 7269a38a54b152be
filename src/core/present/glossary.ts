/** Terms that the page explains where it uses them, in the words of docs/glossary.md. */
import * as l10n from '@vscode/l10n';
import type { NodeKind } from '../format/node-kinds';

/** What a term means, in a sentence or two. A test compares it with the entry of the glossary. */
export const GLOSSARY = {
  share: l10n.t('What a vector contributes to the target’s logit by direct logit attribution.'),
  norm: l10n.t('The Euclidean length of a vector.'),
  entropy: l10n.t('How undecided a reading is, in bits: 0 if a single token has all the probability.'),
  outputRow: l10n.t('A row of attention’s output projection, drawn like a neuron with its entry of the concatenated heads as coefficient.'),
  concat: l10n.t(
    'The outputs of all heads side by side, before the output projection. They cannot be read as tokens, so the graph shows them as a junction.',
  ),
  expert: l10n.t(
    'In a mixture of experts, a router sends each token to a few of a layer’s experts, feed-forward layers of their own; what they write is added, each times its weight. Those that are not chosen are not computed.',
  ),
  effect: l10n.t(
    'By how much the target’s logit (less the mean of all logits), or a difference of logits, would fall without a component, or with its value on a twin prompt or its mean over prompts in its place.',
  ),
  contrastShare: l10n.t(
    'Change in the node’s share of the contrast (the target’s logit, less the mean of all logits unless shares are raw, or, if the targets differ, the difference of their logits): what drives the two predictions apart.',
  ),
} as const;

/** A term of the table. */
export type Term = keyof typeof GLOSSARY;

/** The term for what a kind of node is, where its name does not say it. */
export function termOfKind(kind: NodeKind): Term | undefined {
  switch (kind) {
    case 'concat':
      return 'concat';
    case 'o_neuron':
    case 'o_rest':
      return 'outputRow';
    case 'router':
    case 'expert':
      return 'expert';
    default:
      return undefined;
  }
}

/** The entry of docs/glossary.md that explains each term. */
export const GLOSSARY_ENTRIES: Readonly<Record<Term, string>> = {
  share: 'Share',
  norm: 'Norm (of a vector)',
  entropy: 'Entropy',
  outputRow: 'W_O row, W_O neuron',
  concat: 'Concatenated heads',
  expert: 'Expert, router',
  effect: 'Effect',
  contrastShare: 'Share of contrast',
};
