/** Where in a pass a token is listed, in words. */
import * as l10n from '@vscode/l10n';
import { expertInWords } from '../format/component';
import type { PromptToken } from '../format/flow-graph';
import type { IndexedPlace } from '../insight/token-index';
import { showToken } from '../text/token-text';

/** The part of its layer that a place is: "Head 1 reading ‘·is’", "Neuron 12 (writes the opposite)", "Residual stream". */
export function placeInWords({ kind, head, neuron, expert, source, coefficient }: IndexedPlace, tokens: readonly PromptToken[]): string {
  const number = (value: number | undefined): string => String(value ?? '');
  const opposite = coefficient !== undefined && coefficient < 0;
  switch (kind) {
    case 'resid_pre':
      return l10n.t('Embeddings');
    case 'resid_mid':
      return l10n.t('Stream after attention');
    case 'attn_out':
      return l10n.t('Attention');
    case 'mlp_out':
      return l10n.t('Feed-forward layer');
    case 'head_out':
      return l10n.t`Head ${number(head)}`;
    case 'head_value':
      return l10n.t`Head ${number(head)} reading ‘${source === undefined || tokens[source] === undefined ? '' : showToken(tokens[source])}’`;
    case 'o_neuron':
      return opposite ? l10n.t`Row ${number(neuron)} of W_O, opposite` : l10n.t`Row ${number(neuron)} of W_O`;
    case 'neuron_value':
      if (expert !== undefined) {
        const of = expertInWords(expert);
        return opposite ? l10n.t`Neuron ${number(neuron)} of ${of}, opposite` : l10n.t`Neuron ${number(neuron)} of ${of}`;
      }
      return opposite ? l10n.t`Neuron ${number(neuron)}, opposite` : l10n.t`Neuron ${number(neuron)}`;
    default:
      return l10n.t('Residual stream');
  }
}
