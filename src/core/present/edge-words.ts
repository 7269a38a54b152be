/** An edge in words: what flows along it, and how much. */
import * as l10n from '@vscode/l10n';
import { showToken } from '../text/token-text';
import type { FlowEdge, FlowNode } from '../format/flow-graph';
import { NODE_KINDS } from '../format/node-kinds';
import { nodeName } from './describe';
import type { DescribedPrompt } from './node-words';

/** "head 1 looks at ‘·is’: 28 %". @param figures how numbers and probabilities are written */
export function edgeInWords(
  edge: FlowEdge,
  nodes: ReadonlyMap<string, FlowNode>,
  prompt: DescribedPrompt,
  figures: { readonly number: (value: number) => string; readonly probability: (value: number) => string },
): string {
  const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
  if (from === undefined || to === undefined) return '';
  const [start, end] = [nodeName(from, prompt), nodeName(to, prompt)];
  const weight = figures.number(edge.weight);
  const read = from.source ?? to.source;
  const head = from.head ?? to.head;
  if (edge.attention !== undefined && head !== undefined) {
    const attention = figures.probability(edge.attention);
    const token = read === undefined ? null : prompt.tokens[read];
    if (token === undefined || token === null) return l10n.t`head ${head} looks at its other sources: ${attention}`;
    const looks = l10n.t`head ${head} looks at ‘${showToken(token)}’: ${attention}`;
    return edge.kind === 'contribution' ? l10n.t`${looks}. What it reads there has norm ${weight} in its output.` : looks;
  }
  switch (edge.kind) {
    case 'residual':
      return l10n.t`the residual stream continues: norm ${weight}`;
    case 'attention':
      return l10n.t`${start} → ${end}: ${figures.probability(edge.weight)}`;
    case 'coefficient': {
      const signed = edge.sign < 0 ? `−${weight}` : weight;
      return to.kind === 'neuron_value'
        ? l10n.t`${start}: it fires, and its value is multiplied by ${signed}`
        : l10n.t`${end}: it is multiplied by ${signed}`;
    }
    case 'contribution':
      return Number.isFinite(edge.weight) ? l10n.t`${start} adds to ${end}: norm ${weight}` : l10n.t`${start} add to ${end}`;
    case 'norm':
      if (NODE_KINDS[from.kind].role === 'stream' && to.head !== undefined && NODE_KINDS[to.kind].role !== 'query') {
        return l10n.t`the query of head ${to.head} is made from the stream: norm ${weight}`;
      }
      return edge.weight > 0 ? l10n.t`${start} → ${end}: norm ${weight}` : l10n.t`${start} → ${end}`;
  }
}
